using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Orchestrator.Server.Postgres;
using Orchestrator.Server.Texts;

namespace Orchestrator.Tests.Integration.Hosting;

public sealed class EmbeddedPostgresTests : IDisposable
{
    // Below those that servers of other tests search for a free one: while this server is down, nobody else may take its port.
    const int PortOfItsOwn = 21432;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    readonly string folder = Directory.CreateTempSubdirectory("orchestrator-embedded-").FullName;

    public EmbeddedPostgresTests()
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute);
    }

    [Fact]
    public async Task Data_is_there_again_after_a_stop_and_a_start()
    {
        await using (var first = await StartAsync()) await ExecuteAsync(first, "create table kept as select 42 as answer");
        await using var second = await StartAsync();

        Assert.Equal(42, await ExecuteAsync(second, "select answer from kept"));
    }

    [Fact]
    public async Task Commits_survive_a_power_cut_as_in_any_PostgreSQL()
    {
        await using var server = await StartAsync();

        foreach (var setting in new[] { "fsync", "full_page_writes", "synchronous_commit", "data_checksums" })
            Assert.Equal("on", await ExecuteAsync(server, $"show {setting}"));
    }

    [Fact]
    public async Task Server_takes_no_connection_without_the_password()
    {
        await using var server = await StartAsync();
        var wrong = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "guess", Pooling = false };
        await using var connection = new NpgsqlConnection(wrong.ConnectionString);

        var error = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(TestContext.Current.CancellationToken));

        Assert.Equal(PostgresErrorCodes.InvalidPassword, error.SqlState);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "postgres", "password")));
    }

    [Fact]
    public async Task Two_users_share_a_server_and_the_last_one_stops_it()
    {
        var first = await StartAsync();
        var second = await StartAsync();

        Assert.Equal(first.Port, second.Port);
        await first.DisposeAsync();
        Assert.Equal(1, await ExecuteAsync(second, "select 1"));
        await second.DisposeAsync();

        using var client = new TcpClient();
        var refused = await Assert.ThrowsAsync<SocketException>(() => client.ConnectAsync(IPAddress.Loopback, first.Port, TestContext.Current.CancellationToken).AsTask());
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [Fact]
    public async Task Users_that_come_and_go_at_once_always_find_a_server()
    {
        await Parallel.ForAsync(0, 12, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken }, async (_, _) =>
        {
            await using var server = await StartAsync();
            Assert.Equal(1, await ExecuteAsync(server, "select 1"));
        });
    }

    [Fact]
    public async Task Server_that_is_killed_while_it_is_used_is_started_again_at_the_same_port()
    {
        await using var server = await StartAsync(PortOfItsOwn);
        var notice = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Notice = notice.SetResult;
        await ExecuteAsync(server, "create table kept as select 42 as answer");

        Kill(ProcessIdOf(server));

        Assert.Equal("PostgreSQL stopped unexpectedly and was started again.", await notice.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Equal(PortOfItsOwn, server.Port);
        NpgsqlConnection.ClearAllPools();
        Assert.Equal(42, await ExecuteAsync(server, "select answer from kept"));
    }

    [Fact]
    public async Task Folder_that_is_closed_to_others_is_no_obstacle()
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string dataDirectory;
        await using (var server = await StartAsync())
        {
            Assert.Equal(1, await ExecuteAsync(server, "select 1"));
            dataDirectory = server.DataDirectory;
        }
        // As root the server runs as another user, who cannot enter: its data lies elsewhere.
        Assert.Equal(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux(), !dataDirectory.StartsWith(folder, StringComparison.Ordinal));

        await using (var again = await StartAsync()) Assert.Equal(dataDirectory, again.DataDirectory);

        if (!dataDirectory.StartsWith(folder, StringComparison.Ordinal)) Directory.Delete(Path.GetDirectoryName(dataDirectory)!, recursive: true);
    }

    [Fact]
    public async Task Folder_that_was_moved_still_finds_its_data()
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var (before, after) = (Path.Combine(folder, "before"), Path.Combine(folder, "after"));
        await using (var server = await EmbeddedPostgres.StartAsync(before, null, TimeProvider.System, TestContext.Current.CancellationToken))
            await ExecuteAsync(server, "create table kept as select 42 as answer");
        Directory.Move(before, after);

        string dataDirectory;
        await using (var moved = await EmbeddedPostgres.StartAsync(after, null, TimeProvider.System, TestContext.Current.CancellationToken))
        {
            Assert.Equal(42, await ExecuteAsync(moved, "select answer from kept"));
            dataDirectory = moved.DataDirectory;
        }

        if (!dataDirectory.StartsWith(folder, StringComparison.Ordinal)) Directory.Delete(Path.GetDirectoryName(dataDirectory)!, recursive: true);
    }

    [Fact]
    public async Task Note_of_a_server_that_is_no_more_does_not_stand_in_the_way()
    {
        string dataDirectory;
        await using (var server = await StartAsync()) dataDirectory = server.DataDirectory;
        await File.WriteAllTextAsync(Path.Combine(dataDirectory, "postmaster.pid"),
            string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n{dataDirectory}\n0\n54320\n\n127.0.0.1\n\nready\n"), TestContext.Current.CancellationToken);

        await using var again = await StartAsync();

        Assert.Equal(1, await ExecuteAsync(again, "select 1"));
    }

    [Fact]
    public async Task Port_that_is_taken_is_passed_over()
    {
        int port;
        await using (var first = await StartAsync()) port = first.Port;
        using var other = new TcpListener(IPAddress.Loopback, port);
        other.Start();

        await using var second = await StartAsync();

        Assert.InRange(second.Port, port + 1, port + 200);
    }

    [Fact]
    public async Task Port_that_was_asked_for_and_is_taken_is_an_error_that_says_so()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var error = await Assert.ThrowsAsync<PlatformException>(() => StartAsync(port));

        Assert.Equal("postgres.port_taken", error.Code);
        Assert.Equal($"Port {port} on 127.0.0.1 is taken by another program, so PostgreSQL cannot listen there. Stop that program, or name another port in ORCHESTRATOR_POSTGRES_PORT.", error.Message);
    }

    [Fact]
    public async Task Data_of_another_version_is_an_error_that_says_what_to_do()
    {
        string dataDirectory;
        await using (var server = await StartAsync()) dataDirectory = server.DataDirectory;
        await File.WriteAllTextAsync(Path.Combine(dataDirectory, "PG_VERSION"), "17\n", TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<PlatformException>(() => StartAsync());

        Assert.Equal("postgres.version_mismatch", error.Code);
        Assert.Equal(
            $"The data in '{dataDirectory}' was made by another version of PostgreSQL. The data directory was initialized by PostgreSQL version 17, "
            + "which is not compatible with this version 18.4. Use the version of the platform that made it, or choose a new folder with --data.", error.Message);
    }

    [Fact]
    public async Task Data_folder_that_cannot_be_made_is_an_error_that_says_so()
    {
        var file = Path.Combine(folder, "occupied");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<PlatformException>(() =>
            EmbeddedPostgres.StartAsync(file, port: null, TimeProvider.System, TestContext.Current.CancellationToken));

        Assert.Equal("data.not_writable", error.Code);
        Assert.Equal($"The data folder '{file}' cannot be written: there is a file of that name. Make it writable, or choose another one with --data.", error.Message);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    Task<EmbeddedPostgres> StartAsync(int? port = null) =>
        EmbeddedPostgres.StartAsync(folder, port, TimeProvider.System, TestContext.Current.CancellationToken);

    static async Task<object?> ExecuteAsync(EmbeddedPostgres server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    static int ProcessIdOf(EmbeddedPostgres server) =>
        int.Parse(File.ReadLines(Path.Combine(server.DataDirectory, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    static void Kill(int process)
    {
        using var found = Process.GetProcessById(process);
        found.Kill();
    }
}
