using Orchestrator.Spark.Engines;

namespace Orchestrator.Activities.Store;

/// <summary>Hands the files of an object store on this machine to an engine in this process, and takes what it wrote.</summary>
public sealed class StoreStaging(IObjectStore store) : IFileStaging
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Folders => store.Root.IsFile ? [store.Root.LocalPath] : [];

    /// <inheritdoc/>
    /// <exception cref="ActivityFailedException"><c>store.missing_object</c>: the file is gone.</exception>
    public async Task<string> FetchAsync(Uri address, CancellationToken cancellationToken)
    {
        await using var file = await store.OpenReadAsync(KeyOf(address), cancellationToken);
        return address.IsFile ? address.LocalPath : throw new NotSupportedException($"{address} is not on this machine.");
    }

    /// <inheritdoc/>
    /// <exception cref="ActivityFailedException">See <see cref="IObjectStore.PutFileAsync"/>.</exception>
    public async Task<string> DeliverAsync(string localPath, Uri address, CancellationToken cancellationToken)
    {
        var stored = await store.PutFileAsync(KeyOf(address), localPath, bytes: null, cancellationToken);
        File.Delete(localPath);
        return stored.Sha256!;
    }

    string KeyOf(Uri address) => store.Root.IsBaseOf(address)
        ? Uri.UnescapeDataString(store.Root.MakeRelativeUri(address).OriginalString)
        : throw new ArgumentException($"{address} is not in the object store at {store.Root}.", nameof(address));
}
