using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Postgres;

/// <summary>
/// A PostgreSQL server under the data folder. Processes that use the same folder share it: the first starts it, the last stops it.
/// A server that a killed process left running is taken over; one that dies while in use is restarted.
/// </summary>
/// <remarks>
/// Every user holds <c>holders.lock</c> shared. Starting, joining, leaving and restarting happen under <c>start.lock</c>, so that
/// nobody joins a server that is being stopped. Both are locks of the operating system, which a killed process loses.
/// </remarks>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    /// <summary>Port that a new server tries first; if taken, it uses the next free one.</summary>
    public const int PreferredPort = 54320;
    const int PortsToTry = 200;
    const string FreeIt = "Stop that program.";
    const string FreeItOrMove = $"Stop that program, or name another port in {PlatformOptions.PostgresPortVariable}.";

    static readonly TimeSpan LockTimeout = TimeSpan.FromMinutes(2);
    static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(250);

    readonly PostgresFolder folder;
    readonly PostgresCluster cluster;
    readonly Postmaster postmaster;
    readonly TimeProvider time;
    readonly int? fixedPort;
    readonly CancellationTokenSource leaving = new();
    FileLock? holder;
    Task watching = Task.CompletedTask;

    EmbeddedPostgres(PostgresFolder folder, PostgresCluster cluster, Postmaster postmaster, int? fixedPort, TimeProvider time)
    {
        (this.folder, this.cluster, this.postmaster, this.fixedPort, this.time) = (folder, cluster, postmaster, fixedPort, time);
    }

    /// <summary>Receives a message when the server died and was restarted, or could not be.</summary>
    public Action<string> Notice { get; set; } = static _ => { };

    /// <summary>Port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>Path of the server's log.</summary>
    public string LogFile => cluster.LogFile;

    /// <summary>Folder of the server's data.</summary>
    public string DataDirectory => cluster.Directory;

    /// <summary>Connection string of the owner of everything in the server.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Joins the server of a data folder; creates and starts it if needed.</summary>
    /// <param name="dataDirectory">The platform's data folder; the server uses <c>postgres</c> in it.</param>
    /// <param name="port">The only port to use; <see langword="null"/> for any.</param>
    /// <exception cref="PlatformException"><c>postgres.*</c> or <c>data.not_writable</c>: it cannot be started; the message says what to
    /// do.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(string dataDirectory, int? port, TimeProvider time, CancellationToken cancellationToken)
    {
        var home = PostgresFolder.Open(dataDirectory);
        using var mutex = await home.LockAsync(LockTimeout, time, cancellationToken);
        var account = ServerAccount.ForThisProcess(home.Read()?.Owner);
        var binaries = PostgresFolder.Reachable(PostgresBinaries.Find(AppContext.BaseDirectory, Environment.CurrentDirectory), account);
        var record = home.Read() ?? home.Place(account);
        home.Refer(record);
        home.Close(record, account);
        var data = new PostgresCluster(home.ClusterOf(record), binaries, account);
        var server = new EmbeddedPostgres(home, data, new(data, binaries, account, time), port, time) { holder = FileLock.TryShared(home.HoldersFile) };
        try
        {
            if (!data.Exists)
            {
                await data.InitializeAsync(home.PasswordFile, cancellationToken);
            }
            await server.EnsureRunningAsync(port ?? (record.Port == 0 ? PreferredPort : record.Port), mayMove: port is null, cancellationToken);
            server.watching = server.WatchAsync(server.leaving.Token);
            return server;
        }
        catch
        {
            // An interrupted start must not leave a server behind.
            await server.StopUnlessSharedAsync();
            throw;
        }
    }

    /// <summary>Leaves the server; the last one to leave stops it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (holder is null) return;
        await leaving.CancelAsync();
        await watching;
        NpgsqlConnection.ClearAllPools();
        using (await folder.LockAsync(LockTimeout, time, CancellationToken.None))
        {
            await StopUnlessSharedAsync();
        }
        leaving.Dispose();
    }

    async Task StopUnlessSharedAsync()
    {
        holder?.Dispose();
        holder = null;
        using var alone = FileLock.TryExclusive(folder.HoldersFile);
        if (alone is not null) await postmaster.StopAsync(CancellationToken.None);
    }

    async Task EnsureRunningAsync(int wantedPort, bool mayMove, CancellationToken cancellationToken)
    {
        if (await postmaster.WaitReadyAsync(cancellationToken) is { } running)
        {
            Use(running.Port);
            return;
        }
        var started = time.GetTimestamp();
        var port = mayMove ? NextFreePort(wantedPort) : wantedPort;
        while (true)
        {
            cluster.WriteSettings(port, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
            if (await postmaster.StartAsync() is not { } failure) break;
            if (PostgresFailure.IsPortTaken(failure) && mayMove)
                port = NextFreePort(port + 1);
            else if (PostgresFailure.IsPortTaken(failure))
                throw PortTaken(port);
            else if (PostgresFailure.IsOldServerLeaving(failure) && time.GetElapsedTime(started) < LockTimeout)
                await Task.Delay(WatchInterval, time, cancellationToken);
            else
                throw PostgresFailure.From(failure, cluster.Directory, cluster.LogFile);
        }
        folder.Write(folder.Read()! with { Port = port });
        Use(port);
        cancellationToken.ThrowIfCancellationRequested();
    }

    void Use(int port)
    {
        Port = port;
        ConnectionString = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = port, Username = PostgresCluster.Name, Database = PostgresCluster.Name, Password = File.ReadAllText(folder.PasswordFile),
        }.ConnectionString;
    }

    async Task WatchAsync(CancellationToken cancellationToken)
    {
        var lastProblem = "";
        try
        {
            while (true)
            {
                await Task.Delay(WatchInterval, time, cancellationToken);
                if (postmaster.Find() is not null) continue;
                try
                {
                    using var mutex = await folder.LockAsync(LockTimeout, time, cancellationToken);
                    if (postmaster.Find() is not null) continue;
                    // The same port, since connections of running runs use it.
                    await EnsureRunningAsync(Port, mayMove: false, cancellationToken);
                    Notice("PostgreSQL stopped unexpectedly and was started again.");
                    lastProblem = "";
                }
                catch (Exception error) when (error is PlatformException or IOException or UnauthorizedAccessException)
                {
                    if (error.Message != lastProblem) Notice($"PostgreSQL stopped unexpectedly and could not be started again: {error.Message}");
                    lastProblem = error.Message;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // This process is leaving.
        }
    }

    static int NextFreePort(int from)
    {
        for (var port = from; port < from + PortsToTry && port <= IPEndPoint.MaxPort; port++)
            if (IsFree(port)) return port;
        throw new PlatformException("postgres.port_taken",
            string.Create(CultureInfo.InvariantCulture, $"PostgreSQL found no free port from {from} to {from + PortsToTry - 1} on 127.0.0.1. Stop a program that listens there."));
    }

    PlatformException PortTaken(int port) => new("postgres.port_taken", string.Create(CultureInfo.InvariantCulture,
        $"Port {port} on 127.0.0.1 is taken by another program, so PostgreSQL cannot listen there. {(fixedPort is null ? FreeIt : FreeItOrMove)}"));

    static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
