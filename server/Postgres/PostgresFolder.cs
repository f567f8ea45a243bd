using System.Text.Json;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Postgres;

/// <summary>What is remembered of an embedded server while it is stopped.</summary>
/// <param name="Cluster">Folder of its data: relative where it lies in the same folder, which may be moved.</param>
/// <param name="Owner">The user it runs as.</param>
/// <param name="Port">The port it used last; 0 for none yet.</param>
sealed record ServerRecord(string Cluster, string Owner, int Port);

/// <summary>The folder <c>{data}/postgres</c> of an embedded server: its locks, password, record, and mostly its data.</summary>
sealed class PostgresFolder
{
    // Where root's .data is closed to other users, the server's part of it lies here.
    const string ReachableFolder = "/var/lib/orchestrator";
    const string ReferenceFile = "data-folder.txt", Name = "postgres";

    PostgresFolder(string folder) => Folder = folder;

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Held alone by who starts or stops the server.</summary>
    public string MutexFile => Path.Combine(Folder, "start.lock");

    /// <summary>Shared by all processes that use the server.</summary>
    public string HoldersFile => Path.Combine(Folder, "holders.lock");

    /// <summary>Password of the server's only user; only its owner reads it.</summary>
    public string PasswordFile => Path.Combine(Folder, "password");

    string RecordFile => Path.Combine(Folder, "server.json");

    /// <summary>Whether a data folder has an embedded server, started or not.</summary>
    public static bool IsIn(string dataDirectory) => Directory.Exists(Path.Combine(dataDirectory, Name));

    /// <summary>Makes the folder where it is missing.</summary>
    /// <exception cref="PlatformException"><c>data.not_writable</c>.</exception>
    public static PostgresFolder Open(string dataDirectory)
    {
        var folder = new PostgresFolder(Path.Combine(Path.GetFullPath(dataDirectory), Name));
        DataDirectory.EnsureWritable(dataDirectory, folder.Folder);
        return folder;
    }

    /// <summary>Waits to be the one that starts or stops the server.</summary>
    /// <exception cref="PlatformException"><c>postgres.busy</c>: another process has been at it for too long.</exception>
    public async Task<FileLock> LockAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken) =>
        await FileLock.ExclusiveAsync(MutexFile, patience, time, cancellationToken)
        ?? throw new PlatformException("postgres.busy",
            $"Another process has been starting or stopping PostgreSQL in '{Folder}' for {patience.TotalMinutes:0} minutes. See who has '{MutexFile}' open, and end it.");

    /// <summary>What is remembered; <see langword="null"/> for a new folder.</summary>
    public ServerRecord? Read() =>
        File.Exists(RecordFile) ? JsonSerializer.Deserialize<ServerRecord>(File.ReadAllBytes(RecordFile), JsonSerializerOptions.Web) : null;

    /// <summary>Remembers it, whole or not at all.</summary>
    public void Write(ServerRecord record)
    {
        var half = $"{RecordFile}.new";
        File.WriteAllBytes(half, JsonSerializer.SerializeToUtf8Bytes(record, JsonSerializerOptions.Web));
        File.Move(half, RecordFile, overwrite: true);
    }

    /// <summary>Chooses where a new cluster goes, and remembers it.</summary>
    public ServerRecord Place(ServerAccount? account)
    {
        var isReachable = account is null || ServerAccount.CanReach(Folder);
        var parent = isReachable ? "" : Path.Combine(ReachableFolder, Path.GetRandomFileName()[..8]);
        var record = new ServerRecord(Path.Combine(parent, "cluster"), account?.Name ?? Environment.UserName, Port: 0);
        Write(record);
        return record;
    }

    /// <summary>Folder of the server's data.</summary>
    public string ClusterOf(ServerRecord record) => Path.Combine(Folder, record.Cluster);

    /// <summary>Notes beside data that lies elsewhere which folder it belongs to; the folder may have been moved since.</summary>
    public void Refer(ServerRecord record)
    {
        var parent = Path.GetDirectoryName(ClusterOf(record))!;
        if (parent == Folder) return;
        PrivateFolder.MakePassable(parent);
        File.WriteAllText(Path.Combine(parent, ReferenceFile), Folder);
    }

    /// <summary>Closes the data folder to other users. The server's user passes through to a cluster that lies in it.</summary>
    public void Close(ServerRecord record, ServerAccount? account) => PrivateFolder.CloseData(
        Path.GetDirectoryName(Folder)!, Path.GetDirectoryName(ClusterOf(record)) == Folder ? account?.GroupId : null);

    /// <summary>Programs that the server's user can reach.</summary>
    public static PostgresBinaries Reachable(PostgresBinaries binaries, ServerAccount? account) =>
        account is null || ServerAccount.CanReach(binaries.Home) ? binaries : binaries.CopyTo(Path.Combine(ReachableFolder, "postgresql"));

    /// <summary>
    /// Folders of clusters whose data folder is not where it was. They are shown and never deleted: a disk may only be away, or a folder moved.
    /// </summary>
    public static IEnumerable<(string Folder, string BelongedTo)> ListAbandoned()
    {
        // Others than root cannot see the folders that these belong to.
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
