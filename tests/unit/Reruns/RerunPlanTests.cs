using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Tests.Unit.Runs;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Reruns;

namespace Orchestrator.Tests.Unit.Reruns;

public sealed class RerunPlanTests
{
    static readonly string Line = Chart.Of("JobA -> JobB", "JobB -> JobC");

    static RerunScene Run(string json, params string[] failing) => RerunScene.Start(json, new(1) { Failing = [.. failing] }, ("i1", "1000"), ("i2", "2"));

    static RerunScene RunOf(params string[] connections) => Run(Chart.Of(connections));

    static string[] Verdicts(RerunPlan plan) => [.. plan.Activities.Where(activity => !activity.IsContainer).Select(activity => $"{activity.ActivityId} {activity.Verdict}")];

    static string Why(RerunPlan plan, string activity) => plan.Activities.Single(planned => planned.ActivityId == activity).Why;

    static string Refusal(Action prepare) => Assert.Throws<RerunRefusedException>(prepare).Code;

    static string With(string json, string activity, Action<JsonObject> change, int version = 1)
    {
        var workflow = JsonNode.Parse(json)!.AsObject();
        workflow["version"] = version;
        workflow["inputs"] = new JsonArray(new JsonObject { ["name"] = "i1", ["type"] = "Int32" }, new JsonObject { ["name"] = "i2", ["type"] = "Int32" });
        workflow["variables"] = new JsonArray(new JsonObject { ["id"] = "v1", ["name"] = "V1", ["typeName"] = "String" }, new JsonObject { ["id"] = "v2", ["name"] = "V2", ["typeName"] = "String" });
        change(workflow["root"]!["activities"]!.AsArray().Select(node => node!.AsObject()).Single(node => node["id"]!.GetValue<string>() == activity));
        return workflow.ToJsonString();
    }

    [Fact]
    public void Retry_reuses_what_succeeded_and_runs_what_failed_and_what_was_not_reached()
    {
        var scene = Run(Line, "JobB");
        var plan = scene.Plan(RerunKind.Retry);
        Assert.Equal(["JobA Reused", "JobB Runs", "JobC Runs"], Verdicts(plan));
        Assert.Equal($"reused from run {scene.Id}", Why(plan, "JobA"));
        Assert.Equal("failed with test.failed", Why(plan, "JobB"));
        Assert.Equal("was not reached", Why(plan, "JobC"));
        var rerun = scene.Rerun(RerunKind.Retry, new(1));
        Assert.Equal(["JobB", "JobC"], rerun.Executed.Order());
        Assert.Equal(RunStatus.Succeeded, rerun.State.Status);
        Assert.Equal(Run(Line).Outcome, rerun.Outcome);
    }

    [Fact]
    public void From_an_activity_it_and_all_that_is_downstream_runs_and_what_is_beside_it_is_reused()
    {
        var scene = RunOf("JobA -> JobB", "JobA -> JobC", "JobB -> JobD", "JobD -> JobE");
        var plan = scene.Plan(RerunKind.From, "JobB");
        Assert.Equal(["JobA Reused", "JobB Runs", "JobC Reused", "JobD Runs", "JobE Runs"], Verdicts(plan));
        Assert.Equal(("chosen", "downstream of 'JobB'"), (Why(plan, "JobB"), Why(plan, "JobE")));
        Assert.Equal(["JobB", "JobD", "JobE"], scene.Rerun(RerunKind.From, new(2), "JobB").Executed.Order());
    }

    [Fact]
    public void Downstream_goes_into_containers_and_out_of_them()
    {
        var json = Chart.Workflow(Chart.Sequence("Outer", Chart.Activity("JobA"), Chart.Sequence("Inner", Chart.Activity("JobB"), Chart.Activity("JobC")), Chart.Sequence("Last", Chart.Activity("JobD"))));
        Assert.Equal(["JobA Reused", "JobB Reused", "JobC Runs", "JobD Runs"], Verdicts(Run(json).Plan(RerunKind.From, "JobC")));
        Assert.Equal(["JobA Reused", "JobB Runs", "JobC Runs", "JobD Runs"], Verdicts(Run(json).Plan(RerunKind.From, "Inner")));
    }

    [Fact]
    public void Only_executes_one_activity_and_leaves_what_follows_as_it_was()
    {
        var scene = Run(Line);
        Assert.Equal(["JobA Reused", "JobB Runs", "JobC Reused"], Verdicts(scene.Plan(RerunKind.Only, "JobB")));
        var rerun = scene.Rerun(RerunKind.Only, new(2), "JobB");
        Assert.Equal(["JobB"], rerun.Executed);
        Assert.Equal(RunStatus.Succeeded, rerun.State.Status);
    }

    [Fact]
    public void Only_ends_well_although_what_follows_failed_before()
    {
        var rerun = Run(Line, "JobC").Rerun(RerunKind.Only, new(2), "JobB");
        Assert.Equal(["JobB"], rerun.Executed);
        Assert.Equal(RunStatus.Succeeded, rerun.State.Status);
    }

    [Fact]
    public void What_is_behind_a_decision_that_is_made_anew_depends_on_it_and_the_nearest_one_is_named()
    {
        var scene = RerunScene.Start(Chart.Of("JobA -> Choice1", "Choice1:Left -> JobB", "Choice1:Right -> JobC", "JobC -> Choice2", "Choice2:Left -> JobD"), new(1) { Left = [] });
        var plan = scene.Plan(RerunKind.From, "Choice1");
        Assert.Equal(["JobA Reused", "Choice1 Runs", "JobB Depends", "JobC Depends", "Choice2 Depends", "JobD Depends"], Verdicts(plan));
        Assert.Equal(["Choice1", "Choice1", "Choice1", "Choice2"], plan.Activities.Where(activity => activity.DependsOn is not null && !activity.IsContainer).Select(activity => activity.DependsOn));
        Assert.Equal("'Choice1' decides anew; was not reached", Why(plan, "JobB"));
        Assert.Equal(["Choice1", "JobB"], scene.Rerun(RerunKind.From, new(1) { Left = ["Choice1"] }, "Choice1").Executed.Order());
    }

    [Fact]
    public void A_branch_that_a_reused_decision_left_out_is_not_reached_again()
    {
        var scene = RerunScene.Start(Chart.Of("JobA -> Choice1", "Choice1:Left -> JobB", "Choice1:Right -> JobC"), new(1) { Left = [] });
        Assert.Equal(["JobA Reused", "Choice1 Reused", "JobB NotReached", "JobC Runs"], Verdicts(scene.Plan(RerunKind.From, "JobC")));
    }

    [Fact]
    public void The_condition_of_a_reused_choice_is_not_evaluated_again()
    {
        var either = new JsonObject { ["id"] = "Either", ["type"] = "Elsa.If", ["condition"] = Chart.Input("Boolean", "Literal", "true"), ["then"] = Chart.Activity("JobA"), ["else"] = Chart.Activity("JobB") };
        var scene = Run(Chart.Workflow(Chart.Sequence("Outer", either, Chart.Activity("JobC"))), "JobA");
        var rerun = scene.Rerun(RerunKind.Retry, new(1));
        Assert.Equal(["JobA", "JobC"], rerun.Executed.Order());
        Assert.Contains("Either", rerun.Reused);
        Assert.Equal(RerunVerdict.Reused, scene.Plan(RerunKind.Retry).Activities.Single(activity => activity.ActivityId == "Either").Verdict);
    }

    [Fact]
    public void In_a_loop_the_rounds_before_the_failure_are_reused()
    {
        var loop = Chart.Of("Line0 -> Choice1", "Choice1:Left -> JobB", "JobB -> Choice1", "Choice1:Right -> JobC");
        var behaviour = new Behaviour(1) { Left = ["Choice1", "Choice1#2"] };
        var scene = RerunScene.Start(loop, behaviour with { Failing = ["JobB#2"] });
        var plan = scene.Plan(RerunKind.Retry);
        Assert.Equal(["Line0 Reused", "Choice1 Runs", "JobB Runs", "JobC Depends"], Verdicts(plan));
        Assert.Equal([2, 1], plan.Activities.Where(activity => activity.ActivityId is "Choice1" or "JobB").Select(activity => activity.ReusedExecutions));
        var rerun = scene.Rerun(RerunKind.Retry, behaviour);
        Assert.Equal(["JobB#2", "Choice1#3", "JobC#1"], rerun.Journal.Select(entry => entry.Event).OfType<ActivityStarted>()
            .Select(started => $"{rerun.State[started.Number].ActivityId}#{rerun.State[started.Number].Ordinal}"));
        Assert.Equal(RerunScene.Start(loop, behaviour).Outcome, rerun.Outcome);
    }

    [Fact]
    public void A_rerun_of_a_rerun_names_the_run_that_really_executed_what_is_reused()
    {
        var first = Run(Line, "JobB");
        var second = first.Rerun(RerunKind.Retry, new(1) { Failing = ["JobC"] });
        var plan = second.Plan(RerunKind.Retry);
        Assert.Equal([first.Id, second.Id, null], plan.Activities.Where(activity => !activity.IsContainer).Select(activity => activity.ReusedFrom));
        Assert.Equal(["JobC"], second.Rerun(RerunKind.Retry, new(1)).Executed);
    }

    [Fact]
    public void Variables_come_out_as_they_did_whatever_the_order_in_which_jobs_had_ended()
    {
        var json = With(Chart.Of("Line0 -> JobA", "Line0 -> JobB", "JobA -> Line1", "JobB -> Line1", "Line1 -> JobC"), "JobA", Write);
        json = With(json, "JobB", Write);
        var scene = RerunScene.Start(json, new(1) { Order = ["JobB", "JobA"], Failing = ["JobC"] });
        Assert.StartsWith("JobA", scene.State.Variables["v1"].GetString(), StringComparison.Ordinal);
        Assert.Equal(scene.State.Variables["v1"].GetString(), scene.Rerun(RerunKind.Retry, new(1)).State.Variables["v1"].GetString());

        static void Write(JsonObject job) => job["result"] = new JsonObject { ["memoryReference"] = new JsonObject { ["id"] = "v1" } };
    }

    [Fact]
    public void Who_lost_a_race_that_is_reused_is_not_started_again()
    {
        var json = Chart.Of(new Dictionary<string, string> { ["JobD"] = "Race" }, "Line0 -> JobA", "Line0 -> JobB", "JobA -> JobD", "JobB -> JobD", "JobD -> JobE");
        var scene = RerunScene.Start(json, new(1) { Order = ["JobA"], Failing = ["JobE"] });
        Assert.Equal(["Line0 Reused", "JobA Reused", "JobB Reused", "JobD Reused", "JobE Runs"], Verdicts(scene.Plan(RerunKind.Retry)));
        Assert.Equal(["JobE"], scene.Rerun(RerunKind.Retry, new(1)).Executed);
    }

    [Theory]
    [InlineData("Input", "i1", true)]
    [InlineData("Input", "I1", true)]
    [InlineData("Input", "i2", false)]
    [InlineData("Input", "{\"name\":\"i1\",\"type\":\"Int32\"}", true)]
    [InlineData("Input", "{\"name\":\"i2\",\"type\":\"Int32\"}", false)]
    [InlineData("JavaScript", "getInput('i1') + 1", true)]
    [InlineData("JavaScript", "geti1()", true)]
    [InlineData("JavaScript", "getInput('i2')", false)]
    [InlineData("JavaScript", "getInput('i' + 1)", true)]
    [InlineData("JavaScript", "let read = getInput; read('i1')", true)]
    [InlineData("JavaScript", "globalThis['get' + 'i1']()", true)]
    [InlineData("JavaScript", "get\\u0069\\u0031()", true)]
    [InlineData("JavaScript", "1 + 1", false)]
    [InlineData("Literal", "i1", false)]
    public void What_may_read_a_changed_input_runs(string language, string text, bool runs)
    {
        var scene = Run(With(Line, "JobB", job => job["text"] = Chart.Input("String", language, text)), "JobC");
        var plan = scene.Prepare(new(scene.Id, RerunKind.Retry) { Inputs = new Dictionary<string, JsonElement> { ["i1"] = JsonSerializer.SerializeToElement(2000) } }).Plan;
        Assert.Equal($"JobB {(runs ? "Runs" : "Reused")}", Verdicts(plan)[1]);
        if (runs) Assert.Equal("input 'i1' changed from 1000 to 2000", Why(plan, "JobB"));
        Assert.Equal("i1", Assert.Single(plan.ChangedInputs).Name);
    }

    [Fact]
    public void An_input_that_is_given_the_value_it_had_changes_nothing()
    {
        var scene = Run(With(Line, "JobB", job => job["text"] = Chart.Input("String", "Input", "i1")), "JobC");
        var plan = scene.Prepare(new(scene.Id, RerunKind.Retry) { Inputs = new Dictionary<string, JsonElement> { ["i1"] = JsonSerializer.SerializeToElement("1000") } }).Plan;
        Assert.Equal("JobB Reused", Verdicts(plan)[1]);
        Assert.Empty(plan.ChangedInputs);
    }

    [Fact]
    public void With_the_latest_definition_what_changed_in_it_runs()
    {
        var scene = Run(With(Line, "JobA", _ => { }), "JobC");
        var latest = With(Line, "JobB", job => job["text"] = Chart.Input("String", "Literal", "other"), version: 2);
        var plan = scene.Prepare(new(scene.Id, RerunKind.Retry) { Latest = true }, latest: latest).Plan;
        Assert.Equal(["JobA Reused", "JobB Runs", "JobC Runs"], Verdicts(plan));
        Assert.Equal("changed in version 2", Why(plan, "JobB"));
        Assert.Equal((1, 2, true), (plan.VersionBefore, plan.Version, plan.IsDefinitionChanged));
        Assert.Equal((1, null), (plan.Activities.Single(activity => activity.ActivityId == "JobA").VersionBefore, plan.Activities.Single(activity => activity.ActivityId == "JobA").Version));
    }

    [Fact]
    public void Where_something_stands_in_the_designer_and_how_often_it_is_tried_is_no_change()
    {
        var scene = Run(With(Line, "JobA", _ => { }), "JobC");
        var latest = With(Line, "JobB", job =>
        {
            job["metadata"] = new JsonObject { ["designer"] = 7 };
            job["customProperties"] = new JsonObject { ["retryPolicy"] = new JsonObject { ["attempts"] = 9 } };
        }, version: 2);
        Assert.Equal("JobB Reused", Verdicts(scene.Prepare(new(scene.Id, RerunKind.Retry) { Latest = true }, latest: latest).Plan)[1]);
    }

    [Fact]
    public void Saving_in_the_designer_changes_nothing_of_what_nobody_touched()
    {
        var before = With(Chart.Of(new Dictionary<string, string> { ["JobD"] = "None" }, "JobA -> JobB", "JobA -> JobC", "JobB -> JobD", "JobC -> JobD"), "JobB", job =>
        {
            job["text"] = Chart.Input("String", "Input", "i1");
            job["customProperties"] = new JsonObject { ["runAsynchronously"] = true };
        });
        var saved = JsonNode.Parse(before)!;
        saved["version"] = 2;
        foreach (var activity in saved["root"]!["activities"]!.AsArray().Select(node => node!.AsObject()))
        {
            activity["name"] = null;
            activity["version"] = 1;
            if (!activity.ContainsKey("text")) activity["text"] = null;
            else activity["text"] = JsonNode.Parse("""{"expression":{"value":"{\"name\":\"i1\",\"type\":\"Int32\"}","type":"Input"},"typeName":"String","memoryReference":null}""");
            activity["customProperties"] = new JsonObject { ["runAsynchronously"] = activity["customProperties"]?["runAsynchronously"]?.DeepClone() ?? false, ["canStartWorkflow"] = false };
            activity["metadata"] = JsonNode.Parse("""{"designer":{"position":{"x":10,"y":20},"size":{"width":213.4,"height":54}}}""");
        }
        foreach (var list in (string[])["activities", "connections"]) saved["root"]![list] = new JsonArray([.. saved["root"]![list]!.AsArray().Select(node => node!.DeepClone()).Reverse()]);
        var scene = Run(before, "JobD");
        var plan = scene.Prepare(new(scene.Id, RerunKind.Retry) { Latest = true }, latest: saved.ToJsonString()).Plan;
        Assert.Equal(["JobA Reused", "JobB Reused", "JobC Reused", "JobD Runs"], Verdicts(plan));
        Assert.False(plan.IsDefinitionChanged);
    }

    [Theory]
    [InlineData("text", """{"typeName":"String","expression":{"type":"Literal","value":"other"}}""")]
    [InlineData("text", "null")]
    [InlineData("customProperties", """{"mergeMode":"Race"}""")]
    [InlineData("type", "\"Test.SimulatedChoice\"")]
    [InlineData("version", "2")]
    public void What_an_activity_does_otherwise_is_a_change(string property, string value)
    {
        var before = With(Line, "JobB", job => job["text"] = Chart.Input("String", "Literal", "this"));
        var scene = Run(before, "JobC");
        var plan = scene.Prepare(new(scene.Id, RerunKind.Retry) { Latest = true }, latest: With(before, "JobB", job => job[property] = JsonNode.Parse(value), version: 2)).Plan;
        Assert.Equal("changed in version 2", Why(plan, "JobB"));
    }

    [Fact]
    public void A_new_activity_runs_and_so_does_what_follows_it()
    {
        var scene = Run(With(Line, "JobA", _ => { }), "JobC");
        var latest = With(Chart.Of("JobA -> JobNew", "JobNew -> JobB", "JobB -> JobC"), "JobA", _ => { }, version: 2);
        var prepared = scene.Prepare(new(scene.Id, RerunKind.Retry) { Latest = true }, latest: latest);
        Assert.Equal(["JobA Reused", "JobNew Runs", "JobB Runs", "JobC Runs"], Verdicts(prepared.Plan));
        Assert.Equal(("is new in version 2", "what leads to it changed in version 2"), (Why(prepared.Plan, "JobNew"), Why(prepared.Plan, "JobB")));
        Assert.Equal(["JobB", "JobC", "JobNew"], scene.Rerun(prepared, new(1), latest).Executed.Order());
    }

    [Fact]
    public void A_chosen_activity_is_found_by_its_name_and_by_its_type_and_a_mistake_is_told()
    {
        var scene = Run(With(Chart.Of("JobA -> Choice1"), "JobA", job => job["name"] = "Load the month"));
        Assert.Equal("JobA", scene.Plan(RerunKind.From, "load the month").Activity);
        Assert.Equal("Choice1", scene.Plan(RerunKind.From, "SimulatedChoice").Activity);
        var wrong = Assert.Throws<RerunRefusedException>(() => scene.Plan(RerunKind.From, "Choice2"));
        Assert.Equal(("rerun.unknown_activity", "There is no activity 'Choice2' in test. Did you mean 'Choice1'?"), (wrong.Code, wrong.Message));
    }

    [Fact]
    public void What_makes_no_sense_is_refused_with_what_to_do_instead()
    {
        Assert.Equal("rerun.nothing_to_retry", Refusal(() => Run(Line).Plan(RerunKind.Retry)));
        Assert.Equal("rerun.not_reached", Refusal(() => Run(Line, "JobB").Plan(RerunKind.Only, "JobC")));
        Assert.Equal("rerun.unknown_input", Refusal(() => Run(Line).Prepare(new(Guid.Empty, RerunKind.Whole) { Inputs = new Dictionary<string, JsonElement> { ["rows"] = default } })));
        Assert.Equal("rerun.still_active", Refusal(() => new RerunPlanner(
            new(Guid.Empty, [.. Run(Line).Journal.Take(5)]), SimulatedRun.Parse(Line), SimulatedRun.Parse(Line), new(Guid.Empty, RerunKind.Whole), new()).Prepare()));
    }
}
