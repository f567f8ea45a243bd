using System.Globalization;
using System.Text.Json;
using Npgsql;

namespace Orchestrator.Tests.Integration.Workers;

/// <summary>A month whose process is killed with SIGKILL, right before and right after each commit of its journal.</summary>
public sealed class CrashTests(PostgresFixture postgres)
{
    const int SalesPerMonth = 3000, KillsAtOnce = 2;

    [Fact]
    [TestLimit(minutes: 12)]
    public async Task Run_killed_around_any_journal_event_goes_on_to_the_tables_of_an_undisturbed_run()
    {
        var undisturbed = await RunAsync(environment: []);
        Assert.Equal(0, undisturbed.Run.ExitCode);
        var kills = (from commit in await CommitsAsync(undisturbed.Database)
                     from variable in new[] { "ORCHESTRATOR_CRASH_BEFORE_EVENT", "ORCHESTRATOR_CRASH_AFTER_EVENT" }
                     select (Variable: variable, Event: commit)).ToList();
        Assert.True(kills.Count > 20, $"Only {kills.Count} kills: the journal has become too short for this test to mean anything.");
        var (expected, completions) = (await TablesAsync(undisturbed.Database), await CompletionsAsync(undisturbed.Database));

        var killed = 0;
        await Parallel.ForEachAsync(kills, new ParallelOptions { MaxDegreeOfParallelism = KillsAtOnce, CancellationToken = TestContext.Current.CancellationToken }, async (kill, _) =>
        {
            var at = $"{kill.Variable}={kill.Event}";
            var run = await RunAsync(new() { [kill.Variable] = kill.Event.ToString(CultureInfo.InvariantCulture) });
            // The first commit creates the run; the crash points begin after it.
            if (run.Run.ExitCode != 0)
            {
                Interlocked.Increment(ref killed);
                var resumed = await OrchestratorProcess.RunAsync("runs", "resume", "--json", "--data", run.Data.Path, "--postgres", run.Database);
                Assert.True(resumed.ExitCode == 0, $"{at}: {resumed.Output}{resumed.Error}");
            }
            Assert.True(expected == await TablesAsync(run.Database), $"{at}: the tables differ from those of the undisturbed run.");
            Assert.True(completions == await CompletionsAsync(run.Database), $"{at}: an activity that had finished was executed again.");
            run.Data.Dispose();
        });
        Assert.True(killed >= kills.Count - 2, $"Only {killed} of {kills.Count} processes were killed.");
        undisturbed.Data.Dispose();
    }

    async Task<(string Database, DataFolder Data, OrchestratorProcess.Result Run)> RunAsync(Dictionary<string, string> environment)
    {
        var (database, data) = (await postgres.CreateDatabaseAsync(), new DataFolder());
        using var process = OrchestratorProcess.Start(environment, "run", "monthly-sales", "--partition", "2026-10", "--json", "--data", data.Path, "--postgres", database,
            "--input", $"rows={SalesPerMonth}", "--input", "customers=300", "--input", "stores=10", "--input", "salesPeople=20");
        return (database, data, await process.EndAsync());
    }

    /// <summary>The first event of each commit: rows of one transaction have the same xmin.</summary>
    static async Task<IReadOnlyList<long>> CommitsAsync(string database) =>
        JsonSerializer.Deserialize<List<long>>(await ScalarAsync(database,
            "select json_agg(first order by first)::text from (select min(sequence) as first from orchestrator.journal group by xmin::text) as commits"))!;

    /// <summary>One checksum over all tables that readers see.</summary>
    static Task<string> TablesAsync(string database) => ScalarAsync(database, """
        select concat_ws(' ',
          (select md5(string_agg(row, '|' order by row)) from (select fact_sales::text as row from sales.fact_sales) as facts),
          (select md5(string_agg(row, '|' order by row)) from (select dim_customer::text as row from sales.dim_customer) as customers),
          (select md5(string_agg(row, '|' order by row)) from (select mart_customer_monthly::text as row from sales.mart_customer_monthly) as bought),
          (select md5(string_agg(row, '|' order by row)) from (select mart_sales_monthly::text as row from sales.mart_sales_monthly) as sold))
        """);

    /// <summary>Which activities completed; one that was executed again is there twice.</summary>
    static Task<string> CompletionsAsync(string database) => ScalarAsync(database, """
        select string_agg(completed.activity_id, ' ' order by completed.activity_id)
        from orchestrator.journal
        join orchestrator.activity_execution as completed
          on completed.run_id = journal.run_id and completed.number = (journal.payload ->> 'number')::int
        where journal.type = 'activity.completed'
        """);

    static async Task<string> ScalarAsync(string database, string query)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(query, connection);
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
