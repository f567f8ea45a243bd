using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Activities.Store;

/// <summary>
/// Hands the files of an object store on this machine to an engine in this process, and takes what it wrote. Files of a store elsewhere are
/// fetched once and kept under the hash of their content; each caller gets a link of its own, so that a kept file may go at any time.
/// </summary>
public sealed class StoreStaging(IObjectStore store, IOptions<StagingOptions> options, TimeProvider time) : IFileStaging
{
    const int ParallelLooks = 8, MostRemembered = 10_000, LinkAttempts = 3;

    readonly ConcurrentDictionary<string, StoredObject> looked = new(StringComparer.Ordinal);
    readonly SemaphoreSlim[] fetching = [.. Enumerable.Range(0, 16).Select(_ => new SemaphoreSlim(1))];
    readonly StagedFiles kept = new(options.Value, time);

    /// <inheritdoc/>
    public IReadOnlyList<string> Folders => store.Root.IsFile ? [store.Root.LocalPath] : [];

    /// <summary>Checks that the files of a manifest are in the store as they were written.</summary>
    /// <returns>Their addresses, in order; what is fetched from there is held against the manifest.</returns>
    /// <exception cref="ActivityFailedException"><c>store.missing_object</c>, <c>store.changed_object</c>: with the name of the
    /// file.</exception>
    public async Task<IReadOnlyList<Uri>> CheckAsync(IReadOnlyList<AssetFile> manifest, CancellationToken cancellationToken)
    {
        if (looked.Count > MostRemembered) looked.Clear();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelLooks, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(manifest, parallel, async (file, stop) =>
        {
            var found = await store.FindAsync(file.Path, stop) ?? throw StoreFailures.Missing(store, file.Path);
            if (found.Bytes != file.Bytes) throw StoreFailures.Resized(store, file.Path, file.Bytes, found.Bytes);
            if (found.Sha256 is { } hash && hash != file.Sha256) throw OtherContent(file.Path, file.Sha256, hash);
            looked[file.Path] = found with { Sha256 = file.Sha256 };
        });
        return [.. manifest.Select(file => store.AddressOf(file.Path))];
    }

    /// <inheritdoc/>
    /// <exception cref="ActivityFailedException"><c>store.missing_object</c>, <c>store.changed_object</c>: it is gone, or is not what was
    /// written.</exception>
    public async Task<string> FetchAsync(Uri address, string folder, CancellationToken cancellationToken)
    {
        var key = KeyOf(address);
        if (store.Root.IsFile)
            return await store.FindAsync(key, cancellationToken) is not null ? address.LocalPath : throw StoreFailures.Missing(store, key);
        var source = looked.TryGetValue(key, out var found) ? found : await store.FindAsync(key, cancellationToken)
            ?? throw StoreFailures.Missing(store, key);
        var turn = fetching[(uint)key.GetHashCode(StringComparison.Ordinal) % fetching.Length];
        await turn.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                if (source.Sha256 is { } hash && kept.Link(hash, folder) is { } linked) return linked;
                var part = kept.NewPart();
                try
                {
                    await store.DownloadAsync(source, part, cancellationToken);
                    var content = await HashAsync(part, cancellationToken);
                    if (source.Sha256 is { } written && content != written) throw OtherContent(key, written, content);
                    source = source with { Sha256 = content };
                    // Linked before it is kept: a cache that is too small for it, or another process that makes room, cannot take it away.
                    return kept.Add(part, content, folder);
                }
                catch (FileNotFoundException) when (attempt < LinkAttempts)
                {
                    // Another process emptied the folder meanwhile.
                }
                finally
                {
                    File.Delete(part);
                }
            }
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ActivityFailedException">See <see cref="IObjectStore.PutFileAsync"/>.</exception>
    public async Task<string> DeliverAsync(string localPath, Uri address, CancellationToken cancellationToken)
    {
        var stored = await store.PutFileAsync(KeyOf(address), localPath, progress: null, cancellationToken);
        // What was written is read next: by the marts, the checks and the load.
        if (!store.Root.IsFile) kept.Keep(localPath, stored.Sha256!);
        File.Delete(localPath);
        return stored.Sha256!;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Uri>?> SealAsync(Uri folder, CancellationToken cancellationToken)
    {
        var keys = await store.ListAsync(KeyOf(folder), cancellationToken).Select(file => file.Key).ToListAsync(cancellationToken);
        if (keys.Find(key => key.EndsWith("/_SUCCESS", StringComparison.Ordinal)) is not { } mark) return null;
        if (store is FolderStore onDisk) onDisk.Seal(KeyOf(folder));
        else await store.DeleteAsync(mark, cancellationToken);
        return [.. from key in keys where key.EndsWith(".parquet", StringComparison.Ordinal)
            && !key.Contains("/_", StringComparison.Ordinal) select store.AddressOf(key)];
    }

    static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = LocalFile.OpenRead(path);
        return await LocalFile.HashAsync(file, bytes: null, cancellationToken);
    }

    ActivityFailedException OtherContent(string key, string written, string found) =>
        StoreFailures.Changed(store, key,
            string.Create(CultureInfo.InvariantCulture, $"SHA-256 {written[..12]}… was written, {found[..12]}… is there"));

    string KeyOf(Uri address) => store.Root.IsBaseOf(address)
        ? Uri.UnescapeDataString(store.Root.MakeRelativeUri(address).OriginalString)
        : throw new ArgumentException($"{address} is not in the object store at {store.Root}.", nameof(address));
}
