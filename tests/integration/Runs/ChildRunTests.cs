using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using static Orchestrator.Tests.Integration.Support.WaitScene;

namespace Orchestrator.Tests.Integration.Runs;

/// <summary>Runs that start runs, on a real store.</summary>
public sealed class ChildRunTests(PostgresFixture postgres)
{
    static string Line(string id, string script) => Activity("Elsa.WriteLine", id, Input("text", "JavaScript", script));

    static string Child(string type, string workflow, bool? isAwaited = null) => Activity($"Elsa.{type}", "Child1",
        Input("workflowDefinitionId", "Literal", workflow), Input("input", "JavaScript", "({ n: 3 })"), Input("waitForCompletion", "Literal", isAwaited is true));

    static string SetOutput(string script) => Activity("Elsa.SetOutput", "Output1", Input("outputName", "Literal", "square"), Input("outputValue", "JavaScript", script));

    static string Fault(string message) => Activity("Elsa.Fault", "Fault1", Input("message", "Literal", message));

    [Fact]
    public async Task A_workflow_executes_another_one_and_gets_its_output()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Add("square", SetOutput("getInput('n') * getInput('n')"));
        scene.Add("parent", Child("ExecuteWorkflow", "square"), Line("Line1", "(r => `${r.Status} ${r.SubStatus} ${r.Output.square} ${r.WorkflowInstanceId}`)(getOutputFrom('Child1', 'Result'))"));
        var parent = await scene.UntilAsync(await scene.StartAsync("parent"), RunStatus.Succeeded);
        var child = Assert.Single(await scene.RunsOfAsync("square"));
        Assert.Equal([$"1 3 9 {child.Id}"], await scene.LinesAsync(parent));
        Assert.Equal((parent.Id, $"run {parent.Id}"), (child.ParentRun, child.StartedBy));
    }

    [Fact]
    public async Task A_child_is_told_who_started_it()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Add("told", Line("Line1", "getInput('ParentInstanceId') + ' ' + getInput('n')"));
        var parent = await scene.UntilAsync(await scene.Add("parent", Child("ExecuteWorkflow", "told")).StartAsync("parent"), RunStatus.Succeeded);
        Assert.Equal([$"{parent.Id} 3"], await scene.LinesAsync(Assert.Single(await scene.RunsOfAsync("told"))));
    }

    [Theory]
    [InlineData("({ n: 'three' })", "Input 'N' (Int32): \"three\" cannot be converted to Int32. Give a whole number that fits Int32.")]
    [InlineData("({ other: 3 })", "Workflow 'square' needs the input 'N'.")]
    public async Task A_child_gets_the_defaults_of_its_inputs_and_its_parent_fails_at_once_where_they_do_not_fit(string inputs, string message)
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.AddRoot("square", $$"""{"id":"root","type":"Elsa.Sequence","activities":[{{Line("Line1", "getInput('N') + getInput('Sign') + getInput('extra')")}}]},"inputs":[{"name":"N","type":"Int32","isRequired":true},{"name":"Sign","type":"String","defaultValue":"+"}]""");
        string Start(string given) => Activity("Elsa.ExecuteWorkflow", "Child1", Input("workflowDefinitionId", "Literal", "square"), Input("input", "JavaScript", given));
        scene.Add("good", Start("({ n: 3, extra: 4 })")).Add("bad", Start(inputs));
        await scene.UntilAsync(await scene.StartAsync("good"), RunStatus.Succeeded);
        var child = Assert.Single(await scene.RunsOfAsync("square"));
        Assert.Equal(["3+4"], await scene.LinesAsync(child));
        var parent = await scene.UntilAsync(await scene.StartAsync("bad"), RunStatus.Failed);
        Assert.Equal(("run.bad_input", message), (parent.Error!.Code, parent.Error.Message));
        Assert.Single(await scene.RunsOfAsync("square"));
    }

    [Fact]
    public async Task A_child_that_waits_keeps_its_parent_waiting_over_a_restart()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Add("slow", Activity("Elsa.Event", "Event1", Input("eventName", "Literal", "go")), SetOutput("7"));
        scene.Add("parent", Child("DispatchWorkflow", "slow", isAwaited: true), Line("Line1", "getOutputFrom('Child1', 'Result').square"));
        var parent = await scene.StartAsync("parent");
        await scene.UntilAsync(parent, RunStatus.Suspended);
        var child = Assert.Single(await scene.RunsOfAsync("slow"));
        await scene.UntilAsync(child, RunStatus.Suspended);
        await scene.RestAsync();
        Assert.Single((await scene.Events.PublishAsync(new("go"), "test", idOf: null, TestContext.Current.CancellationToken)).Resumed);
        await scene.UntilAsync(parent, RunStatus.Succeeded);
        Assert.Equal(["7"], await scene.LinesAsync(parent));
        Assert.Single(await scene.RunsOfAsync("slow"));
    }

    [Fact]
    public async Task A_workflow_that_is_dispatched_is_not_waited_for()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Add("slow", Activity("Elsa.Event", "Event1", Input("eventName", "Literal", "go")));
        await scene.UntilAsync(await scene.Add("parent", Child("DispatchWorkflow", "slow")).StartAsync("parent"), RunStatus.Succeeded);
        await scene.UntilAsync(Assert.Single(await scene.RunsOfAsync("slow")), RunStatus.Suspended);
    }

    [Theory]
    [InlineData("ExecuteWorkflow", "getOutputFrom('Child1', 'Result').SubStatus", "5")]
    [InlineData("DispatchWorkflow", "toJson(getOutputFrom('Child1', 'Result'))", "{}")]
    public async Task A_child_that_fails_does_not_fail_its_parent(string type, string script, string expected)
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Add("broken", Fault("no")).Add("parent", Child(type, "broken", isAwaited: true), Line("Line1", $"`${{{script}}}`"));
        var parent = await scene.UntilAsync(await scene.StartAsync("parent"), RunStatus.Succeeded);
        Assert.Equal([expected], await scene.LinesAsync(parent));
    }

    [Fact]
    public async Task A_workflow_that_is_used_as_an_activity_takes_inputs_and_gives_outputs_and_outcomes()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Add("square", SetOutput("getInput('N') * getInput('N')"), Activity("Elsa.Complete", "Complete1", Input("outcomes", "Literal", new[] { "Small" })));
        var square = Activity("Square", "Square1", "\"workflowDefinitionId\":\"square\"", Input("n", "JavaScript", "1 + 2"), """
            "square":{"typeName":"Int32","memoryReference":{"id":"area"}}
            """);
        scene.AddRoot("parent", $$$"""
            {"id":"flow","type":"Elsa.Flowchart","variables":[{"id":"area","name":"area","typeName":"Int32"}],
             "activities":[{{{square}}},{{{Line("Line1", "getVariable('area')")}}},{{{Line("Line2", "'large'")}}}],
             "connections":[{"source":{"activity":"Square1","port":"Small"},"target":{"activity":"Line1"}},{"source":{"activity":"Square1","port":"Large"},"target":{"activity":"Line2"}}]}
            """);
        var parent = await scene.UntilAsync(await scene.StartAsync("parent"), RunStatus.Succeeded);
        Assert.Equal(["9"], await scene.LinesAsync(parent));
    }

    [Fact]
    public async Task A_workflow_that_is_used_as_an_activity_fails_it_with_its_own_failure()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Add("broken", Fault("no")).Add("parent", Activity("Broken", "Broken1", "\"workflowDefinitionId\":\"broken\""));
        var parent = await scene.UntilAsync(await scene.StartAsync("parent"), RunStatus.Failed);
        Assert.Equal(("activity.fault", "Broken1"), (parent.Error!.Code, parent.Error.ActivityId));
        Assert.EndsWith("of 'broken' did not succeed: no", parent.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workflow_that_does_not_exist_fails_the_activity()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        var parent = await scene.UntilAsync(await scene.Add("parent", Child("ExecuteWorkflow", "nothing")).StartAsync("parent"), RunStatus.Failed);
        Assert.Equal("No published version of workflow definition with ID nothing found.", parent.Error!.Message);
    }

    [Fact]
    public async Task Cancelling_a_run_cancels_the_runs_that_it_waits_for()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Add("slow", Activity("Elsa.Event", "Event1", Input("eventName", "Literal", "never")));
        scene.Add("middle", Child("ExecuteWorkflow", "slow")).Add("parent", Child("ExecuteWorkflow", "middle"));
        var parent = await scene.StartAsync("parent");
        await scene.UntilAsync(parent.Id, run => run.Status is RunStatus.Suspended && scene.RunsOfAsync("slow").GetAwaiter().GetResult() is [{ Status: RunStatus.Suspended }], "waits for both");
        await scene.Runtime.Store.RequestCancelAsync(parent.Id, "enough", TestContext.Current.CancellationToken);
        foreach (var run in (Run[])[parent, .. await scene.RunsOfAsync("middle"), .. await scene.RunsOfAsync("slow")]) await scene.UntilAsync(run, RunStatus.Cancelled);
    }

    [Fact]
    public async Task Workflows_that_start_themselves_end_with_a_clear_error()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        await scene.UntilAsync(await scene.Add("endless", Child("ExecuteWorkflow", "endless")).StartAsync("endless"), RunStatus.Succeeded);
        var runs = await scene.RunsOfAsync("endless");
        var deepest = runs.Single(run => run.Status is RunStatus.Failed);
        Assert.Equal("run.too_deep", deepest.Error!.Code);
        Assert.Equal(33, runs.Count);
    }
}
