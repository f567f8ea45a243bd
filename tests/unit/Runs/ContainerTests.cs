using System.Text.Json.Nodes;
using Orchestrator.Workflows.Journal;
using static Orchestrator.Tests.Unit.Runs.Control;

namespace Orchestrator.Tests.Unit.Runs;

public sealed class ContainerTests
{
    static JsonObject With(JsonObject container, params JsonNode[] variables)
    {
        container["variables"] = new JsonArray(variables);
        return container;
    }

    static JsonObject Set(string id, string variable, JsonNode value) => Of("SetVariable", id, ("variable", new JsonObject { ["id"] = variable }), ("value", value));

    [Fact]
    public void Parallel_branches_advance_breadth_first()
    {
        var run = Run(Parallel("Parallel1", Chart.Sequence("S1", Line("A1", "a1"), Line("A2", "a2")), Chart.Sequence("S2", Line("B1", "b1"), Line("B2", "b2")), Line("C", "c")));
        Assert.Equal(["c", "a1", "b1", "a2", "b2"], run.Written);
        Assert.Equal("Completed Parallel1", run.Lines.Last());
    }

    [Fact]
    public void An_empty_parallel_completes_at_once() => Assert.Equal(["Started Parallel1", "Completed Parallel1"], Run(Parallel("Parallel1")).Lines);

    [Fact]
    public void A_container_executes_the_activity_that_it_holds() =>
        Assert.Equal(["Started Node1", "Started A", "Completed A", "Completed Node1"], Run(Of("FlowNode", "Node1", ("body", Line("A", "a")))).Lines);

    [Fact]
    public void Of_a_failed_parallel_the_others_still_run_and_it_never_completes()
    {
        var run = Run(Parallel("Parallel1", Of("Fault", "Fault1", ("message", "broken")), Chart.Sequence("S1", Line("A1", "a1"), Line("A2", "a2"))));
        Assert.Equal(["a1", "a2"], run.Written);
        Assert.Equal((RunStatus.Failed, "broken", 1), (run.State.Status, run.State.Error!.Message, run.State.Incidents));
        Assert.DoesNotContain("Completed Parallel1", run.Lines);
    }

    [Fact]
    public void A_run_that_continues_with_incidents_waits_instead_of_failing()
    {
        var json = JsonNode.Parse(Chart.Workflow(Parallel("Parallel1", Of("Fault", "Fault1", ("message", "broken")), Line("A", "a"))))!;
        json["options"] = new JsonObject { ["incidentStrategyType"] = "Elsa.Workflows.IncidentStrategies.ContinueWithIncidentsStrategy, Elsa.Workflows.Core" };
        var run = new SimulatedRun(json.ToJsonString()).Advance();
        Assert.Equal((RunStatus.Suspended, "1 activity failed, the first one 'Fault1': broken"), (run.State.Status, run.State.SuspendedReason));
        Assert.Equal(["a"], run.Written);
    }

    [Fact]
    public void The_innermost_variable_of_a_name_counts_and_is_gone_after_its_container()
    {
        var inner = With(Chart.Sequence("Inner1", Line("L1", "js:getVariable('x')"), Set("Set1", "inner.x", "changed"), Line("L2", "js:getVariable('x')")), new JsonObject { ["id"] = "inner.x", ["name"] = "x", ["typeName"] = "String", ["value"] = "inner" });
        var run = Run(Chart.Sequence("Outer1", inner, Line("L3", "js:getVariable('x')")), Variable("x", "String", "outer"));
        Assert.Equal(["inner", "changed", "outer"], run.Written);
    }

    [Fact]
    public void A_variable_of_a_container_begins_anew_with_every_execution_of_it()
    {
        var body = With(Chart.Sequence("Body1", Line("L1", "js:getVariable('n')"), Set("Set1", "n", "js:getVariable('n') + 1")), Variable("n", "Int32", "7"));
        Assert.Equal(["7", "7"], Run(Of("ForEach", "Loop1", ("items", Chart.Input("Object", "Object", new JsonArray("a", "b"))), ("body", body))).Written);
    }

    [Fact]
    public void Executions_side_by_side_do_not_share_the_variables_of_their_container()
    {
        var body = With(Chart.Sequence("Body1", Set("Set1", "n", "js:getVariable('CurrentValue')"), Line("L1", "js:getVariable('n')")), Variable("n", "String", "none"));
        Assert.Equal(["a", "b"], Run(Of("ParallelForEach", "Loop1", ("items", Chart.Input("Object", "Object", new JsonArray("a", "b"))), ("body", body))).Written);
    }

    [Fact]
    public void A_variable_of_an_inner_container_is_unknown_outside()
    {
        var run = Run(Chart.Sequence("Outer1", With(Chart.Sequence("Inner1"), Variable("y", "String", "inner")), Line("L1", "js:`${getVariable('y')}`"), Set("Set1", "y", "no")));
        Assert.Equal(["null"], run.Written);
        Assert.Equal("Variable 'y' not found.", run.State.Error!.Message);
    }

    [Fact]
    public void End_completes_its_container_and_cancels_what_waits_in_it()
    {
        var flow = Flow([Of("Start", "Start1"), Of("Event", "Event1", ("eventName", "never")), Of("End", "End1")], "Start1 -> Event1", "Start1 -> End1");
        var run = Run(Chart.Sequence("Outer1", flow, Line("L1", "after")));
        Assert.Equal(["after"], run.Written);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void Finish_ends_the_run_at_once()
    {
        var run = Run(Parallel("Parallel1", Of("Event", "Event1", ("eventName", "never")), Of("Finish", "Finish1"), Line("L1", "skipped")));
        Assert.Equal((RunStatus.Succeeded, 0), (run.State.Status, run.Written.Count()));
        Assert.DoesNotContain("Completed Parallel1", run.Lines);
    }

    [Theory]
    [InlineData("Literal", """["Left","Right"]""", "Left Right")]
    [InlineData("Literal", "\"Left\"", "Left")]
    [InlineData("JavaScript", "\"['Left']\"", "Left")]
    public void Complete_ends_the_run_with_outcomes(string language, string outcomes, string expected)
    {
        var run = Run(Chart.Sequence("S1", Of("Complete", "Complete1", ("outcomes", Chart.Input("Object", language, JsonNode.Parse(outcomes)))), Line("L1", "skipped")));
        Assert.Equal((RunStatus.Succeeded, expected, 0), (run.State.Status, string.Join(' ', run.State.Outcomes), run.Written.Count()));
    }

    [Fact]
    public void Name_correlation_and_outputs_are_those_of_the_run()
    {
        var run = Run(Chart.Sequence("S1",
            Of("SetName", "Name1", ("value", "October")), Of("Correlate", "Correlate1", ("correlationId", "order-7")), Line("L1", "js:getCorrelationId()"),
            Of("SetOutput", "Output1", ("outputName", "total"), ("outputValue", 12))));
        Assert.Equal(("October", "order-7", 12), (run.State.Name, run.State.CorrelationId, run.State.Outputs["total"].GetInt32()));
        Assert.Equal(["order-7"], run.Written);
    }

    [Fact]
    public void Scripts_write_name_and_correlation_of_the_run_and_see_them_at_once()
    {
        var run = Run(Chart.Sequence("S1", Line("L1", "js:setCorrelationId('order-8'); setWorkflowInstanceName('May'); getCorrelationId() + getWorkflowInstanceName()"),
            Line("L2", "js:getCorrelationId() + getWorkflowInstanceName()"), Line("L3", "js:setWorkflowInstanceName(null); getWorkflowInstanceName() === null")));
        Assert.Equal((null, "order-8"), (run.State.Name, run.State.CorrelationId));
        Assert.Equal(["order-8May", "order-8May", "True"], run.Written);
    }

    [Fact]
    public void Set_output_without_name_faults() => Assert.Equal("OutputName is required.", Run(Of("SetOutput", "Output1", ("outputValue", 12))).State.Error!.Message);

    [Fact]
    public void Set_name_and_correlate_without_value_leave_nothing()
    {
        var run = Run(Chart.Sequence("S1", Of("SetName", "Name1"), Of("Correlate", "Correlate1")));
        Assert.Equal((null, null, RunStatus.Succeeded), (run.State.Name, run.State.CorrelationId, run.State.Status));
    }

    [Fact]
    public void A_type_that_does_not_exist_faults_when_its_turn_comes()
    {
        var run = Run(Chart.Sequence("S1", Line("L1", "before"), Of("Nothing", "Nothing1")));
        Assert.Equal("Activity type 'Elsa.Nothing' version '0' could not be found.", run.State.Error!.Message);
        Assert.Equal(["before"], run.Written);
    }
}
