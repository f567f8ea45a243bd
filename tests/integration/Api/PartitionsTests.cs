using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration.Api;

/// <summary>What runs leave behind lies in the partition of the month in their id.</summary>
public sealed class PartitionsTests(PostgresFixture postgres)
{
    static readonly string Chart = RuntimeHarness.Flowchart("A1 -> B1");

    static readonly DateTimeOffset NewYear = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Runs_around_the_end_of_the_year_lie_in_the_months_of_their_ids()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        await ExecuteAsync(runtime, "select orchestrator.add_months('2026-12-31 23:30:00-01')");
        await ExecuteAsync(runtime, "select orchestrator.add_months('2026-12-31 23:30:00+00')");
        Assert.Equal(
            [("journal_2026_12", "activity_execution_2026_12"), ("journal_2027_01", "activity_execution_2027_01"), ("journal_2027_03", "activity_execution_2027_03")],
            [await RunAtAsync(runtime, NewYear.AddMilliseconds(-1)), await RunAtAsync(runtime, NewYear), await RunAtAsync(runtime, new(2027, 3, 31, 23, 59, 59, TimeSpan.Zero))]);
    }

    [Fact]
    public async Task A_run_of_a_month_that_nobody_prepared_is_kept_and_moves_when_somebody_does()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var (before, after) = (await CreateAtAsync(runtime, new(2031, 7, 1, 0, 0, 0, TimeSpan.Zero)), await CreateAtAsync(runtime, new(2031, 8, 1, 0, 0, 0, TimeSpan.Zero)));
        await runtime.Worker.DriveAsync(before, runtime, Token);
        Assert.Equal(("journal_other", "activity_execution_other"), await TablesOfAsync(runtime, before));
        var (journal, executions, log) = (await runtime.Journal.ReadAsync(before, Token), await runtime.Store.ListExecutionsAsync(before, Token), await runtime.Store.ListLogAsync(before, Token));

        await ExecuteAsync(runtime, "select orchestrator.add_month('2031-07-15 12:00:00+00')");

        Assert.Equal(("journal_2031_07", "activity_execution_2031_07"), await TablesOfAsync(runtime, before));
        Assert.Equal("journal_other", (await TablesOfAsync(runtime, after)).Journal);
        Assert.Equal(journal.Count, (await runtime.Journal.ReadAsync(before, Token)).Count);
        Assert.Equivalent(executions, await runtime.Store.ListExecutionsAsync(before, Token), strict: true);
        Assert.Equal(log, await runtime.Store.ListLogAsync(before, Token));
        await runtime.Worker.DriveAsync(after, runtime, Token);
    }

    [Fact]
    public async Task Months_are_prepared_while_runs_go_on()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var preparing = Parallel.ForAsync(0, 24, new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = Token }, async (month, _) =>
            await ExecuteAsync(runtime, $"select orchestrator.add_month(timestamptz '2040-01-01 00:00:00+00' + interval '{month / 2} months')"));
        do Assert.Equal(RunStatus.Succeeded, (await runtime.RunAsync(Chart)).Status);
        while (!preparing.IsCompleted);
        await preparing;
        Assert.Equal(12L, await ScalarAsync<long>(runtime, "select count(*) from orchestrator.month where begins >= '2040-01-01 00:00:00+00'"));
    }

    [Fact]
    public async Task Whoever_knows_the_run_reads_one_partition()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var run = await runtime.RunAsync(Chart);
        foreach (var table in (string[])["journal", "activity_execution", "activity_log", "asset_check_result"])
        {
            var plan = await ScalarAsync<string>(runtime, $"explain (format json) select * from orchestrator.{table} where run_id = '{run.Id}' order by 1");
            Assert.Contains($"\"{table}_{run.CreatedAt.UtcDateTime:yyyy_MM}\"", plan, StringComparison.Ordinal);
            Assert.Equal(1, plan.Split("\"Relation Name\"").Length - 1);
        }
    }

    static async Task<(string Journal, string Executions)> RunAtAsync(RuntimeHarness runtime, DateTimeOffset at)
    {
        var id = await CreateAtAsync(runtime, at);
        Assert.Equal(RunStatus.Succeeded, (await runtime.Worker.DriveAsync(id, runtime, Token)).Status);
        return await TablesOfAsync(runtime, id);
    }

    static async Task<Guid> CreateAtAsync(RuntimeHarness runtime, DateTimeOffset at) => (await runtime.Store.CreateAsync(runtime.Start(Chart) with { Id = Guid.CreateVersion7(at) }, Token)).Id;

    /// <summary>The only tables with rows of a run.</summary>
    static async Task<(string Journal, string Executions)> TablesOfAsync(RuntimeHarness runtime, Guid run) => (
        await ScalarAsync<string>(runtime, $"select string_agg(distinct relname, ' ') from orchestrator.journal join pg_class on pg_class.oid = journal.tableoid where run_id = '{run}'"),
        await ScalarAsync<string>(runtime,
            $"select coalesce(string_agg(distinct relname, ' '), '') from orchestrator.activity_execution join pg_class on pg_class.oid = activity_execution.tableoid where run_id = '{run}'"));

    static async Task ExecuteAsync(RuntimeHarness runtime, string statement)
    {
        await using var command = runtime.Database.DataSource.CreateCommand(statement);
        await command.ExecuteNonQueryAsync(Token);
    }

    static async Task<T> ScalarAsync<T>(RuntimeHarness runtime, string query)
    {
        await using var command = runtime.Database.DataSource.CreateCommand(query);
        return (T)(await command.ExecuteScalarAsync(Token))!;
    }
}
