using System.Text.Json.Nodes;
using Orchestrator.Workflows.Journal;
using static Orchestrator.Tests.Unit.Runs.Control;

namespace Orchestrator.Tests.Unit.Runs;

public sealed class LoopTests
{
    static readonly JsonObject Value = Line("Line1", "js:getVariable('CurrentValue')");

    static JsonObject Body => (JsonObject)Value.DeepClone();

    static JsonArray Items(params string[] items) => [.. items];

    static JsonObject Each(string type, string id, JsonNode items, JsonObject? body) => Of(type, id, ("items", Chart.Input("Object", "Object", items)), ("body", body));

    [Theory]
    [InlineData(1, 3, 1, null, "1 2 3")]
    [InlineData(1, 3, 1, false, "1 2")]
    [InlineData(3, 1, -1, null, "3 2 1")]
    [InlineData(3, 1, -1, false, "3 2")]
    [InlineData(0, 10, 4, null, "0 4 8")]
    [InlineData(3, 1, 1, null, "")]
    public void For_counts_its_outer_bound_included_where_nothing_else_is_said(int start, int end, int step, bool? isInclusive, string expected)
    {
        var loop = Of("For", "For1", ("start", start), ("end", end), ("step", step), ("body", Body));
        if (isInclusive is { } inclusive) loop["outerBoundInclusive"] = Expression(inclusive);
        var run = Run(loop);
        Assert.Equal(expected, string.Join(' ', run.Written));
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void For_without_inputs_runs_once_with_zero() => Assert.Equal(["0"], Run(Of("For", "For1", ("body", Body))).Written);

    [Fact]
    public void For_gives_back_the_number_that_it_counted_last()
    {
        var loop = Of("For", "For1", ("start", 1), ("end", 3), ("body", Body));
        loop["currentValue"] = new JsonObject { ["typeName"] = "Object", ["memoryReference"] = new JsonObject { ["id"] = "last" } };
        var run = Run(Chart.Sequence("Sequence1", loop, Line("Line2", "js:getVariable('last')")), Variable("last", "Int32", null));
        Assert.Equal(["1", "2", "3", "3"], run.Written);
    }

    [Theory]
    [InlineData("For")]
    [InlineData("ForEach")]
    [InlineData("ParallelForEach")]
    [InlineData("While")]
    public void A_loop_without_body_completes(string type) => Assert.Equal(RunStatus.Succeeded, Run(Each(type, "Loop1", Items("a"), body: null)).State.Status);

    [Fact]
    public void For_each_takes_the_items_in_order_with_their_place()
    {
        var run = Run(Each("ForEach", "Loop1", Items("a", "b"), Line("Line1", "js:`${getVariable('CurrentIndex')} ${getCurrentValue()}`")));
        Assert.Equal(["0 a", "1 b"], run.Written);
        Assert.Equal(
            ["Started Loop1", "Started Line1", "Completed Line1", "Started Line1", "Completed Line1", "Completed Loop1"], run.Lines);
    }

    [Theory]
    [InlineData("""["a","b"]""", "Literal")]
    [InlineData("""["a","b"]""", "Object")]
    [InlineData("['a', 'b']", "JavaScript")]
    public void For_each_accepts_arrays_and_their_text(string text, string language) =>
        Assert.Equal(["a", "b"], Run(Of("ForEach", "Loop1", ("items", Chart.Input("Object", language, text)), ("body", Body))).Written);

    [Fact]
    public void For_each_without_items_completes() => Assert.Equal((RunStatus.Succeeded, 0), (Run(Each("ForEach", "Loop1", Items(), Body)) is var run ? run.State.Status : default, run.Written.Count()));

    [Fact]
    public void The_item_of_an_inner_loop_hides_that_of_the_outer_one_and_is_gone_after_it()
    {
        var inner = Each("ForEach", "Inner1", Items("x"), Body);
        var run = Run(Each("ForEach", "Outer1", Items("a", "b"), Chart.Sequence("Sequence1", inner, Line("Line2", "js:getVariable('CurrentValue')"))));
        Assert.Equal(["x", "a", "x", "b"], run.Written);
    }

    [Fact]
    public void While_evaluates_its_condition_before_each_pass()
    {
        var run = Run(Of("While", "While1", ("condition", "js:getVariable('n') < 3"), ("body", Line("Line1", "js:setVariable('n', getVariable('n') + 1); getVariable('n')"))), Variable("n", "Int32", "0"));
        Assert.Equal(["1", "2", "3"], run.Written);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void While_without_condition_does_nothing() => Assert.Equal(["Started While1", "Completed While1"], Run(Of("While", "While1", ("body", Body))).Lines);

    [Fact]
    public void A_condition_that_cannot_be_evaluated_in_a_later_pass_faults_the_loop()
    {
        var run = Run(Of("While", "While1", ("condition", "js:getVariable('n') < 1 || missing"), ("body", Line("Line1", "js:setVariable('n', 1)"))), Variable("n", "Int32", "0"));
        Assert.Equal((RunStatus.Failed, 1), (run.State.Status, run.Written.Count()));
        Assert.Contains("Condition", run.State.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parallel_for_each_queues_all_bodies_which_then_advance_step_by_step_each_with_its_own_item()
    {
        var body = Chart.Sequence("Sequence1", Line("Line1", "js:`1 ${getVariable('CurrentValue')} ${getVariable('CurrentIndex')}`"), Line("Line2", "js:`2 ${getVariable('CurrentValue')}`"));
        Assert.Equal(["1 a 0", "1 b 1", "2 a", "2 b"], Run(Each("ParallelForEach", "Loop1", Items("a", "b"), body)).Written);
    }

    [Fact]
    public void Items_keep_their_own_variables_over_a_wait()
    {
        var body = Chart.Sequence("Sequence1", Of("Event", "Event1", ("eventName", "go")), Line("Line1", "js:getVariable('CurrentValue')"));
        var run = Run(Each("ParallelForEach", "Loop1", Items("a", "b"), body));
        Assert.Equal(RunStatus.Suspended, run.State.Status);
        Assert.Equal(["b", "a"], run.Resume("Event1").Resume("Event1").Written);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void Break_ends_the_body_and_the_innermost_loop()
    {
        var stop = Of("If", "If1", ("condition", "js:getVariable('CurrentValue') == 'b'"), ("then", Of("Break", "Break1")));
        var inner = Each("ForEach", "Inner1", Items("a", "b", "c"), Chart.Sequence("Sequence1", stop, Body));
        var run = Run(Each("ForEach", "Outer1", Items("1", "2"), Chart.Sequence("Sequence2", inner, Line("Line2", "after"))));
        Assert.Equal(["a", "after", "a", "after"], run.Written);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void Break_cancels_what_waits_beside_it()
    {
        var body = Parallel("Parallel1", Of("Event", "Event1", ("eventName", "never")), Of("Break", "Break1"));
        var run = Run(Each("ForEach", "Loop1", Items("a", "b"), body));
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
        Assert.Equal(ActivityStatus.Cancelled, run.State.Executions.Single(execution => execution.ActivityId == "Event1").Status);
    }

    [Fact]
    public void Break_outside_of_a_loop_ends_its_sequence_alone()
    {
        var run = Run(Chart.Sequence("Sequence1", Chart.Sequence("Sequence2", Of("Break", "Break1"), Line("Line1", "skipped")), Line("Line2", "after")));
        Assert.Equal(["after"], run.Written);
    }

    [Fact]
    public void A_loop_does_not_go_past_a_pass_that_faulted()
    {
        var run = Run(Each("ForEach", "Loop1", Items("a", "b"), Of("Fault", "Fault1", ("message", "broken"))));
        Assert.Equal((RunStatus.Failed, "broken"), (run.State.Status, run.State.Error!.Message));
        Assert.Single(run.Started);
    }
}
