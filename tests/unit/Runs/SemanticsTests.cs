using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Workflows.Journal;
using static Orchestrator.Tests.Unit.Runs.Control;

namespace Orchestrator.Tests.Unit.Runs;

/// <summary>What stock Elsa was seen to do and no other test here is about; see <see cref="SemanticsRowsTests"/>.</summary>
public sealed class SemanticsTests
{
    static SimulatedRun Merging(string merged, string mode, params string[] connections) =>
        new SimulatedRun(Chart.Of(new Dictionary<string, string> { [merged] = mode }, connections)).Advance();

    static JsonObject Set(string id, string variable, JsonNode? value) => Of("SetVariable", id, ("variable", new JsonObject { ["id"] = variable, ["name"] = "other" }), ("value", value));

    [Fact]
    public void Of_a_cascade_the_first_arrival_blocks_the_others_which_are_swallowed_while_it_is_there() =>
        Assert.Equal((RunStatus.Succeeded, "A B C D"), (Merging("D", "Cascade", "A -> B", "A -> C", "B -> D", "C -> D") is var run ? run.State.Status : default, string.Join(' ', run.Started)));

    [Fact]
    public void A_cascade_runs_its_target_once_and_cancels_nobody()
    {
        var run = Merging("D", "Cascade", "A -> JobB", "A -> JobC", "JobB -> D", "JobC -> D").Complete("JobB");
        Assert.Equal(["A", "JobB", "JobC", "D"], run.Started);
        Assert.False(run.State[run.NumberOf("JobC")].IsCancelRequested);
        Assert.Equal(["A", "JobB", "JobC", "D"], run.Complete("JobC").Started);
    }

    [Fact]
    public void A_race_cancels_an_ancestor_that_waits()
    {
        var race = Line("D", "after");
        race["customProperties"] = new JsonObject { ["mergeMode"] = "Race" };
        var run = Run(Flow([Of("Start", "Start1"), Of("Delay", "Slow", ("timeSpan", "01:00:00")), Line("Fast", "fast"), race], "Start1 -> Slow", "Start1 -> Fast", "Slow -> D", "Fast -> D"));
        Assert.Equal(["fast", "after"], run.Written);
        Assert.Equal(ActivityStatus.Cancelled, run.State.Executions.Single(execution => execution.ActivityId == "Slow").Status);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void A_flowchart_begins_with_the_activity_that_can_start_the_workflow_before_the_first_in_the_list()
    {
        var marked = Line("B", "b");
        marked["customProperties"] = new JsonObject { ["canStartWorkflow"] = true };
        Assert.Equal(["b"], Run(Flow([Line("A", "a"), marked])).Written);
    }

    [Fact]
    public void A_start_property_is_not_read()
    {
        var flow = Flow([Line("A", "a"), Line("B", "b")]);
        flow["start"] = "B";
        Assert.Equal(["a"], Run(flow).Written);
    }

    [Fact]
    public void A_connection_without_ports_goes_from_done_to_in()
    {
        var flow = Flow([Line("A", "a"), Line("B", "b")], "A -> B");
        flow["connections"] = new JsonArray(new JsonObject { ["source"] = new JsonObject { ["activity"] = "A" }, ["target"] = new JsonObject { ["activity"] = "B" } });
        Assert.Equal(["a", "b"], Run(flow).Written);
    }

    [Fact]
    public void A_connection_to_nothing_is_dropped()
    {
        var run = Run(Flow([Line("A", "a"), Line("B", "b")], "A -> Nowhere", "A -> B"));
        Assert.Equal((RunStatus.Succeeded, "a b"), (run.State.Status, string.Join(' ', run.Written)));
    }

    [Fact]
    public void A_decision_without_condition_is_false() =>
        Assert.Equal(["no"], Run(Flow([Of("FlowDecision", "If1"), Line("A", "yes"), Line("B", "no")], "If1:True -> A", "If1:False -> B")).Written);

    [Theory]
    [InlineData(null, "no", "false")]
    [InlineData(true, "yes", "true")]
    [InlineData(false, "no", "false")]
    public void If_gives_back_what_it_decided(bool? condition, string expected, string result)
    {
        var either = Of("If", "If1", ("condition", condition is { } given ? given : null), ("then", Line("A", "yes")), ("else", Line("B", "no")));
        Assert.Equal([expected, result], Run(Chart.Sequence("S1", either, Line("L1", "js:`${getOutputFrom('If1', 'Result')}`"))).Written);
    }

    [Fact]
    public void If_without_the_branch_goes_on() => Assert.Equal(["after"], Run(Chart.Sequence("S1", Of("If", "If1", ("condition", true)), Line("L1", "after"))).Written);

    [Fact]
    public void A_line_without_text_is_written_empty() => Assert.Equal([""], Run(Of("WriteLine", "L1")).Written);

    [Theory]
    [InlineData("Int32", "\"42\"", "42")]
    [InlineData("Boolean", "\"true\"", "true")]
    [InlineData("Double", "\"1.25\"", "1.25")]
    [InlineData("DateTime", "\"2026-10-31T12:30:45Z\"", "\"2026-10-31T12:30:45Z\"")]
    [InlineData("String", "7", "\"7\"")]
    [InlineData("String", "true", "\"True\"")]
    [InlineData("Int32", "2.7", "3")]
    [InlineData("Int32", "2.5", "2")]
    [InlineData("Int32", "null", "null")]
    [InlineData("Object", "\"{\\\"a\\\":1}\"", "\"{\\\"a\\\":1}\"")]
    public void What_is_assigned_takes_the_type_of_its_variable(string type, string value, string expected) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), Run(Set("Set1", "v", Chart.Input("Object", "Literal", JsonNode.Parse(value))), Variable("v", type, null)).State.Variables["v"]));

    [Fact]
    public void An_array_of_a_script_becomes_one_of_the_variables_type_and_an_object_stays_one()
    {
        var numbers = Variable("n", "Int32", null);
        numbers["isArray"] = true;
        var run = Run(Chart.Sequence("S1", Set("Set1", "n", "js:['1', 2]"), Set("Set2", "o", "js:({ a: 1 })")), numbers, Variable("o", "Object", null));
        Assert.Equal(("[1,2]", """{"a":1}"""), (run.State.Variables["n"].GetRawText(), run.State.Variables["o"].GetRawText()));
    }

    [Fact]
    public void What_cannot_be_assigned_faults_and_the_variable_keeps_its_value()
    {
        var run = Run(Chart.Sequence("S1", Set("Set1", "v", "many"), Line("L1", "skipped")), Variable("v", "Int32", "7"));
        Assert.Equal((RunStatus.Failed, "Set1", "7"), (run.State.Status, run.State.Error!.ActivityId, run.State.Variables["v"].GetRawText()));
        Assert.Empty(run.Written);
    }

    [Fact]
    public void A_script_writes_a_variable_without_conversion_and_makes_one_that_later_activities_see()
    {
        var run = Run(Chart.Sequence("S1", Line("L1", "js:setVariable('v', '42'); setVariable('fresh', 'new'); ''"), Line("L2", "js:typeof getVariable('v') + ' ' + getVariable('fresh')")), Variable("v", "Int32", "7"));
        Assert.Equal(["", "string new"], run.Written);
    }

    [Fact]
    public void Inputs_of_the_workflow_are_handed_over_as_they_are_declared_or_not()
    {
        var json = JsonNode.Parse(Chart.Workflow(Line("L1", "js:`${typeof getInput('N')} ${getInput('UNDECLARED')} ${getInput('missing')}`")))!;
        json["inputs"] = new JsonArray(new JsonObject { ["name"] = "N", ["type"] = "Int32" });
        var given = new Dictionary<string, JsonElement> { ["N"] = JsonSerializer.SerializeToElement("12"), ["undeclared"] = JsonSerializer.SerializeToElement("here") };
        Assert.Equal(["string here null"], new SimulatedRun(json.ToJsonString(), given: given).Advance().Written);
    }

    [Fact]
    public void An_output_goes_into_its_variable_in_the_variables_type()
    {
        var wait = Of("Event", "Event1", ("eventName", "go"));
        wait["result"] = new JsonObject { ["typeName"] = "Object", ["memoryReference"] = new JsonObject { ["id"] = "n" } };
        var run = Run(wait, Variable("n", "Int32", null)).Resume("Event1", new() { ["Result"] = JsonSerializer.SerializeToElement("42") });
        Assert.Equal("42", run.State.Variables["n"].GetRawText());
    }

    [Fact]
    public void Set_output_takes_names_that_are_not_declared_and_converts_nothing() =>
        Assert.Equal("\"12\"", Run(Of("SetOutput", "Output1", ("outputName", "total"), ("outputValue", "12"))).State.Outputs["total"].GetRawText());

    [Fact]
    public void A_correlation_is_seen_at_once() =>
        Assert.Equal(["order-7"], Run(Chart.Sequence("S1", Of("Correlate", "Correlate1", ("correlationId", "order-7")), Line("L1", "js:getCorrelationId()"))).Written);

    [Fact]
    public void A_sequence_goes_no_further_than_a_fault()
    {
        var run = Run(Chart.Sequence("S1", Of("Fault", "Fault1", ("message", "broken")), Line("L1", "skipped")));
        Assert.Equal(["Started S1", "Started Fault1", "Faulted Fault1"], run.Lines);
    }

    [Fact]
    public void Three_hundred_activities_in_a_row_and_a_text_of_a_hundred_thousand_characters() => Assert.Equal(
        (300, 100_000), Run(Chart.Sequence("S1", [.. Enumerable.Range(1, 300).Select(number => Line($"L{number}", new('x', 100_000)))])) is var run ? (run.Written.Count(), run.Written.Last()!.Length) : default);
}
