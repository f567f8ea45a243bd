namespace Orchestrator.Activities.Store;

/// <summary>Local files by the hash of their content, in a folder that several processes share; the least recently used go.</summary>
sealed class StagedFiles(StagingOptions options, TimeProvider time)
{
    const string Kept = ".parquet", Part = ".part";

    static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    readonly Lock gate = new();

    /// <summary>Name for a file that is being fetched.</summary>
    public string NewPart()
    {
        Directory.CreateDirectory(options.Folder);
        return Path.Combine(options.Folder, $"{Path.GetRandomFileName()}{Part}");
    }

    /// <summary>Gives a kept file a name in a folder of the caller's.</summary>
    /// <returns>That name; <see langword="null"/> if the file is not kept.</returns>
    public string? Link(string hash, string folder)
    {
        var path = PathOf(hash);
        if (!File.Exists(path)) return null;
        try
        {
            var linked = LinkFile(path, hash, folder);
            File.SetLastAccessTimeUtc(path, time.GetUtcNow().UtcDateTime);
            return linked;
        }
        catch (FileNotFoundException)
        {
            return null; // It went this moment.
        }
    }

    /// <summary>Keeps a fetched file, and gives it a name in a folder of the caller's.</summary>
    public string Add(string part, string hash, string folder)
    {
        var linked = LinkFile(part, hash, folder);
        Keep(part, hash);
        return linked;
    }

    /// <summary>Keeps a file, which moves; where that is not possible it is left alone.</summary>
    public void Keep(string localPath, string hash)
    {
        if (options.Megabytes == 0) return;
        Directory.CreateDirectory(options.Folder);
        try
        {
            File.Move(localPath, PathOf(hash), overwrite: true);
            File.SetLastAccessTimeUtc(PathOf(hash), time.GetUtcNow().UtcDateTime);
            MakeRoom();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing depends on it: it is fetched again where it is missing.
        }
    }

    static string LinkFile(string path, string hash, string folder)
    {
        Directory.CreateDirectory(folder);
        var name = Path.Combine(folder, hash + Kept);
        if (File.Exists(name)) return name;
        if (DurableFiles.Link(path, name) is LinkOutcome.Refused)
        {
            if (!File.Exists(path)) throw new FileNotFoundException(null, path);
            var copy = Path.Combine(folder, $"{Path.GetRandomFileName()}{Part}");
            File.Copy(path, copy);
            File.Move(copy, name, overwrite: true);
        }
        return name;
    }

    void MakeRoom()
    {
        lock (gate)
        {
            var files = new DirectoryInfo(options.Folder).GetFiles();
            var size = 0L;
            foreach (var file in files.Where(file => file.Extension == Kept).OrderByDescending(file => file.LastAccessTimeUtc))
            {
                size += file.Length;
                if (size > (long)options.Megabytes << 20) file.Delete();
            }
            var before = time.GetUtcNow().UtcDateTime - Abandoned;
            foreach (var part in files.Where(file => file.Extension == Part && file.LastWriteTimeUtc < before)) part.Delete();
        }
    }

    string PathOf(string hash) => Path.Combine(options.Folder, hash + Kept);
}
