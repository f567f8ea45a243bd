using System.Text.Json;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Workers;
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
    [InlineData("Delay", "timeSpan", "24:00:00", 24)]
    [InlineData("Timer", "interval", "36:30:00", 36.5)]
    [InlineData("Delay", "timeSpan", "1.12:00:00", 36)]
    public void Three_parts_are_hours_minutes_and_seconds(string type, string input, string value, double hours) =>
        Assert.Equal(Begin.AddSeconds(3).AddHours(hours), Suspended(Run(Of(type, "Wait1", (input, value)))).DueAt);

    [Theory]
    [InlineData("Delay", "timeSpan", "10675199.02:48:05",
        "'Wait1' waits 10675199.02:48:05, but no wait can end after the year 9998. Give a shorter one.")]
    [InlineData("Timer", "interval", "3000000.00:00:00",
        "'Wait1' waits 3000000.00:00:00, but no wait can end after the year 9998. Give a shorter one.")]
    [InlineData("StartAt", "dateTime", "9999-12-31T23:59:59.9999999Z",
        "'Wait1' waits until 9999-12-31 23:59:59 UTC, but no wait can end after the year 9998. Give a shorter one.")]
    public void A_wait_beyond_the_calendar_fails_at_once_and_says_which(string type, string input, string value, string message)
    {
        var run = Run(Of(type, "Wait1", (input, value)));
        Assert.Equal((RunStatus.Failed, "activity.wait_too_long", message, "Wait1"),
            (run.State.Status, run.State.Error!.Code, run.State.Error.Message, run.State.Error.ActivityId));
    }

    [Theory]
    [InlineData("'go' + String.fromCharCode(0) + 'on'")]
    [InlineData("'go\\non'")]
    [InlineData("'x'.repeat(201)")]
    public void A_name_that_no_event_can_have_is_not_waited_for(string script)
    {
        var run = Run(Of("Event", "Event1", ("eventName", $"js:{script}")));
        Assert.Equal((RunStatus.Failed, "event.bad_name", "Event1"), (run.State.Status, run.State.Error!.Code, run.State.Error.ActivityId));
    }

    [Fact]
    public void A_correlation_id_that_the_store_could_not_find_is_refused()
    {
        var run = Run(Of("Correlate", "Correlate1", ("correlationId", new string('x', 201))));
        Assert.Equal((RunStatus.Failed, "run.bad_correlation_id"), (run.State.Status, run.State.Error!.Code));
    }

    [Fact]
    public void What_cannot_be_decided_fails_with_the_activity_and_the_value()
    {
        var run = new SimulatedRun(Chart.Workflow(Of("For", "For1", ("body", Line("L1", "pass")))));
        run.Record(new ActivityScheduled(1, "For1", Parent: null))
            .Record(new ActivityStarted(1, new Dictionary<string, JsonElement> { ["End"] = JsonElement.Parse("1.5") })).Advance();
        Assert.Equal((RunStatus.Failed, "activity.undecidable", "For1"),
            (run.State.Status, run.State.Error!.Code, run.State.Error.ActivityId));
        Assert.Contains("End = 1.5", run.State.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_that_is_longer_than_a_timer_can_be_is_waited_for_in_parts()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Begin);
        var mailbox = new RunMailbox(time);
        var taken = mailbox.TakeAsync(Begin.AddDays(60));
        Assert.False(taken.IsCompleted);
        time.Advance(TimeSpan.FromDays(1));
        Assert.IsType<RunMessage.Tick>(await taken);
        // A clock of the machine has timers of the machine.
        var real = new RunMailbox(TimeProvider.System);
        var message = real.TakeAsync(TimeProvider.System.GetUtcNow().AddDays(60));
        real.Post(new RunMessage.HandOver());
        Assert.IsType<RunMessage.HandOver>(await message);
    }

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
