using System.Globalization;
using Npgsql;
using Orchestrator.Server.Postgres;

namespace Orchestrator.Benchmarks.Runtime;

/// <summary>One embedded PostgreSQL and the runtime on it: what durable runs cost.</summary>
sealed class RuntimeBench : IAsyncDisposable
{
    const int RunsInFlight = 64;

    static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    readonly string folder;
    readonly EmbeddedPostgres postgres;
    int databases;

    RuntimeBench(string folder, EmbeddedPostgres postgres) => (this.folder, this.postgres) = (folder, postgres);

    public static async Task<RuntimeBench> StartAsync(CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory("orchestrator-bench-").FullName;
        // PostgreSQL runs as another user where we are root.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(root, File.GetUnixFileMode(root) | UnixFileMode.OtherExecute);
        return new(root, await EmbeddedPostgres.StartAsync(root, port: null, TimeProvider.System, cancellationToken));
    }

    public async Task MeasureAsync(int rounds)
    {
        for (var round = 1; round <= rounds; round++)
        {
            await using var host = new RuntimeHost(await CreateDatabaseAsync());
            var one = await Transitions.CommitSingleRowsAsync(host, 1, Duration);
            var many = await Transitions.CommitSingleRowsAsync(host, RunsInFlight, Duration);
            var sequential = await Transitions.AdvanceAsync(host, 1, Duration);
            var concurrent = await Transitions.AdvanceAsync(host, RunsInFlight, Duration);
            Say($"round {round}: single rows {one:0}/s on one connection, {many:0}/s on {RunsInFlight}; transitions {sequential:0}/s of one run, {concurrent:0}/s of {RunsInFlight}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await postgres.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    async Task<string> CreateDatabaseAsync()
    {
        var name = $"bench_{++databases}";
        await using var connection = new NpgsqlConnection(postgres.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"create database {name} template template0", connection);
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = name }.ConnectionString;
    }

    static void Say(FormattableString line) => Console.Error.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
