using System.Text.Json;
using Orchestrator.Workflows.Runs;
using static Orchestrator.Tests.Unit.Runs.Control;

namespace Orchestrator.Tests.Unit.Runs;

public sealed class WaitTests
{
    static readonly DateTimeOffset Begin = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    static ActivitySuspended Suspended(SimulatedRun run) => run.Journal.Select(entry => entry.Event).OfType<ActivitySuspended>().Single();

    [Fact]
    public void An_activity_that_waits_is_suspended_resumed_and_completed_with_no_second_start()
    {
        var run = Run(Chart.Sequence("S1", Of("Delay", "Delay1", ("timeSpan", "00:00:10")), Line("L1", "after")));
        Assert.Equal((RunStatus.Suspended, "'Delay1' waits until 2026-11-01 00:00:15 UTC."), (run.State.Status, run.State.SuspendedReason));
        run.Resume("Delay1");
        Assert.Equal(
            ["Started S1", "Started Delay1", "Suspended Delay1", "Resumed Delay1", "Completed Delay1", "Started L1", "Completed L1", "Completed S1"], run.Lines);
    }

    [Theory]
    [InlineData("Delay", "timeSpan", "00:00:00.5", 0.5)]
    [InlineData("Delay", "timeSpan", null, 60)]
    [InlineData("Timer", "interval", "01:00:00", 3600)]
    [InlineData("Cron", "cronExpression", "0 6 * * *", 6 * 3600 - 3)]
    [InlineData("StartAt", "dateTime", "2026-11-01T00:01:03Z", 60)]
    public void A_wait_for_a_time_is_due_that_long_after_its_start(string type, string input, string? value, double seconds)
    {
        var run = Run(value is null ? Of(type, "Wait1") : Of(type, "Wait1", (input, value)));
        Assert.Equal(Begin.AddSeconds(3 + seconds), Suspended(run).DueAt);
        Assert.Equal(ActivityStatus.Suspended, run.State[1].Status);
    }

    [Theory]
    [InlineData("Delay", "timeSpan", "00:00:00")]
    [InlineData("StartAt", "dateTime", "2020-01-01T00:00:00Z")]
    public void A_time_that_has_passed_is_not_waited_for(string type, string input, string value) =>
        Assert.Equal(["Started Wait1", "Completed Wait1"], Run(Of(type, "Wait1", (input, value))).Lines);

    [Theory]
    [InlineData("Cron", "cronExpression", "every day")]
    [InlineData("StartAt", "other", "x")]
    [InlineData("Event", "other", "x")]
    [InlineData("DispatchWorkflow", "other", "x")]
    public void What_cannot_be_waited_for_faults_and_says_why(string type, string input, string value)
    {
        var run = Run(Of(type, "Wait1", (input, value)));
        Assert.Equal((RunStatus.Failed, "Wait1"), (run.State.Status, run.State.Error!.ActivityId));
        Assert.NotEqual("activity.unknown_type", run.State.Error.Code);
    }

    [Fact]
    public void Other_branches_go_on_while_one_waits_and_the_run_is_suspended_when_all_do()
    {
        var run = Run(Parallel("P1", Of("Event", "Event1", ("eventName", "go")), Chart.Sequence("S1", Line("L1", "1"), Line("L2", "2"))));
        Assert.Equal(["1", "2"], run.Written);
        Assert.Equal("'Event1' waits for the event 'go'.", run.State.SuspendedReason);
    }

    [Fact]
    public void An_event_brings_its_payload()
    {
        var wait = Of("Event", "Event1", ("eventName", "go"));
        wait["result"] = new System.Text.Json.Nodes.JsonObject { ["typeName"] = "Object", ["memoryReference"] = new System.Text.Json.Nodes.JsonObject { ["id"] = "brought" } };
        var run = Run(Chart.Sequence("S1", wait, Line("L1", "js:getVariable('brought')")), Variable("brought", "String", null));
        run.Resume("Event1", new() { ["Result"] = JsonSerializer.SerializeToElement("parcel") });
        Assert.Equal(["parcel"], run.Written);
    }

    [Fact]
    public void The_activity_that_started_the_run_completes_at_once_and_is_where_the_flowchart_begins()
    {
        var flow = Flow([Line("A", "manual"), Of("Event", "Event1", ("eventName", "go")), Line("B", "js:getOutputFrom('Event1', 'Result')")], "Event1 -> B");
        var run = new SimulatedRun(Chart.Workflow(flow), trigger: new("Event1", JsonSerializer.SerializeToElement("parcel"))).Advance();
        Assert.Equal(["parcel"], run.Written);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void Child_workflows_are_asked_for_with_their_inputs()
    {
        var run = Run(Of("ExecuteWorkflow", "Child1", ("workflowDefinitionId", "other"), ("correlationId", "order-7"), ("input", Chart.Input("Object", "JavaScript", "({ month: '2026-10' })"))));
        var child = Suspended(run).Child!;
        Assert.Equal(("other", "order-7", true, "2026-10"), (child.DefinitionId, child.CorrelationId, child.IsAwaited, child.Inputs!["month"].GetString()));
        Assert.Equal("'Child1' waits for its run of 'other'.", run.State.SuspendedReason);
    }

    [Fact]
    public void What_comes_may_be_a_failure()
    {
        var run = Run(Of("ExecuteWorkflow", "Child1", ("workflowDefinitionId", "other"))).Resume("Child1", error: new("run.unknown_workflow", "There is none.", "Child1"));
        Assert.Equal((RunStatus.Failed, "There is none."), (run.State.Status, run.State.Error!.Message));
    }

    [Fact]
    public void A_cancelled_run_waits_no_longer() => Assert.Equal(RunStatus.Cancelled, Run(Of("Event", "Event1", ("eventName", "go"))).Cancel().State.Status);
}
