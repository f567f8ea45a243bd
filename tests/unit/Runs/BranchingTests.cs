using System.Text.Json.Nodes;
using Orchestrator.Workflows.Journal;
using static Orchestrator.Tests.Unit.Runs.Control;

namespace Orchestrator.Tests.Unit.Runs;

public sealed class BranchingTests
{
    static JsonObject Switch(string mode, bool hasDefault, params (string Label, string Script)[] cases)
    {
        var activity = Of("Switch", "Switch1", ("mode", mode));
        activity["cases"] = new JsonArray([.. cases.Select(one => Case(one.Label, one.Script, Line($"Line{one.Label}", one.Label)))]);
        if (hasDefault) activity["default"] = Line("LineDefault", "default");
        return activity;
    }

    static JsonObject FlowSwitch(string mode, params (string Label, string Script)[] cases)
    {
        var activity = Of("FlowSwitch", "Switch1", ("mode", mode));
        activity["cases"] = new JsonArray([.. cases.Select(one => Case(one.Label, one.Script))]);
        return Flow([activity, Line("A", "a"), Line("B", "b"), Line("C", "default")], "Switch1:a -> A", "Switch1:b -> B", "Switch1:Default -> C");
    }

    [Theory]
    [InlineData("MatchFirst", "a")]
    [InlineData("MatchAny", "a b")]
    public void A_switch_takes_the_first_true_case_or_all_in_order(string mode, string expected)
    {
        (string, string)[] cases = [("x", "false"), ("a", "1 == 1"), ("b", "true")];
        Assert.Equal(expected, string.Join(' ', Run(Switch(mode, hasDefault: true, cases)).Written));
        Assert.Equal(expected, string.Join(' ', Run(FlowSwitch(mode, cases)).Written));
    }

    [Fact]
    public void A_switch_without_true_case_takes_its_default()
    {
        Assert.Equal(["default"], Run(Switch("MatchFirst", hasDefault: true, ("a", "false"))).Written);
        Assert.Equal(["default"], Run(FlowSwitch("MatchFirst", ("a", "false"))).Written);
    }

    [Fact]
    public void A_switch_without_true_case_and_default_completes() => Assert.Equal(["Started Switch1", "Completed Switch1"], Run(Switch("MatchFirst", hasDefault: false, ("a", "false"))).Lines);

    [Fact]
    public void A_switch_looks_no_further_than_the_first_true_case() =>
        Assert.Equal(RunStatus.Succeeded, Run(Switch("MatchFirst", hasDefault: false, ("a", "true"), ("b", "missing.thing"))).State.Status);

    [Fact]
    public void A_condition_that_cannot_be_evaluated_faults_the_switch()
    {
        var run = Run(FlowSwitch("MatchAny", ("a", "true"), ("b", "missing.thing")));
        Assert.Equal(RunStatus.Failed, run.State.Status);
        Assert.Contains("case 'b'", run.State.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fork_follows_its_branches_in_their_order()
    {
        var fork = Of("FlowFork", "Fork1", ("branches", Chart.Input("Object", "Literal", new JsonArray("two", "one", "nowhere"))));
        var run = Run(Flow([fork, Line("A", "a"), Line("B", "b")], "Fork1:one -> A", "Fork1:two -> B"));
        Assert.Equal(["a", "b"], run.Written.Order());
        Assert.Equal(["two", "one", "nowhere"], run.State[2].Outcomes);
    }

    [Fact]
    public void A_fork_without_branches_is_done() => Assert.Equal(["a"], Run(Flow([Of("FlowFork", "Fork1"), Line("A", "a")], "Fork1 -> A")).Written);

    static JsonObject Join(string? mode, JsonObject slow) => Flow(
        [Of("Start", "Start1"), slow, Line("Fast", "fast"), mode is null ? Of("FlowJoin", "Join1") : Of("FlowJoin", "Join1", ("mode", mode)), Line("After", "after")],
        $"Start1 -> {(string)slow["id"]!}", "Start1 -> Fast", $"{(string)slow["id"]!} -> Join1", "Fast -> Join1", "Join1 -> After");

    [Theory]
    [InlineData("WaitAny")]
    [InlineData(null)]
    public void A_join_that_waits_for_any_goes_on_with_the_first_and_cancels_the_others(string? mode)
    {
        var run = Run(Join(mode, Of("Delay", "Slow", ("timeSpan", "01:00:00"))));
        Assert.Equal(["fast", "after"], run.Written);
        Assert.Equal(ActivityStatus.Cancelled, run.State.Executions.Single(execution => execution.ActivityId == "Slow").Status);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    public static TheoryData<string, string, bool> Races()
    {
        var races = new TheoryData<string, string, bool>();
        foreach (var fast in (string[])["Line", "Delay", "Event", "Job"])
            foreach (var slow in (string[])["Delay", "Event", "Job", "ExecuteWorkflow"])
                foreach (var isFastFirst in (bool[])[true, false]) races.Add(fast, slow, isFastFirst);
        races.Add("Line", "Line", true);
        return races;
    }

    static JsonObject Racer(string kind, string id) => kind switch
    {
        "Line" => Line(id, id),
        "Job" => Chart.Activity($"Job{id}"),
        "Delay" => Of(kind, id, ("timeSpan", id is "Fast" ? "00:00:01" : "01:00:00")),
        "Event" => Of(kind, id, ("eventName", id)),
        _ => Of(kind, id, ("workflowDefinitionId", "other")),
    };

    static SimulatedRun Race(JsonObject fast, JsonObject slow, bool isFastFirst)
    {
        var (first, second) = isFastFirst ? ((string)fast["id"]!, (string)slow["id"]!) : ((string)slow["id"]!, (string)fast["id"]!);
        return Run(Flow([Of("Start", "Start1"), fast, slow, Line("Late", "late"), Of("FlowJoin", "Join1"), Line("After", "after")],
            $"Start1 -> {first}", $"Start1 -> {second}", $"{fast["id"]} -> Join1", $"{slow["id"]} -> Late",
            "Late -> Join1", "Join1 -> After"));
    }

    [Theory]
    [MemberData(nameof(Races))]
    public void Of_the_branch_that_lost_nothing_runs_in_whatever_order_they_are_drawn(string fast, string slow, bool isFastFirst)
    {
        var run = Race(Racer(fast, "Fast"), Racer(slow, "Slow"), isFastFirst);
        if (fast is "Job") run.Complete("JobFast");
        else if (fast is not "Line") run.Resume("Fast");
        if (run.Open.Contains("JobSlow"))
        {
            Assert.True(run.State[run.NumberOf("JobSlow")].IsCancelRequested);
            run.End("JobSlow");
        }
        Assert.Equal("after", Assert.Single(run.Written, line => line is not "Fast"));
        Assert.Equal(ActivityStatus.Cancelled, run.State.Executions.Single(execution =>
            execution.ActivityId is "Slow" or "JobSlow").Status);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_join_that_waited_for_a_branch_that_lost_does_not_keep_the_flowchart_open(bool isFastFirst)
    {
        var (fast, others) = ("Start1 -> Fast", (string[])["Start1 -> Waiting", "Start1 -> Slow"]);
        var all = Of("FlowJoin", "All", ("mode", "WaitAll"));
        var run = Run(Flow(
            [Of("Start", "Start1"), Racer("Delay", "Fast"), Line("Waiting", "waiting"), Racer("Delay", "Slow"), all, Of("FlowJoin", "Any"), Line("After", "after")],
            [.. isFastFirst ? [fast, .. others] : (string[])[.. others, fast], "Waiting -> All", "Slow -> All", "All -> Any", "Fast -> Any", "Any -> After"]));
        run.Resume("Fast");
        Assert.Equal(["waiting", "after"], run.Written);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_follows_a_job_that_succeeds_although_its_branch_has_lost(bool isFastFirst)
    {
        var run = Race(Racer("Delay", "Fast"), Racer("Job", "Slow"), isFastFirst).Resume("Fast").Complete("JobSlow");
        Assert.Equal(["after"], run.Written);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_connection_that_leads_straight_to_the_join_wins(bool isFirst)
    {
        string[] straight = ["Start1 -> Join1"], round = ["Start1 -> Slow", "Slow -> Join1"];
        var run = Run(Flow([Of("Start", "Start1"), Line("Slow", "slow"), Of("FlowJoin", "Join1"), Line("After", "after")],
            [.. isFirst ? straight : round, .. isFirst ? round : straight, "Join1 -> After"]));
        Assert.Equal(["after"], run.Written);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void In_a_loop_each_pass_is_a_race_of_its_own()
    {
        var run = Run(Flow([Line("Fork1", "fork"), Racer("Event", "A"), Racer("Event", "B"), Of("FlowJoin", "Join1"),
            Chart.Activity("Choice1"), Line("After", "after")],
            "Fork1 -> A", "Fork1 -> B", "A -> Join1", "B -> Join1", "Join1 -> Choice1", "Choice1:Left -> Fork1", "Choice1:Right -> After"));
        run.Resume("A").Complete("Choice1", "Left");
        run.Resume("B").Complete("Choice1", "Right");
        Assert.Equal(["fork", "fork", "after"], run.Written);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Theory]
    [InlineData("WaitAll")]
    [InlineData("WaitAllActive")]
    public void A_join_that_waits_for_all_goes_on_with_the_last(string mode)
    {
        var run = Run(Join(mode, Of("Delay", "Slow", ("timeSpan", "01:00:00"))));
        Assert.Equal(["fast"], run.Written);
        Assert.Equal(["fast", "after"], run.Resume("Slow").Written);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void A_join_that_waits_for_all_is_blocked_by_a_branch_that_is_not_taken()
    {
        var run = Run(Flow(
            [Of("FlowDecision", "If1", ("condition", true)), Line("A", "a"), Line("B", "b"), Of("FlowJoin", "Join1", ("mode", "WaitAll"))],
            "If1:True -> A", "If1:False -> B", "A -> Join1", "B -> Join1"));
        Assert.Equal(RunStatus.Suspended, run.State.Status);
        Assert.Equal("'Join1' waits for 'B' (Done), which no branch reaches any more.", run.State.SuspendedReason);
    }

    [Fact]
    public void An_activity_that_waits_right_before_the_end_of_a_diamond_is_waited_for()
    {
        var run = Run(Flow([Of("Start", "Start1"), Line("A", "a"), Of("Delay", "Slow", ("timeSpan", "01:00:00")), Line("D", "d")], "Start1 -> A", "Start1 -> Slow", "A -> D", "Slow -> D"));
        Assert.Equal(["a"], run.Written);
        Assert.Equal(["a", "d"], run.Resume("Slow").Written);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }
}
