using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Tests.Unit.Runs;

public sealed class FlowchartTests
{
    static SimulatedRun Run(params string[] connections) => new SimulatedRun(Chart.Of(connections)).Advance();

    static SimulatedRun RunMerging(string merged, string mode, params string[] connections) =>
        new SimulatedRun(Chart.Of(new Dictionary<string, string> { [merged] = mode }, connections)).Advance();

    [Fact]
    public void Branches_advance_breadth_first() =>
        Assert.Equal(["A", "B1", "C1", "B2", "C2"], Run("A -> B1", "A -> C1", "B1 -> B2", "C1 -> C2").Started);

    [Fact]
    public void A_child_completes_before_its_container_and_the_container_before_the_next_queued_work() =>
        Assert.Equal(["Started Flowchart1", "Started A", "Completed A", "Started B", "Completed B", "Completed Flowchart1"], Run("A -> B").Lines);

    [Fact]
    public void Only_the_first_activity_without_inbound_connection_starts() => Assert.Equal(["A"], Run("A", "B").Started);

    [Fact]
    public void A_start_activity_is_where_the_flowchart_begins_wherever_it_stands() => Assert.Equal(["Start1", "B"], Run("A", "Start1 -> B").Started);

    [Fact]
    public void Where_every_activity_has_an_inbound_connection_the_first_one_starts() =>
        Assert.Equal(["A", "IfBF"], Run("A -> IfBF", "IfBF:True -> A").Started);

    [Fact]
    public void An_empty_flowchart_completes_at_once() => Assert.Equal(RunStatus.Succeeded, Run().State.Status);

    [Fact]
    public void An_outcome_that_is_not_connected_ends_the_flowchart()
    {
        var run = Run("IfAF:True -> B");
        Assert.Equal(["IfAF"], run.Started);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void All_connections_of_an_outcome_are_followed_in_list_order() => Assert.Equal(["IfAT", "C", "B"], Run("IfAT:True -> C", "IfAT:False -> X", "IfAT:True -> B").Started);

    [Fact]
    public void Without_merge_mode_a_diamond_of_equal_branches_runs_its_end_once() => Assert.Equal(["A", "B", "C", "D"], Run("A -> B", "A -> C", "B -> D", "C -> D").Started);

    [Fact]
    public void Without_merge_mode_a_diamond_of_unequal_branches_runs_its_end_twice() =>
        Assert.Equal(["A", "B", "C", "D", "C2", "D"], Run("A -> B", "A -> C", "B -> D", "C -> C2", "C2 -> D").Started);

    [Fact]
    public void Without_merge_mode_a_job_right_before_the_end_is_waited_for()
    {
        var run = Run("A -> B", "A -> JobC", "B -> D", "JobC -> D");
        Assert.Equal(["A", "B", "JobC"], run.Started);
        Assert.Equal(["A", "B", "JobC", "D"], run.Complete("JobC").Started);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void A_merge_waits_for_the_longest_branch() =>
        Assert.Equal(["A", "B", "C", "C2", "D"], RunMerging("D", "Merge", "A -> B", "A -> C", "B -> D", "C -> C2", "C2 -> D").Started);

    [Fact]
    public void A_merge_does_not_wait_for_a_backward_connection()
    {
        var run = RunMerging("A", "Merge", "Start -> A", "A -> IfBF", "IfBF:True -> A");
        Assert.Equal(["Start", "A", "IfBF"], run.Started);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void A_merge_behind_a_dead_branch_suspends_the_run_and_says_what_is_missing()
    {
        var run = RunMerging("D", "Merge", "IfAT:True -> B", "IfAT:False -> C", "B -> D", "C -> D");
        Assert.Equal((RunStatus.Suspended, "'D' waits for 'C' (Done), which no branch reaches any more."), (run.State.Status, run.State.SuspendedReason));
        Assert.IsType<Decision.Wait>(run.Decide());
    }

    [Fact]
    public void A_dead_branch_does_not_hold_up_an_end_without_merge_mode()
    {
        var run = Run("IfAT:True -> B", "IfAT:False -> C", "B -> D", "C -> D");
        Assert.Equal(["IfAT", "B", "D"], run.Started);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void Converge_waits_for_the_backward_connection_too_so_a_loop_never_starts() =>
        Assert.Equal((RunStatus.Suspended, "'A' waits for 'IfBF' (True), which no branch reaches any more."),
            RunMerging("A", "Converge", "Start -> A", "A -> IfBF", "IfBF:True -> A").State is var state ? (state.Status, state.SuspendedReason) : default);

    [Fact]
    public void A_race_starts_with_the_first_arrival_and_cancels_the_job_that_lost()
    {
        var run = RunMerging("D", "Race", "A -> JobB", "A -> JobC", "JobB -> D", "JobC -> D");
        Assert.Equal(["JobB", "JobC"], run.Open);
        run.Complete("JobB");
        Assert.Equal(["A", "JobB", "JobC", "D"], run.Started);
        Assert.True(run.State[run.NumberOf("JobC")].IsCancelRequested);
        Assert.Equal(RunStatus.Queued, run.State.Status);
        Assert.Equal(RunStatus.Succeeded, run.End("JobC").State.Status);
    }

    [Fact]
    public void In_a_race_a_late_arrival_is_swallowed() =>
        Assert.Equal(["A", "B", "C", "D"], RunMerging("D", "Race", "A -> B", "A -> C", "B -> D", "C -> D") is var run && run.State.Status is RunStatus.Succeeded ? run.Started : []);

    [Fact]
    public void A_backward_connection_runs_its_target_again()
    {
        var run = Run("Start -> JobA", "JobA:Again -> JobA", "JobA:Done -> B");
        run.Complete("JobA", "Again").Complete("JobA", "Again").Complete("JobA");
        Assert.Equal(["Start", "JobA", "JobA", "JobA", "B"], run.Started);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void An_attempt_of_a_later_pass_of_a_loop_has_a_number_of_its_own()
    {
        var run = Run("Start -> JobA", "JobA:Again -> JobA").Complete("JobA", "Again");
        Assert.Equal([2], run.State[run.NumberOf("JobA")].Attempts);
    }

    [Fact]
    public void End_completes_its_flowchart_and_cancels_what_else_executes_in_it()
    {
        var run = Run("A -> JobB", "A -> End1");
        Assert.Equal("Completed Flowchart1", run.Lines.Last());
        Assert.Equal(["JobB"], run.Open);
        Assert.Equal(RunStatus.Succeeded, run.End("JobB").State.Status);
    }
}
