using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Tests.Unit.Runs;

public sealed class RunEngineTests
{
    static SimulatedRun Run(params string[] connections) => new SimulatedRun(Chart.Of(connections)).Advance();

    [Fact]
    public void Jobs_overlap_and_the_queue_goes_on_meanwhile()
    {
        var run = Run("A -> JobB", "A -> JobC", "A -> D");
        Assert.Equal(["A", "JobB", "JobC", "D"], run.Started);
        Assert.Equal(["JobB", "JobC"], run.Open);
        Assert.IsType<Decision.Wait>(run.Decide());
        Assert.Equal(RunStatus.Succeeded, run.Complete("JobC").Complete("JobB").State.Status);
    }

    [Fact]
    public void After_a_failure_queued_siblings_and_what_follows_them_still_execute_but_not_what_follows_the_failed_one()
    {
        var run = Run("A -> Fault1", "A -> B", "B -> C", "Fault1 -> X");
        Assert.Equal(["A", "Fault1", "B", "C"], run.Started);
        Assert.Equal((RunStatus.Failed, "Fault1"), (run.State.Status, run.State.Error?.ActivityId));
    }

    [Fact]
    public void After_a_failure_no_further_job_begins()
    {
        var run = Run("A -> Fault1", "A -> B", "B -> JobC");
        Assert.Equal(["A", "Fault1", "B"], run.Started);
        Assert.Contains("Canceled JobC", run.Lines);
        Assert.Equal(RunStatus.Failed, run.State.Status);
    }

    [Fact]
    public void After_a_failure_a_job_that_executes_is_waited_for()
    {
        var run = Run("A -> JobB", "A -> JobC").Fail("JobB");
        Assert.Equal(["JobC"], run.Open);
        Assert.False(run.State.Status.IsFinal);
        Assert.Equal((RunStatus.Failed, "JobB"), run.End("JobC").State is var state ? (state.Status, state.Error?.ActivityId) : default);
    }

    [Fact]
    public void The_first_failure_is_the_error_of_the_run()
    {
        var run = Run("A -> JobB", "A -> JobC").Fail("JobC").Fail("JobB");
        Assert.Equal((RunStatus.Failed, "JobC"), (run.State.Status, run.State.Error?.ActivityId));
    }

    [Fact]
    public void A_failed_attempt_with_a_retry_keeps_the_activity_waiting_for_its_time()
    {
        var run = Run("JobA -> B").Fail("JobA", TimeSpan.FromSeconds(5));
        var execution = run.State[run.NumberOf("JobA")];
        Assert.Equal((ActivityStatus.Retrying, run.Journal[^1].At.AddSeconds(5)), (execution.Status, execution.RetryAt));
        run.Record(new AttemptStarted(execution.Number, run.State.NextAttempt("JobA"))).Complete("JobA");
        Assert.Equal([1, 2], execution.Attempts);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void A_retry_that_waits_is_given_up_when_another_job_fails_for_good()
    {
        var run = Run("A -> JobB", "A -> JobC").Fail("JobB", TimeSpan.FromMinutes(1)).Fail("JobC");
        Assert.Equal((RunStatus.Failed, "JobC"), (run.State.Status, run.State.Error?.ActivityId));
        Assert.Contains("Canceled JobB", run.Lines);
    }

    [Fact]
    public void Cancelling_waits_for_running_jobs_then_cancels_everything_that_is_open()
    {
        var run = Run("A -> JobB", "JobB -> C").Cancel();
        Assert.False(run.State.Status.IsFinal);
        run.End("JobB");
        Assert.Equal(["Canceled JobB", "Canceled Flowchart1"], run.Lines.TakeLast(2));
        Assert.Equal((RunStatus.Cancelled, new RunError("run.cancelled", "Somebody wanted it.", null)), (run.State.Status, run.State.Error));
    }

    [Fact]
    public void A_job_that_completes_although_it_was_cancelled_counts_as_completed()
    {
        var run = Run("A -> JobB", "JobB -> C").Cancel().Complete("JobB");
        Assert.Contains("Completed JobB", run.Lines);
        Assert.DoesNotContain("Started C", run.Lines);
        Assert.Equal(RunStatus.Cancelled, run.State.Status);
    }

    [Fact]
    public void A_run_can_be_cancelled_before_anything_started()
    {
        var run = new SimulatedRun(Chart.Of("A -> B")).Cancel();
        Assert.Equal(RunStatus.Cancelled, run.State.Status);
        Assert.Empty(run.Started);
    }

    [Fact]
    public void A_suspended_run_can_be_cancelled()
    {
        var run = new SimulatedRun(Chart.Of(new Dictionary<string, string> { ["D"] = "Merge" }, "IfAT:True -> B", "IfAT:False -> C", "B -> D", "C -> D")).Advance();
        Assert.Equal(RunStatus.Suspended, run.State.Status);
        Assert.Equal(RunStatus.Cancelled, run.Cancel().State.Status);
    }

    [Fact]
    public void Finish_ends_the_run_at_once_without_completing_its_containers()
    {
        var run = Run("A -> Finish1", "A -> B");
        Assert.Equal(["A", "Finish1"], run.Started);
        Assert.DoesNotContain("Completed Flowchart1", run.Lines);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void A_final_run_decides_nothing_more() => Assert.IsType<Decision.Ended>(Run("A -> B").Decide());

    [Fact]
    public void An_activity_of_unknown_type_fails_the_run_with_Elsas_message()
    {
        var json = Chart.Of("A").Replace("Elsa.WriteLine", "My.Unknown", StringComparison.Ordinal);
        Assert.Equal(new("activity.unknown_type", "Activity type 'My.Unknown' version '0' could not be found.", "A"), new SimulatedRun(json).Advance().State.Error);
    }

    [Fact]
    public void An_input_that_cannot_be_evaluated_fails_the_activity_and_names_the_input()
    {
        var line = Chart.Activity("A");
        line["text"] = Chart.Input("String", "JavaScript", "nobody.knows");
        var run = new SimulatedRun(Chart.Workflow(Chart.Sequence("Sequence1", line))).Advance();
        Assert.Equal(("expression.failed", "A"), (run.State.Error?.Code, run.State.Error?.ActivityId));
        Assert.StartsWith("Failed to evaluate activity input 'Text': ", run.State.Error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sequence_executes_one_after_the_other_and_ends_at_an_end()
    {
        var run = new SimulatedRun(Chart.Workflow(Chart.Sequence("Sequence1", Chart.Activity("A"), Chart.Sequence("Inner", Chart.Activity("B"), Chart.Activity("End1"), Chart.Activity("X")), Chart.Activity("C")))).Advance();
        Assert.Equal(["A", "B", "End1", "C"], run.Started);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Theory]
    [InlineData("true", "Yes")]
    [InlineData("false", "No")]
    public void If_executes_the_branch_of_its_condition(string condition, string branch)
    {
        var choice = new JsonObject
        {
            ["id"] = "Choice", ["type"] = "Elsa.If", ["condition"] = Chart.Input("Boolean", "JavaScript", condition),
            ["then"] = Chart.Activity("Yes"), ["else"] = Chart.Activity("No"),
        };
        var run = new SimulatedRun(Chart.Workflow(Chart.Sequence("Sequence1", choice, Chart.Activity("C")))).Advance();
        Assert.Equal([branch, "C"], run.Started);
        Assert.Equal(condition, run.State.Executions.Single(execution => execution.ActivityId == "Choice").Outputs["Result"].GetRawText());
    }

    [Fact]
    public void Set_variable_keeps_the_value_in_the_variables_type_and_what_follows_sees_it()
    {
        var set = new JsonObject
        {
            ["id"] = "Set", ["type"] = "Elsa.SetVariable", ["variable"] = new JsonObject { ["id"] = "v1", ["name"] = "Count", ["typeName"] = "Int32" },
            ["value"] = Chart.Input("Object", "Literal", "42"),
        };
        var line = Chart.Activity("A");
        line["text"] = Chart.Input("String", "JavaScript", "`${getCount() + 1}`");
        var variables = new JsonArray(new JsonObject { ["id"] = "v1", ["name"] = "Count", ["typeName"] = "Int32", ["value"] = "7" });
        var run = new SimulatedRun(Chart.Workflow(Chart.Sequence("Sequence1", set, line), variables)).Advance();
        Assert.Equal(JsonValueKind.Number, run.State.Variables["v1"].ValueKind);
        Assert.Equal("43", run.State.Executions.Single(execution => execution.ActivityId == "A").Inputs["Text"].GetString());
    }

    [Fact]
    public void Set_variable_without_such_a_variable_fails_with_Elsas_message()
    {
        var set = new JsonObject { ["id"] = "Set", ["type"] = "Elsa.SetVariable", ["value"] = Chart.Input("Object", "Literal", "42") };
        Assert.Equal("Variable '' not found.", new SimulatedRun(Chart.Workflow(Chart.Sequence("Sequence1", set))).Advance().State.Error?.Message);
    }
}
