using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Server.Postgres;
using Orchestrator.Spark.Connect;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Benchmarks.Spark;

/// <summary>The month on a warm Spark server, beside the bare script, on one PostgreSQL.</summary>
sealed class SparkBench : IAsyncDisposable
{
    const long Rows = 1_000_000;
    const int LargeFactor = 10;

    static readonly (string Name, string[] Activities, string[] Steps)[] Parts =
    [
        ("generate and upload", ["GenerateSales", "UploadPartitions"], ["generate"]),
        ("star schema", ["BuildStarSchema"], ["star"]),
        ("marts (two, side by side: sum)", ["BuildCustomerMart", "BuildSalesMart"], ["marts"]),
        ("checks", ["CheckAssets"], []),
        ("load", ["LoadTables"], ["load"]),
        ("index", ["TuneIndexes"], ["index"]),
        ("exports", ["ExportCoupons", "ExportIncentives"], []),
    ];

    readonly string folder;
    readonly EmbeddedPostgres postgres;
    readonly SparkProcess spark;
    readonly BareScript bare;
    readonly Platform platform = new(Path.Combine(AppContext.BaseDirectory, "Orchestrator.Server.dll"));
    int created;

    SparkBench(string folder, EmbeddedPostgres postgres, SparkProcess spark, BareScript bare) => (this.folder, this.postgres, this.spark, this.bare) = (folder, postgres, spark, bare);

    /// <param name="bareFolder">Folder of the bare script.</param>
    /// <param name="sparkArchive">Spark, packed.</param>
    public static async Task<SparkBench> StartAsync(string bareFolder, string sparkArchive, CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory("orchestrator-bench-").FullName;
        // PostgreSQL runs as another user where we are root, and reads the script's files.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(root, File.GetUnixFileMode(root) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var script = await BareScript.InstallAsync(bareFolder, Path.Combine(root, "bare"));
        var database = await EmbeddedPostgres.StartAsync(Path.Combine(root, "server"), port: null, TimeProvider.System, cancellationToken);
        return new(root, database, await SparkProcess.StartAsync(sparkArchive, root), script);
    }

    /// <summary>Measures everything and gives the report as Markdown.</summary>
    /// <param name="warmUps">Months before the first that counts.</param>
    public async Task<string> MeasureAsync(int rounds, int warmUps, int largeRounds, CancellationToken cancellationToken)
    {
        List<IReadOnlyDictionary<string, double>> yardstick = [];
        List<PlatformRun> runs = [], large = [];
        for (var round = 1 - warmUps; round <= rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (round > 0) yardstick.Add(await bare.RunAsync(await CreateDatabaseAsync(), Rows, Path.Combine(folder, "scratch")));
            var run = await MonthAsync(Rows);
            if (round > 0) runs.Add(run);
            Say($"round {round}: bare {(round > 0 ? yardstick[^1]["total"] : 0):0} ms, on Spark {run}");
        }
        for (var round = 1; round <= largeRounds; round++)
        {
            large.Add(await MonthAsync(Rows * LargeFactor));
            Say($"large round {round}: {large[^1]}");
        }
        var (opening, perSecond) = await SessionsAsync(rounds, cancellationToken);
        return Markdown(rounds, warmUps, yardstick, runs, large, opening, perSecond);
    }

    public async ValueTask DisposeAsync()
    {
        await spark.DisposeAsync();
        await postgres.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    static string Markdown(int rounds, int warmUps, List<IReadOnlyDictionary<string, double>> bare, List<PlatformRun> runs, List<PlatformRun> large, double opening, double perSecond)
    {
        var text = new StringBuilder();
        Line($"# The month on Spark\n");
        Line($"{Rows:N0} sales on a Spark 4.2 Connect server, `local[2]`, {SparkProcess.Memory} of heap, `{SparkProcess.CompiledQueries}`, warmed by {warmUps} months;");
        Line($"medians of {rounds} rounds, the bare script (DuckDB) and ours in turn on one PostgreSQL;");
        Line($"{Environment.ProcessorCount} cores, shared by all of them. Each month begins with an empty store. Written by");
        Line($"`dotnet run -c Release --project tests/benchmarks -- spark --report tests/benchmarks/SPARK.md`.\n");
        Line($"| step | bare script, ms | on Spark, ms | ratio |");
        Line($"|---|---:|---:|---:|");
        foreach (var (name, activities, steps) in Parts)
            Row(name, Median(runs.Select(run => run.Sum(activities))), steps.Length == 0 ? null : Median(bare.Select(run => steps.Sum(step => run[step]))));
        Row("**whole run**", Median(runs.Select(run => run.DurationMs)), Median(bare.Select(run => run["total"])));
        Line($"\n| measure | figure |");
        Line($"|---|---:|");
        Line($"| session start | {opening:0} ms |");
        Line($"| rows of a result, by Arrow, with a number, money and a text | {perSecond:N0} a second |");
        if (large.Count > 0) Line($"| {Rows * LargeFactor:N0} sales, whole run ({large.Count} round) | {Median(large.Select(run => run.DurationMs)):N0} ms |");
        return text.ToString();

        void Row(string name, double ours, double? theirs) => Line($"| {name} | {theirs:0} | {ours:0} | {ours / theirs:0.00} |");

        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Opens sessions, and reads a million rows in each.</summary>
    /// <returns>Medians: milliseconds to open, rows a second.</returns>
    async Task<(double Opening, double PerSecond)> SessionsAsync(int rounds, CancellationToken cancellationToken)
    {
        using var engine = new SparkConnectEngine(new NoFiles(), Options.Create(new SparkConnectOptions { Address = spark.Address }), TimeProvider.System, NullLogger<SparkConnectEngine>.Instance);
        List<double> opening = [], perSecond = [];
        for (var round = 0; round <= rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            await using var session = await engine.OpenAsync(folder, cancellationToken);
            var opened = clock.Elapsed;
            var rows = await session.QueryAsync(
                "select id, cast(id as decimal(18, 2)) as money, cast(id as string) as word from range(1000000)", new Dictionary<string, object?>(), cancellationToken);
            var read = clock.Elapsed - opened;
            // The first opens the connection too, and Spark compiles the query.
            if (round == 0) continue;
            opening.Add(opened.TotalMilliseconds);
            perSecond.Add(rows.Count / read.TotalSeconds);
        }
        return (Median(opening), Median(perSecond));
    }

    async Task<PlatformRun> MonthAsync(long rows)
    {
        var data = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"data-{++created}"));
        var run = await platform.RunAsync("monthly-sales", data, await CreateDatabaseAsync(), "--partition", "2026-10", "--input",
            string.Create(CultureInfo.InvariantCulture, $"rows={rows}"), "--engine", "spark", "--spark", spark.Address);
        Directory.Delete(data, recursive: true);
        return run;
    }

    async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"bench_{++created}");
        await using var connection = new NpgsqlConnection(postgres.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"create database {name} template template0", connection);
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = name }.ConnectionString;
    }

    static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    static void Say(FormattableString line) => Console.Error.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    sealed class NoFiles : IFileStaging
    {
        public IReadOnlyList<string> Folders => [];

        public Task<string> FetchAsync(Uri address, string folder, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string> DeliverAsync(string localPath, Uri address, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<Uri>?> SealAsync(Uri folder, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
