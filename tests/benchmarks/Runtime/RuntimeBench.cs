using System.Globalization;
using Npgsql;
using Orchestrator.Server.Postgres;

namespace Orchestrator.Benchmarks.Runtime;

/// <summary>One embedded PostgreSQL and the runtime on it: what durable runs cost.</summary>
sealed class RuntimeBench : IAsyncDisposable
{
    const int RunsInFlight = 64, Queued = 1_000, Starts = 200, Jobs = 2_000;

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

    /// <summary>Measures everything and gives the report as Markdown.</summary>
    /// <param name="executions">Activity executions of the large store.</param>
    public async Task<string> MeasureAsync(int rounds, long executions)
    {
        var report = new RuntimeReport(rounds, executions);
        await MeasureTransitionsAsync(report, rounds);
        await MeasureClaimsAsync(report, rounds);
        await MeasurePastAsync(report, executions);
        await MeasureIdleAsync(report);
        return report.Markdown;
    }

    public async ValueTask DisposeAsync()
    {
        await postgres.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    async Task MeasureTransitionsAsync(RuntimeReport report, int rounds)
    {
        List<double> one = [], many = [], driven = [], sequential = [], concurrent = [];
        for (var round = 1; round <= rounds; round++)
        {
            await using var host = new RuntimeHost(await CreateDatabaseAsync());
            one.Add(await Transitions.CommitSingleRowsAsync(host, 1, Duration));
            many.Add(await Transitions.CommitSingleRowsAsync(host, RunsInFlight, Duration));
            driven.Add(await Transitions.DriveAsync(host, Jobs));
            sequential.Add(await Transitions.AdvanceAsync(host, 1, Duration));
            concurrent.Add(await Transitions.AdvanceAsync(host, RunsInFlight, Duration));
            Say($"round {round}: single rows {one[^1]:0}/s, on {RunsInFlight} connections {many[^1]:0}/s; transitions of one run {driven[^1]:0}/s, each waited for {sequential[^1]:0}/s, of {RunsInFlight} runs {concurrent[^1]:0}/s");
        }
        report.Add("single-row commits, one connection", $"{Median(one):N0}/s");
        report.Add($"single-row commits, {RunsInFlight} connections", $"{Median(many):N0}/s");
        report.Add($"durable transitions, one run of {Jobs:N0} jobs in a row", $"{Median(driven):N0}/s");
        report.Add("the same, to the loop on one connection", $"{Median(driven.Zip(one, (mine, theirs) => mine / theirs)):0.00} ×", "≥ 0.5 ×");
        report.Add("durable transitions, one run, each waited for before the next is made", $"{Median(sequential):N0}/s, {Median(sequential.Zip(one, (mine, theirs) => mine / theirs)):0.00} ×");
        report.Add($"durable transitions, {RunsInFlight} runs in flight", $"{Median(concurrent):N0}/s", "≥ 10,000/s");
    }

    async Task MeasureClaimsAsync(RuntimeReport report, int rounds)
    {
        List<double> half = [], most = [];
        for (var round = 1; round <= rounds; round++)
        {
            await using var host = new RuntimeHost(await CreateDatabaseAsync());
            var claims = await Claims.MeasureAsync(host, Queued);
            half.Add(claims.Median);
            most.Add(claims.Quantile(0.99));
            Say($"round {round}: from asking for a run to its first activity, {Queued} queued: p50 {half[^1]:0.0} ms, p99 {most[^1]:0.0} ms");
        }
        report.Add($"from asking for a run to its first activity, {Queued:N0} queued, p50", $"{Median(half):0.0} ms");
        report.Add($"the same, p99", $"{Median(most):0.0} ms", "≤ 20 ms");
    }

    async Task MeasurePastAsync(RuntimeReport report, long executions)
    {
        await using var empty = new RuntimeHost(await CreateDatabaseAsync());
        await using var large = new RuntimeHost(await CreateDatabaseAsync());
        var bytes = await Seed.FillAsync(large, executions);
        // Filling drove a run: a worker listens there. Where nobody listens, telling workers of a run costs less.
        await empty.CreateAsync();
        await empty.DriveAllAsync(runsAtOnce: 1);
        Say($"{executions} executions seeded, {bytes:0} bytes each");
        // In turn, so that both see the same machine.
        List<double> atNothing = [], atMany = [];
        for (var start = 0; start < Starts; start++)
        {
            atNothing.Add((await Samples.TakeAsync(1, _ => empty.CreateAsync())).Median);
            atMany.Add((await Samples.TakeAsync(1, _ => large.CreateAsync())).Median);
        }
        var (list, show) = (await Pages.ListAsync(large), await Pages.ShowAsync(large));
        report.Add("list of runs, p95", $"{list.Quantile(0.95):0.0} ms", "≤ 100 ms");
        report.Add("everything of a run, p95", $"{show.Quantile(0.95):0.0} ms", "≤ 100 ms");
        report.Add("accepting a run, empty store", $"{Median(atNothing):0.00} ms");
        report.Add("accepting a run, large store", $"{Median(atMany):0.00} ms, {Median(atMany) / Median(atNothing):0.00} ×", "≤ 1.10 ×");
        report.Add("disk for each activity execution: journal, log, run and indexes included", $"{bytes:N0} bytes");
    }

    async Task MeasureIdleAsync(RuntimeReport report)
    {
        var (assembly, data) = (Path.Combine(AppContext.BaseDirectory, "Orchestrator.Server.dll"), Path.Combine(folder, "idle"));
        await ChildProcess.RunAsync("dotnet", [assembly, "runs", "list", "--data", data], AppContext.BaseDirectory);
        var idle = await IdleServer.MeasureAsync(assembly, data);
        report.Add("`orchestrator serve`, start to listening, existing data folder", $"{idle.Ready.TotalSeconds:0.0} s", "≤ 2 s");
        report.Add("the same, idle: memory of our process", $"{idle.MemoryBytes / 1e6:0} MB", "≤ 150 MB");
        report.Add("the same, idle: CPU", $"{idle.CpuShare * 100:0.0} %", "≤ 1 %");
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

    static double Median(IEnumerable<double> values) => new Samples(values).Median;

    static void Say(FormattableString line) => Console.Error.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
