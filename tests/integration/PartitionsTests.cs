using DbUp;
using DbUp.Engine.Output;
using Npgsql;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration;

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

    [Fact]
    public async Task A_store_of_the_first_version_keeps_all_it_had()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using (var connection = new NpgsqlConnection(connectionString))
        {
            await connection.OpenAsync(Token);
            await using var create = new NpgsqlCommand("create schema orchestrator", connection);
            await create.ExecuteNonQueryAsync(Token);
            var first = DeployChanges.To.PostgresqlDatabase(connectionString, "orchestrator")
                .WithScriptsEmbeddedInAssembly(typeof(StoreMigrations).Assembly, name => string.CompareOrdinal(name, "0004") < 0 && name.EndsWith(".sql", StringComparison.Ordinal))
                .JournalToPostgresqlTable("orchestrator", "schema_version").WithTransactionPerScript().WithVariablesDisabled().LogTo(new NoOpUpgradeLog()).Build().PerformUpgrade();
            Assert.Equal(3, first.Scripts.Count());
            await using var fill = new NpgsqlCommand(FirstVersion, connection);
            await fill.ExecuteNonQueryAsync(Token);
        }

        StoreMigrations.Apply(connectionString);

        await using var runtime = RuntimeHarness.On(connectionString);
        foreach (var (id, journal) in new[] { (OfDecember, "journal_2025_12"), (OfJanuary, "journal_2026_01"), (OfNoTime, "journal_other") })
        {
            Assert.Equal((journal, journal.Replace("journal", "activity_execution", StringComparison.Ordinal)), await TablesOfAsync(runtime, id));
            Assert.Equal([1, 2], (await runtime.Journal.ReadAsync(id, Token)).Select(entry => entry.Sequence));
            var execution = Assert.Single(await runtime.Store.ListExecutionsAsync(id, Token));
            Assert.Equal(("A1", "Workflow1:A1", "Test.TestJob", "First", 2, ActivityStatus.Failed, "test.failed"),
                (execution.ActivityId, execution.NodeId, execution.Type, execution.Name, execution.Attempts, execution.Status, execution.Error?.Code));
            Assert.Equal("""{ "kept":  "letter for letter" }""", execution.Inputs["text"].GetRawText());
            Assert.Equal(["one", "two"], (await runtime.Store.ListLogAsync(id, Token)).Select(line => line.Message));
            Assert.Equal(["rows_equal"], (await runtime.Store.ListChecksAsync(id, Token)).Select(check => check.Result.Check));
        }
        // Lines that are written now come after those that were there.
        Assert.True(await ScalarAsync<long>(runtime, "select nextval('orchestrator.activity_log_id')") > await ScalarAsync<long>(runtime, "select max(id) from orchestrator.activity_log"));
        Assert.Equal(RunStatus.Succeeded, (await runtime.RunAsync(Chart)).Status);
    }

    static readonly Guid OfDecember = Guid.CreateVersion7(new(2025, 12, 31, 23, 59, 59, TimeSpan.Zero)), OfJanuary = Guid.CreateVersion7(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)),
        OfNoTime = Guid.Parse("5b2f1d0a-8a8e-4c8f-9a53-0d2f4a3b6c7d");

    static string FirstVersion => $$$"""
        insert into orchestrator.workflow_definition_version values ('test', 'sum', 1, 'Test', '{}');
        insert into orchestrator.run (id, definition_id, definition_checksum, definition_version, definition_name, status, created_at, started_at, finished_at, last_sequence)
        select id, 'test', 'sum', 1, 'Test', 'Failed', now(), now(), now(), 2 from unnest(array['{{{OfDecember}}}', '{{{OfJanuary}}}', '{{{OfNoTime}}}']::uuid[]) as id;
        insert into orchestrator.journal select id, 1, now(), 'run.started', '{"worker":"w"}' from orchestrator.run;
        insert into orchestrator.journal select id, 2, now(), 'run.recovered', '{"worker":"w"}' from orchestrator.run;
        insert into orchestrator.activity_execution
        select id, 1, null, 'A1', 'Workflow1:A1', 'Test.TestJob', 'First', 'Failed', 2, now(), now(), now(), '{"text":{ "kept":  "letter for letter" }}', '{}', null, null, 'test.failed', 'No.'
        from orchestrator.run;
        insert into orchestrator.activity_log (run_id, activity_id, attempt, at, event, message) select id, 'A1', 1, now(), 'Event', 'one' from orchestrator.run;
        insert into orchestrator.activity_log (run_id, activity_id, attempt, at, event, message) select id, 'A1', 1, now(), 'Event', 'two' from orchestrator.run;
        insert into orchestrator.asset_check_result (run_id, activity_id, attempt, at, check_name, asset, partition, severity, is_passed, expected, actual, offending_rows)
        select id, 'A1', 1, now(), 'rows_equal', 'fact_sales', '2025-12-01', 'Error', false, '1', '2', '["row"]' from orchestrator.run;
        """;

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
