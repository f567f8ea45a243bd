using System.Globalization;
using System.Security.Cryptography;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Postgres;

/// <summary>The data folder of an embedded server, created once by <c>initdb</c> with our settings.</summary>
sealed class PostgresCluster(string directory, PostgresBinaries binaries, ServerAccount? account)
{
    const string SettingsFile = "orchestrator.conf";
    const long MiB = 1024 * 1024;

    /// <summary>Name of the server's only user, and of its database.</summary>
    public const string Name = "orchestrator";

    /// <summary>Path of the folder.</summary>
    public string Directory => directory;

    /// <summary>Path of the server's log.</summary>
    public string LogFile => Path.Combine(Path.GetDirectoryName(directory)!, "log", "postgres.log");

    /// <summary>Whether the cluster exists.</summary>
    public bool Exists => File.Exists(Path.Combine(directory, "PG_VERSION"));

    /// <summary>Creates the cluster with a random password, completely or not at all.</summary>
    /// <exception cref="PlatformException"><c>postgres.disk_full</c>, <c>postgres.initdb_failed</c>.</exception>
    public async Task InitializeAsync(string passwordFile, CancellationToken cancellationToken)
    {
        var work = Path.Combine(Path.GetDirectoryName(directory)!, "new");
        if (System.IO.Directory.Exists(work)) System.IO.Directory.Delete(work, recursive: true);
        System.IO.Directory.CreateDirectory(work);
        var half = Path.Combine(work, "cluster");
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        var handedOver = Path.Combine(work, "password");
        WritePrivate(handedOver, password);
        account?.Own(work);
        account?.Own(handedOver);
        await RunAsync("initdb",
            [
                "-D", half, "-U", Name, $"--pwfile={handedOver}", "--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums",
                "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
            ], work, input: "", cancellationToken);
        await File.AppendAllTextAsync(Path.Combine(half, "postgresql.conf"), $"\ninclude_if_exists = '{SettingsFile}'\n", cancellationToken);
        await RunAsync("postgres", ["--single", "-D", half, "-c", "log_min_messages=error", "postgres"], work, $"create database {Name};\n", cancellationToken);
        WritePrivate(passwordFile, password);
        System.IO.Directory.Move(half, directory);
        System.IO.Directory.Delete(work, recursive: true);
    }

    /// <summary>Writes the settings for the next start.</summary>
    /// <param name="memoryBytes">Memory of the machine, or of the container.</param>
    public void WriteSettings(int port, long memoryBytes)
    {
        var sharedBuffers = Math.Clamp(memoryBytes / 24 / MiB, 128, 512);
        var cached = Math.Max(memoryBytes / 2 / MiB, 256);
        // One machine, one server, loads of a month at a time: no replica reads the log, so tables filled in the transaction
        // that made them need none. fsync, full_page_writes and synchronous_commit keep their durable defaults.
        var file = Path.Combine(directory, SettingsFile);
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $"""
            # Written at every start; settings of your own belong into postgresql.conf after the include.
            listen_addresses = '127.0.0.1'
            port = {port}
            unix_socket_directories = ''
            max_connections = 100
            shared_buffers = {sharedBuffers}MB
            effective_cache_size = {cached}MB
            work_mem = 32MB
            maintenance_work_mem = 256MB
            wal_level = minimal
            max_wal_senders = 0
            wal_buffers = 64MB
            max_wal_size = 4GB
            checkpoint_timeout = 15min
            random_page_cost = 1.1
            track_io_timing = on
            jit = off
            timezone = 'UTC'
            log_timezone = 'UTC'

            """));
        account?.Own(file);
    }

    /// <summary>Creates the log's folder, and starts a new log if the old one exceeds 10 MiB.</summary>
    public void PrepareLog()
    {
        var folder = Path.GetDirectoryName(LogFile)!;
        System.IO.Directory.CreateDirectory(folder);
        account?.Own(folder);
        if (File.Exists(LogFile) && new FileInfo(LogFile).Length > 10 * MiB) File.Move(LogFile, $"{LogFile}.old", overwrite: true);
    }

    async Task RunAsync(string program, IReadOnlyList<string> arguments, string work, string input, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await ExternalProgram.RunAsync(binaries[program], arguments, work, account, input, cancellationToken);
        if (exitCode != 0) throw PostgresFailure.From(output, directory, LogFile);
    }

    static void WritePrivate(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.Write(text);
    }
}
