using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Runs;

public sealed class RuntimeTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Jobs_of_a_flowchart_run_in_the_order_of_the_connections_and_the_run_succeeds()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var run = await runtime.RunAsync(RuntimeHarness.Flowchart("A1 -> B1", "B1 -> C1"), new(new(2026, 10, 1)));
        Assert.Equal((RunStatus.Succeeded, null), (run.Status, run.Error));
        Assert.Equal(["A1#1", "B1#1", "C1#1"], runtime.Started);
        Assert.Equal(run, await runtime.Store.FindAsync(run.Id, TestContext.Current.CancellationToken));
        var executions = await runtime.Store.ListExecutionsAsync(run.Id, TestContext.Current.CancellationToken);
        Assert.Equal(["Flowchart1 Succeeded", "A1 Succeeded", "B1 Succeeded", "C1 Succeeded"], executions.Select(execution => $"{execution.ActivityId} {execution.Status}"));
        Assert.False(Directory.Exists(Path.Combine(runtime.Folder, "work", run.Id.ToString())));
    }

    [Fact]
    public async Task Two_branches_of_jobs_run_at_the_same_time_and_the_merge_waits_for_both()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var (left, right) = (new TaskCompletionSource(), new TaskCompletionSource());
        runtime.Work["B1"] = async _ => { left.SetResult(); await right.Task.InTimeAsync(); };
        runtime.Work["C1"] = async _ => { right.SetResult(); await left.Task.InTimeAsync(); };
        var run = await runtime.RunAsync(RuntimeHarness.Flowchart("A1 -> B1", "A1 -> C1", "B1 -> D1!", "C1 -> D1!"));
        Assert.Equal(RunStatus.Succeeded, run.Status);
        Assert.Equal(["A1#1", "B1#1", "C1#1", "D1#1"], runtime.Started);
    }

    [Theory]
    [InlineData("Job", "Line")]
    [InlineData("Line", "Job")]
    public async Task A_job_that_has_lost_a_race_ends_at_once_in_whatever_order_the_branches_are_drawn(string first, string second)
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        runtime.Work["Job"] = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        var run = await runtime.RunAsync($$"""
            { "definitionId": "test", "name": "Test", "version": 1, "root": { "id": "Flowchart1", "type": "Elsa.Flowchart",
              "activities": [
                { "id": "Start1", "type": "Elsa.Start" }, { "id": "Job", "type": "Test.TestJob" }, { "id": "Line", "type": "Elsa.WriteLine" },
                { "id": "Join1", "type": "Elsa.FlowJoin" }, { "id": "After", "type": "Elsa.WriteLine" } ],
              "connections": [
                { "source": { "activity": "Start1" }, "target": { "activity": "{{first}}" } },
                { "source": { "activity": "Start1" }, "target": { "activity": "{{second}}" } },
                { "source": { "activity": "Job" }, "target": { "activity": "Join1" } },
                { "source": { "activity": "Line" }, "target": { "activity": "Join1" } },
                { "source": { "activity": "Join1" }, "target": { "activity": "After" } } ] } }
            """);
        Assert.Equal((RunStatus.Succeeded, null), (run.Status, run.Error));
        var executions = await runtime.Store.ListExecutionsAsync(run.Id, TestContext.Current.CancellationToken);
        Assert.Equal(ActivityStatus.Cancelled, executions.Single(execution => execution.ActivityId == "Job").Status);
        Assert.Equal(ActivityStatus.Succeeded, executions.Single(execution => execution.ActivityId == "After").Status);
    }

    [Fact]
    public async Task A_retryable_failure_is_tried_again_and_the_second_attempt_counts()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        runtime.Work["A1"] = context => context.Attempt.Attempt == 1
            ? throw new ActivityFailedException("test.flaky", "It was not ready.", isRetryable: true) : Task.CompletedTask;
        var run = await runtime.RunAsync(RuntimeHarness.Flowchart("A1 -> B1"));
        Assert.Equal(RunStatus.Succeeded, run.Status);
        Assert.Equal(["A1#1", "A1#2", "B1#1"], runtime.Started);
        Assert.Equal("test.flaky", Assert.Single(runtime.Retries).Error.Code);
    }

    [Fact]
    public async Task A_failure_that_is_not_retryable_fails_the_run_with_its_code_message_and_activity()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        runtime.Work["A1"] = _ => throw new ActivityFailedException("test.broken", "It is broken. Mend it.", isRetryable: false);
        var run = await runtime.RunAsync(RuntimeHarness.Flowchart("A1 -> B1"));
        Assert.Equal((RunStatus.Failed, new("test.broken", "It is broken. Mend it.", "A1")), (run.Status, run.Error));
        Assert.Equal(["A1#1"], runtime.Started);
    }

    [Fact]
    public async Task Five_jobs_in_a_row_take_one_commit_each_and_one_to_begin()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var chart = RuntimeHarness.Flowchart("A1 -> B1", "B1 -> C1", "C1 -> D1", "D1 -> E1");
        var run = await runtime.CreateAsync(chart);
        await runtime.Worker.DriveAsync(run.Id, runtime, TestContext.Current.CancellationToken);
        await using var command = runtime.Database.DataSource.CreateCommand(
            "select count(distinct xmin::text) from orchestrator.journal where run_id = $1 and sequence > 1");
        command.Parameters.With(run.Id);
        Assert.Equal(6L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Many_runs_at_once_do_not_disturb_each_other()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var chart = RuntimeHarness.Flowchart("A1 -> B1", "A1 -> C1", "B1 -> D1!", "C1 -> D1!");
        var runs = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => runtime.RunAsync(chart)));
        Assert.All(runs, run => Assert.Equal(RunStatus.Succeeded, run.Status));
        var listed = await runtime.Store.ListAsync(new() { Statuses = [RunStatus.Succeeded], Limit = 20 }, TestContext.Current.CancellationToken);
        var rest = await runtime.Store.ListAsync(new() { DefinitionIds = ["test"], AfterRun = listed[^1].Id }, TestContext.Current.CancellationToken);
        Assert.Equal(runs.Select(run => run.Id).Order(), listed.Concat(rest).Select(run => run.Id).Order());
        Assert.Empty(await runtime.Store.ListUnfinishedAsync(TestContext.Current.CancellationToken));
    }
}
