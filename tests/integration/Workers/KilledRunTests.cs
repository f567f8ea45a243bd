using System.Globalization;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Workers;

/// <summary>Real processes, really killed. The child is this test program, told to execute one explicit test.</summary>
public sealed class KilledRunTests(PostgresFixture postgres)
{
    const string ConnectionVariable = "ORCHESTRATOR_TEST_CONNECTION", RunVariable = "ORCHESTRATOR_TEST_RUN";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ORCHESTRATOR_CRASH_BEFORE_EVENT")]
    [InlineData("ORCHESTRATOR_CRASH_AFTER_EVENT")]
    public async Task A_run_killed_at_any_commit_goes_on_and_repeats_nothing_that_was_finished(string mode)
    {
        await using var runtime = RuntimeHarness.On(await postgres.CreateDatabaseAsync());
        PrepareWork(runtime);
        foreach (var sequence in await FirstEventsOfCommitsAsync(runtime))
        {
            var run = await runtime.CreateAsync(Chart);
            Assert.Equal(ChildTest.Killed, await DriveInChildAsync(runtime, run.Id, mode, sequence));
            var finishedBefore = RunState.Of(await runtime.Journal.ReadAsync(run.Id, Token)).Executions.Where(execution => execution.Status is ActivityStatus.Succeeded)
                .ToDictionary(execution => execution.Number, execution => execution.Attempts.Count);

            var ended = await runtime.Worker.DriveAsync(run.Id, runtime, Token);

            Assert.Equal((RunStatus.Succeeded, null), (ended.Status, ended.Error));
            var journal = await runtime.Journal.ReadAsync(run.Id, Token);
            Assert.Equal(Enumerable.Range(1, journal.Count).Select(expected => (long)expected), journal.Select(entry => entry.Sequence));
            var state = RunState.Of(journal);
            Assert.All(finishedBefore, finished => Assert.Equal(finished.Value, state[finished.Key].Attempts.Count));
            Assert.Equal(["A1", "B1", "C1", "D1"], (await runtime.Catalog.ListOfRunAsync(run.Id, Token)).Select(written => written.ActivityId).Order());
            Assert.Equal(["A1 Succeeded", "B1 Succeeded", "C1 Succeeded", "D1 Succeeded", "Flowchart1 Succeeded"],
                (await runtime.Store.ListExecutionsAsync(run.Id, Token)).Select(execution => $"{execution.ActivityId} {execution.Status}").Order());
        }
    }

    [Fact(Explicit = true)]
    public async Task Drives_the_run_that_the_environment_names()
    {
        await using var runtime = RuntimeHarness.On(Environment.GetEnvironmentVariable(ConnectionVariable)!);
        PrepareWork(runtime);
        await runtime.Worker.DriveAsync(Guid.Parse(Environment.GetEnvironmentVariable(RunVariable)!), runtime, Token);
    }

    static string Chart => RuntimeHarness.Flowchart("A1 -> B1", "A1 -> C1", "B1 -> D1!", "C1 -> D1!");

    static void PrepareWork(RuntimeHarness runtime)
    {
        foreach (var id in (string[])["A1", "B1", "C1", "D1"])
        {
            runtime.Work[id] = context =>
            {
                context.AddMaterialization(RuntimeHarness.Draft($"asset_{id}") with { Location = $"{context.Attempt.RunId}-{id}-{context.Attempt.Attempt}/" });
                // The second attempt of B1 is one that nobody killed.
                return id == "B1" && context.Attempt.Attempt == 1
                    ? throw new ActivityFailedException("test.flaky", "Not yet.", isRetryable: true) : Task.CompletedTask;
            };
        }
    }

    /// <summary>Of an undisturbed run, the first event of each commit of its worker.</summary>
    static async Task<IReadOnlyList<long>> FirstEventsOfCommitsAsync(RuntimeHarness runtime)
    {
        var run = await runtime.RunAsync(Chart);
        await using var command = runtime.Database.DataSource.CreateCommand(
            "select min(sequence) from orchestrator.journal where run_id = $1 and sequence > 1 group by xmin::text order by 1");
        command.Parameters.With(run.Id);
        await using var row = await command.ExecuteReaderAsync(Token);
        var found = new List<long>();
        while (await row.ReadAsync(Token)) found.Add(row.GetInt64(0));
        return found;
    }

    static async Task<int> DriveInChildAsync(RuntimeHarness runtime, Guid runId, string mode, long sequence)
    {
        return await ChildTest.RunAsync(nameof(Drives_the_run_that_the_environment_names), new()
        {
            [ConnectionVariable] = runtime.ConnectionString, [RunVariable] = runId.ToString(), [mode] = sequence.ToString(CultureInfo.InvariantCulture),
        });
    }
}
