using System.Text.Json;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Postgres;

/// <summary>Stored facts about an embedded server.</summary>
/// <param name="Cluster">Folder of its data: relative if it lies in the same folder, which may be moved.</param>
/// <param name="Owner">The user it runs as.</param>
/// <param name="Port">The port it used last; 0 for none yet.</param>
sealed record ServerRecord(string Cluster, string Owner, int Port);

/// <summary>The folder <c>{data}/postgres</c> of an embedded server: its locks, password and record, and usually its data.</summary>
sealed class PostgresFolder
{
    // Holds the server's data if root's .data is closed to other users.
    const string ReachableFolder = "/var/lib/orchestrator";
    const string ReferenceFile = "data-folder.txt", Name = "postgres";

    PostgresFolder(string folder) => Folder = folder;

    /// <summary>Path of the folder.</summary>
    public string Folder { get; }

    /// <summary>Lock that a process holds exclusively while it starts or stops the server.</summary>
    public string MutexFile => Path.Combine(Folder, "start.lock");

    /// <summary>Lock that all processes share while they use the server.</summary>
    public string HoldersFile => Path.Combine(Folder, "holders.lock");

    /// <summary>File with the password of the server's only user, readable by its owner only.</summary>
    public string PasswordFile => Path.Combine(Folder, "password");

    string RecordFile => Path.Combine(Folder, "server.json");

    /// <summary>Whether a data folder has an embedded server, started or not.</summary>
    public static bool IsIn(string dataDirectory) => Directory.Exists(Path.Combine(dataDirectory, Name));

    /// <summary>Creates the folder if missing.</summary>
    /// <exception cref="PlatformException"><c>data.not_writable</c>.</exception>
    public static PostgresFolder Open(string dataDirectory)
    {
        var folder = new PostgresFolder(Path.Combine(Path.GetFullPath(dataDirectory), Name));
        DataDirectory.EnsureWritable(dataDirectory, folder.Folder);
        return folder;
    }

    /// <summary>Waits for the lock to start or stop the server.</summary>
    /// <exception cref="PlatformException"><c>postgres.busy</c>: another process has held the lock for too long.</exception>
    public async Task<FileLock> LockAsync(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken) =>
        await FileLock.ExclusiveAsync(MutexFile, timeout, time, cancellationToken)
        ?? throw new PlatformException("postgres.busy",
            $"Another process has been starting or stopping PostgreSQL in '{Folder}' for {timeout.TotalMinutes:0} minutes. "
                + $"See who has '{MutexFile}' open, and end it.");

    /// <summary>Reads the stored facts; <see langword="null"/> for a new folder.</summary>
    public ServerRecord? Read() =>
        File.Exists(RecordFile) ? JsonSerializer.Deserialize<ServerRecord>(File.ReadAllBytes(RecordFile), JsonSerializerOptions.Web) : null;

    /// <summary>Stores the facts, completely or not at all.</summary>
    public void Write(ServerRecord record)
    {
        var half = $"{RecordFile}.new";
        File.WriteAllBytes(half, JsonSerializer.SerializeToUtf8Bytes(record, JsonSerializerOptions.Web));
        File.Move(half, RecordFile, overwrite: true);
    }

    /// <summary>Chooses the folder of a new cluster and stores it.</summary>
    public ServerRecord Place(ServerAccount? account)
    {
        var isReachable = account is null || ServerAccount.CanReach(Folder);
        var parent = isReachable ? "" : Path.Combine(ReachableFolder, Path.GetRandomFileName()[..8]);
        var record = new ServerRecord(Path.Combine(parent, "cluster"), account?.Name ?? Environment.UserName, Port: 0);
        Write(record);
        return record;
    }

    /// <summary>Returns the folder of the server's data.</summary>
    public string ClusterOf(ServerRecord record) => Path.Combine(Folder, record.Cluster);

    /// <summary>Writes beside data that lies elsewhere which folder it belongs to, which may have been moved.</summary>
    public void Refer(ServerRecord record)
    {
        var parent = Path.GetDirectoryName(ClusterOf(record))!;
        if (parent == Folder) return;
        PrivateFolder.MakePassable(parent);
        File.WriteAllText(Path.Combine(parent, ReferenceFile), Folder);
    }

    /// <summary>Closes the data folder to other users. The server's user may pass through to a cluster in it.</summary>
    public void Close(ServerRecord record, ServerAccount? account) => PrivateFolder.CloseData(
        Path.GetDirectoryName(Folder)!, Path.GetDirectoryName(ClusterOf(record)) == Folder ? account?.GroupId : null);

    /// <summary>Returns programs that the server's user can reach.</summary>
    public static PostgresBinaries Reachable(PostgresBinaries binaries, ServerAccount? account) =>
        account is null || ServerAccount.CanReach(binaries.Home) ? binaries : binaries.CopyTo(Path.Combine(ReachableFolder, "postgresql"));

    /// <summary>
    /// Lists clusters whose data folder is missing. They are reported and never deleted: a disk may be offline, or a folder moved.
    /// </summary>
    public static IEnumerable<(string Folder, string BelongedTo)> ListAbandoned()
    {
        // Only root can see the folders that these belong to.
        if (!Environment.IsPrivilegedProcess || !Directory.Exists(ReachableFolder)) yield break;
        foreach (var parent in Directory.EnumerateDirectories(ReachableFolder))
        {
            var reference = Path.Combine(parent, ReferenceFile);
            if (!File.Exists(reference)) continue;
            var owner = new PostgresFolder(File.ReadAllText(reference));
            if (owner.Read()?.Cluster != Path.Combine(parent, "cluster")) yield return (parent, owner.Folder);
        }
    }
}
