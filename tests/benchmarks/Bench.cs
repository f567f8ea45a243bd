using System.Globalization;
using Npgsql;
using Orchestrator.Server.Postgres;

namespace Orchestrator.Benchmarks;

/// <summary>One embedded PostgreSQL, the bare script and the product, measured in turn.</summary>
sealed class Bench : IAsyncDisposable
{
    const long Rows = 1_000_000;
    const int LargeFactor = 10;
    const string FirstStep = "Generate sales: started";

    readonly string folder;
    readonly EmbeddedPostgres postgres;
    readonly BareScript bare;
    readonly Platform platform = new(Path.Combine(AppContext.BaseDirectory, "Orchestrator.Server.dll"));
    int databases;

    Bench(string folder, EmbeddedPostgres postgres, BareScript bare) => (this.folder, this.postgres, this.bare) = (folder, postgres, bare);

    public static async Task<Bench> StartAsync(string bareFolder, CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory("orchestrator-bench-").FullName;
        // PostgreSQL runs as another user where we are root, and reads the script's files.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var script = await BareScript.InstallAsync(bareFolder, Path.Combine(root, "bare"));
        return new(root, await EmbeddedPostgres.StartAsync(Path.Combine(root, "server"), port: null, TimeProvider.System, cancellationToken), script);
    }

    /// <summary>Measures everything and gives the report as Markdown.</summary>
    public async Task<string> MeasureAsync(int rounds, int largeRounds)
    {
        List<IReadOnlyDictionary<string, double>> yardstick = [];
        List<PlatformRun> first = [], again = [], large = [], empty = [];
        List<double> serverCopy = [], startNew = [], startExisting = [];
        for (var round = 1; round <= rounds; round++)
        {
            yardstick.Add(await bare.RunAsync(await CreateDatabaseAsync(), Rows, Path.Combine(folder, "scratch")));
            var (data, database) = (NewFolder(), await CreateDatabaseAsync());
            first.Add(await MonthAsync(data, database, Rows));
            serverCopy.Add(await ServerCopy.MeasureAsync(database, Path.Combine(data, "store"), Path.Combine(folder, "csv")));
            again.Add(await MonthAsync(data, database, Rows));
            Directory.Delete(data, recursive: true);
            Say($"round {round}: bare {yardstick[^1]["total"]:0} ms, first {first[^1]}, again {again[^1]}");
        }
        for (var round = 1; round <= largeRounds; round++)
        {
            var (data, database) = (NewFolder(), await CreateDatabaseAsync());
            large.Add(await MonthAsync(data, database, Rows * LargeFactor));
            Directory.Delete(data, recursive: true);
            Say($"large round {round}: {large[^1]}");
        }
        var home = NewFolder();
        for (var round = 1; round <= rounds; round++)
        {
            var fresh = NewFolder();
            startNew.Add((await platform.FirstActivityAsync("monthly-sales", fresh, FirstStep, "--input", "rows=1000")).TotalMilliseconds);
            startExisting.Add((await platform.FirstActivityAsync("monthly-sales", fresh, FirstStep, "--input", "rows=1000")).TotalMilliseconds);
            Directory.Delete(fresh, recursive: true);
            empty.Add(await platform.RunAsync(Path.Combine(AppContext.BaseDirectory, "five-steps.json"), home, database: null));
        }
        return Report.Markdown(rounds, Rows, yardstick, first, again, serverCopy, large, empty, startNew, startExisting);
    }

    public async ValueTask DisposeAsync()
    {
        await postgres.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    Task<PlatformRun> MonthAsync(string data, string database, long rows) =>
        platform.RunAsync("monthly-sales", data, database, "--partition", "2026-10", "--input", string.Create(CultureInfo.InvariantCulture, $"rows={rows}"));

    string NewFolder() => Path.Combine(folder, $"data-{++databases}");

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
