namespace Orchestrator.Activities.Store;

/// <summary>The last look at what an attempt wrote, before its manifest is handed over: the one time that files are listed.</summary>
static class SealedFiles
{
    /// <summary>Compares a manifest with the store.</summary>
    /// <exception cref="ActivityFailedException"><c>store.missing_object</c>, <c>store.changed_object</c>.</exception>
    public static async Task CheckAsync(IObjectStore store, MaterializationDraft draft, CancellationToken cancellationToken)
    {
        // Files of an earlier attempt lie elsewhere; they were looked at when this one began.
        var own = draft.Files.Where(file => file.Path.StartsWith(draft.Location, StringComparison.Ordinal)).ToList();
        if (own.Count == 0) return;
        var listed = await store.ListAsync(draft.Location, cancellationToken)
            .ToDictionaryAsync(file => file.Key, file => file.Bytes, StringComparer.Ordinal, cancellationToken);
        foreach (var file in own)
        {
            if (!listed.TryGetValue(file.Path, out var bytes)) throw StoreFailures.Missing(store, file.Path);
            if (bytes != file.Bytes) throw StoreFailures.Resized(store, file.Path, file.Bytes, bytes);
        }
    }
}
