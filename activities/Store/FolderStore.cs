using System.Globalization;
using System.Runtime.CompilerServices;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Store;

/// <summary>
/// An object store in a folder. A file gets its name by a hard link, which fails if the name is taken, after its content is on disk;
/// half-written files lie in <c>.tmp</c>, which no key reaches. Stored files are read-only.
/// </summary>
public sealed class FolderStore : IObjectStore
{
    const int BufferBytes = 1 << 20;

    readonly string folder;

    /// <summary>Opens a store; its folder is created by the first object.</summary>
    /// <param name="root">A <c>file:</c> address.</param>
    /// <exception cref="ArgumentException">The address is no folder's.</exception>
    public FolderStore(Uri root)
    {
        if (!root.IsAbsoluteUri || !root.IsFile)
            throw new ArgumentException($"'{root}' is not the address of a folder, such as file:///srv/store/.", nameof(root));
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root.LocalPath));
        Root = new(folder + Path.DirectorySeparatorChar);
    }

    /// <inheritdoc/>
    public Uri Root { get; }

    /// <inheritdoc/>
    public Uri AddressOf(string key) => ObjectKeys.AddressOf(Root, key);

    /// <inheritdoc/>
    public async Task<StoredObject> PutFileAsync(
        string key, string localPath, UploadProgress? progress, CancellationToken cancellationToken)
    {
        var target = PathOf(key);
        var size = LocalFile.SizeOf(key, localPath);
        using var span = ActivitiesTelemetry.StartStore();
        try
        {
            var parent = CreateFolders(Path.GetDirectoryName(target)!);
            var hash = await HashAsync(localPath, progress?.Bytes, cancellationToken, isFlushed: true);
            var outcome = File.Exists(target) ? LinkOutcome.NameTaken : DurableFiles.Link(localPath, target);
            if (outcome is LinkOutcome.Refused) outcome = await CopyAsync(localPath, target, cancellationToken);
            if (outcome is LinkOutcome.NameTaken && await HashAsync(target, null, cancellationToken) != hash)
                throw StoreFailures.AlreadyExists(key);
            MakeReadOnly(target);
            DurableFiles.FlushFolder(parent);
            span.Wrote(rows: null, size);
            return new(key, size, hash);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var failure = FailureOf(e, key, size);
            span.Fail(failure);
            throw failure;
        }
    }

    /// <inheritdoc/>
    public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var file = new FileInfo(PathOf(key));
        return Task.FromResult(file.Exists
            ? new StoredObject(key, file.Length, null, Version: file.LastWriteTimeUtc.ToString("O", CultureInfo.InvariantCulture)) : null);
    }

    /// <inheritdoc/>
    public async Task DownloadAsync(StoredObject source, string localPath, CancellationToken cancellationToken)
    {
        var found = await FindAsync(source.Key, cancellationToken) ?? throw StoreFailures.Missing(this, source.Key);
        if ((found.Bytes, found.Version) != (source.Bytes, source.Version ?? found.Version))
            throw StoreFailures.Changed(this, source.Key, "it is another one than was found there at first");
        await using var from = new FileStream(
            PathOf(source.Key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferBytes, useAsync: true);
        await using var to = new FileStream(localPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes, useAsync: true);
        await from.CopyToAsync(to, BufferBytes, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (prefix.Length > 0) AddressOf(prefix);
        var start = Path.Combine(folder, prefix[..(prefix.LastIndexOf('/') + 1)]);
        if (!Directory.Exists(start)) yield break;
        var found = new DirectoryInfo(start).EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(Describe)
            .Where(file => file.Key.StartsWith(prefix, StringComparison.Ordinal) && ObjectKeys.IsKey(file.Key))
            .OrderBy(file => file.Key, StringComparer.Ordinal);
        foreach (var file in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return file;
        }
        await Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        var path = PathOf(key);
        if (!File.Exists(path)) return Task.CompletedTask;
        File.Delete(path);
        // The folder of an attempt goes with its last file. Those above it stay: somebody may be about to write there.
        var parent = Path.GetDirectoryName(path)!;
        if (parent != folder && !Directory.EnumerateFileSystemEntries(parent).Any()) Directory.Delete(parent);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredObject> ListLeftoversAsync(CancellationToken cancellationToken) =>
        (Directory.Exists(Temporary) ? new DirectoryInfo(Temporary).EnumerateFiles().Select(Describe) : []).ToAsyncEnumerable();

    /// <inheritdoc/>
    public Task DeleteLeftoverAsync(StoredObject leftover, CancellationToken cancellationToken)
    {
        File.Delete(Path.Combine(Temporary, Path.GetFileName(leftover.Key)));
        return Task.CompletedTask;
    }

    /// <summary>
    /// Takes the files that somebody else wrote into a folder of the store as stored: they are on disk, read-only, and nothing is beside
    /// them.
    /// </summary>
    /// <param name="prefix">Prefix of the folder, ending in a slash.</param>
    internal void Seal(string prefix)
    {
        var parent = PathOf(prefix);
        foreach (var file in Directory.EnumerateFiles(parent))
        {
            // What Spark leaves besides: its mark that all is there, and checksums that only it reads.
            if (!file.EndsWith(".parquet", StringComparison.Ordinal))
            {
                File.Delete(file);
                continue;
            }
            using (var content = File.OpenHandle(file)) RandomAccess.FlushToDisk(content);
            try
            {
                MakeReadOnly(file);
            }
            catch (UnauthorizedAccessException)
            {
                // It belongs to Spark's user, who keeps it as it is.
            }
        }
        DurableFiles.FlushFolder(parent);
    }

    // Whoever could read it still can: the umask of the process has decided that.
    static void MakeReadOnly(string file)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, File.GetUnixFileMode(file) & (
                UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead));
    }

    string Temporary => Path.Combine(folder, ".tmp");

    StoredObject Describe(FileInfo file) =>
        new(Path.GetRelativePath(folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/'), file.Length, null,
            new(file.LastWriteTimeUtc, TimeSpan.Zero));

    string PathOf(string key) => SafeNames.Below(folder, AddressOf(key).LocalPath);

    async Task<LinkOutcome> CopyAsync(string localPath, string target, CancellationToken cancellationToken)
    {
        var temporary = Path.Combine(CreateFolders(Temporary), Path.GetRandomFileName());
        try
        {
            await using (var from = new FileStream(localPath, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, useAsync: true))
            await using (var to = new FileStream(
                temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes, useAsync: true))
            {
                await from.CopyToAsync(to, BufferBytes, cancellationToken);
                await to.FlushAsync(cancellationToken);
                RandomAccess.FlushToDisk(to.SafeFileHandle);
            }
            // A file system without links, such as exFAT: the one moment in which two writers of one key are not told apart by the system.
            var outcome = DurableFiles.Link(temporary, target);
            if (outcome is LinkOutcome.Refused) File.Move(temporary, target, overwrite: false);
            return outcome is LinkOutcome.Refused ? LinkOutcome.Done : outcome;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Creates a folder and makes its name, and those of its new parents, durable.</summary>
    static string CreateFolders(string path)
    {
        var created = new Stack<string>();
        for (var missing = path; !Directory.Exists(missing); missing = Path.GetDirectoryName(missing)!) created.Push(missing);
        Directory.CreateDirectory(path);
        foreach (var name in created) DurableFiles.FlushFolder(Path.GetDirectoryName(name)!);
        return path;
    }

    static async Task<string> HashAsync(string path, IProgress<long>? bytes, CancellationToken cancellationToken, bool isFlushed = false)
    {
        await using var file = LocalFile.OpenRead(path);
        var hash = await LocalFile.HashAsync(file, bytes, cancellationToken);
        if (isFlushed) RandomAccess.FlushToDisk(file.SafeFileHandle);
        return hash;
    }

    ActivityFailedException FailureOf(Exception e, string key, long size)
    {
        const int noSpace = 28, quota = 122, readOnly = 30, windowsNoSpace = unchecked((int)0x80070070);
        return e switch
        {
            IOException { HResult: noSpace or quota or windowsNoSpace } => new("store.full",
                $"The object store at {Root} is full: '{key}' needs {size} bytes. Free space there, or give another store with --store.",
                isRetryable: false, e),
            UnauthorizedAccessException or IOException { HResult: readOnly } => new("store.read_only",
                $"The object store at {Root} cannot be written by this user: '{key}' was refused. Make the folder writable, or give " +
                "another store with --store.",
                isRetryable: false, e),
            _ => new("store.failed", $"The object store at {Root} failed to take '{key}': {e.Message}", isRetryable: true, e),
        };
    }
}
