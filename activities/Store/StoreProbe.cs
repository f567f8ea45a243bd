using System.Globalization;

namespace Orchestrator.Activities.Store;

/// <summary>Tries out all that the platform asks of an object store, under a key of its own that is removed again.</summary>
public static class StoreProbe
{
    const string Written = "Written to see whether the store can be used.", Refused = "This must not be stored.";

    /// <summary>Writes, writes again what must be refused, reads and deletes.</summary>
    /// <param name="folder">A folder for the files that are written and read.</param>
    /// <returns>What was done, with how long it took, such as <c>written in 12 ms</c>.</returns>
    /// <exception cref="ActivityFailedException">What <see cref="IObjectStore"/> gives, and <c>store.overwrites</c>: it does not keep what
    /// was written first.</exception>
    public static async Task<IReadOnlyList<string>> RunAsync(
        IObjectStore store, string folder, TimeProvider time, CancellationToken cancellationToken)
    {
        var key = $"doctor/{Guid.CreateVersion7(time.GetUtcNow()):n}.txt";
        var (first, second, read) = (Path.Combine(folder, "first.txt"), Path.Combine(folder, "second.txt"),
            Path.Combine(folder, "read.txt"));
        await File.WriteAllTextAsync(first, Written, cancellationToken);
        await File.WriteAllTextAsync(second, Refused, cancellationToken);
        var steps = new List<string>();
        await StepAsync("written", () => store.PutFileAsync(key, first, progress: null, cancellationToken));
        try
        {
            await StepAsync("protected from overwriting", () => OverwriteAsync(store, key, second, cancellationToken));
            await StepAsync("read", () => ReadAsync(store, key, read, cancellationToken));
        }
        catch (Exception e) when (e is ActivityFailedException or IOException)
        {
            await store.DeleteAsync(key, cancellationToken);
            throw;
        }
        await StepAsync("deleted", () => store.DeleteAsync(key, cancellationToken));
        return steps;

        async Task StepAsync(string done, Func<Task> step)
        {
            var started = time.GetTimestamp();
            await step();
            steps.Add(string.Create(CultureInfo.InvariantCulture, $"{done} in {time.GetElapsedTime(started).TotalMilliseconds:0} ms"));
        }
    }

    static async Task OverwriteAsync(IObjectStore store, string key, string other, CancellationToken cancellationToken)
    {
        try
        {
            await store.PutFileAsync(key, other, progress: null, cancellationToken);
        }
        catch (ActivityFailedException e) when (e.Code == "store.already_exists")
        {
            return;
        }
        throw new ActivityFailedException("store.overwrites",
            $"The object store at {store.Root} overwrote '{key}' although it was told not to. Use a server that keeps If-None-Match on " +
            "writes.", isRetryable: false);
    }

    static async Task ReadAsync(IObjectStore store, string key, string localPath, CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(key, cancellationToken) ?? throw StoreFailures.Missing(store, key);
        await store.DownloadAsync(found, localPath, cancellationToken);
        if (await File.ReadAllTextAsync(localPath, cancellationToken) != Written)
            throw StoreFailures.Changed(store, key, "it was read right after it was written");
    }
}
