using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Tests.Unit.Runs;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Reruns;

namespace Orchestrator.Tests.Unit.Reruns;

/// <summary>What activities leave behind, and what has become of it, decides whether they can be reused.</summary>
public sealed class RerunFactsTests
{
    static readonly Partition October = new(new(2026, 10, 1));
    static readonly Guid Table = Guid.CreateVersion7(), Other = Guid.CreateVersion7();

    static string[] Verdicts(RerunPlan plan) => [.. plan.Activities.Where(activity => !activity.IsContainer).Select(activity => $"{activity.ActivityId} {activity.Verdict}")];

    /// <summary>JobA makes files, JobB takes them, JobC does not.</summary>
    static string WithFiles(string language = "Variable", string value = "v1")
    {
        var workflow = JsonNode.Parse(Chart.Of("JobA -> JobB", "JobB -> JobC"))!.AsObject();
        workflow["variables"] = new JsonArray(new JsonObject { ["id"] = "v1", ["name"] = "V1", ["typeName"] = "String" });
        var activities = workflow["root"]!["activities"]!.AsArray();
        activities[0]!["files"] = new JsonObject { ["memoryReference"] = new JsonObject { ["id"] = "v1" } };
        activities[1]!["text"] = Chart.Input("String", language, value);
        return workflow.ToJsonString();
    }

    /// <summary>JobA wrote the table of the month.</summary>
    static (RerunScene Scene, RerunFacts Facts) WithTable(WrittenAsset? table)
    {
        var scene = RerunScene.Start(Chart.Of("JobA -> JobB", "JobB -> JobC"), new(1) { Failing = ["JobC"], Writing = { ["JobA"] = Table } });
        return (scene, new() { Partition = October, Written = table is null ? new Dictionary<Guid, WrittenAsset>() : new Dictionary<Guid, WrittenAsset> { [Table] = table } });
    }

    [Theory]
    [InlineData("Variable", "v1")]
    [InlineData("JavaScript", "getV1()")]
    [InlineData("JavaScript", "variables.V1")]
    [InlineData("JavaScript", "getOutputFrom('JobA', 'Files')")]
    [InlineData("JavaScript", "getFilesFromJobA()")]
    public void Whose_files_are_gone_runs_again_where_something_that_runs_needs_them(string language, string value)
    {
        var scene = RerunScene.Start(WithFiles(language, value), new(1));
        var plan = scene.Plan(RerunKind.From, "JobB");
        Assert.Equal(["JobA Runs", "JobB Runs", "JobC Runs"], Verdicts(plan));
        Assert.Equal("its files are no longer there, and 'JobB' needs them", plan.Activities.Single(activity => activity.ActivityId == "JobA").Why);
        Assert.Equal(["JobA Reused", "JobB Reused", "JobC Runs"], Verdicts(scene.Plan(RerunKind.From, "JobC")));
        Assert.Equal("rerun.files_gone", Assert.Throws<RerunRefusedException>(() => scene.Plan(RerunKind.Only, "JobB")).Code);
    }

    [Fact]
    public void Files_are_followed_through_the_variables_that_they_are_copied_to()
    {
        var copy = new JsonObject
        {
            ["id"] = "Set", ["type"] = "Elsa.SetVariable", ["variable"] = new JsonObject { ["id"] = "v2" }, ["value"] = Chart.Input("String", "Variable", "v1"),
        };
        var (writer, reader) = (Chart.Activity("JobA"), Chart.Activity("JobB"));
        writer["files"] = new JsonObject { ["memoryReference"] = new JsonObject { ["id"] = "v1" } };
        reader["text"] = Chart.Input("String", "Variable", "v2");
        var variables = new JsonArray(new JsonObject { ["id"] = "v1", ["name"] = "V1", ["typeName"] = "String" }, new JsonObject { ["id"] = "v2", ["name"] = "V2", ["typeName"] = "String" });
        var scene = RerunScene.Start(Chart.Workflow(Chart.Sequence("Sequence1", writer, copy, reader), variables), new(1));
        Assert.Equal(["JobA Runs", "Set Runs", "JobB Runs"], Verdicts(scene.Plan(RerunKind.From, "JobB")));
    }

    [Fact]
    public void What_readers_still_see_is_reused_and_its_code_is_named()
    {
        var (scene, facts) = WithTable(new("fact_sales", October, "abc123", ReplacedBy: null));
        var plan = scene.Plan(RerunKind.Retry, facts: facts);
        Assert.Equal(["JobA Reused", "JobB Reused", "JobC Runs"], Verdicts(plan));
        Assert.Equal("abc123", plan.Activities.Single(activity => activity.ActivityId == "JobA").CodeVersionBefore);
    }

    [Fact]
    public void What_another_run_replaced_is_written_again_before_anything_reads_it()
    {
        var (scene, facts) = WithTable(new("fact_sales", October, "abc123", Other));
        var plan = scene.Plan(RerunKind.Retry, facts: facts);
        Assert.Equal(["JobA Runs", "JobB Runs", "JobC Runs"], Verdicts(plan));
        Assert.Equal($"what it wrote (fact_sales 2026-10) was replaced by run {Other}", plan.Activities.Single(activity => activity.ActivityId == "JobA").Why);
        Assert.Equal([new PlannedWrite("fact_sales", "2026-10")], plan.Writes);
    }

    [Fact]
    public void What_was_vacuumed_is_written_again_before_anything_reads_it() =>
        Assert.Equal("what it wrote is no longer there", WithTable(null) is var (scene, facts) ? scene.Plan(RerunKind.Retry, facts: facts).Activities.Single(activity => activity.ActivityId == "JobA").Why : "");

    [Fact]
    public void What_all_months_share_may_be_newer_by_now() =>
        Assert.Equal("JobA Reused", WithTable(new("dim_customer", null, "abc123", Other)) is var (scene, facts) ? Verdicts(scene.Plan(RerunKind.Retry, facts: facts))[0] : "");

    [Fact]
    public void Alone_an_activity_reads_what_is_there_now_and_the_plan_says_so()
    {
        var (scene, facts) = WithTable(new("fact_sales", October, "abc123", Other));
        var plan = scene.Plan(RerunKind.Only, "JobB", facts);
        Assert.Equal(["JobA Reused", "JobB Runs", "JobC NotReached"], Verdicts(plan));
        Assert.Equal($"did not succeed in run {scene.Id}, and is left as it is", plan.Activities.Single(activity => activity.ActivityId == "JobC").Why);
        Assert.Equal($"what it wrote (fact_sales 2026-10) was replaced by run {Other}: what executes reads what is there now", plan.Activities.Single(activity => activity.ActivityId == "JobA").Note);
    }

    [Fact]
    public void A_token_stands_for_the_plan_and_says_what_changed_since()
    {
        var (scene, facts) = WithTable(new("fact_sales", October, "abc123", ReplacedBy: null));
        var source = new SourceRun(scene.Id, scene.Journal);
        var before = scene.Prepare(new(scene.Id, RerunKind.Retry), facts);
        var token = PlanToken.Of(before.Plan, source, before.Inputs, "checksum");
        Assert.Empty(PlanToken.ChangedSince(token, scene.Prepare(new(scene.Id, RerunKind.Retry), facts).Plan, source, before.Inputs, "checksum"));

        var after = scene.Prepare(new(scene.Id, RerunKind.Retry), facts with { Written = new Dictionary<Guid, WrittenAsset> { [Table] = new("fact_sales", October, "abc123", Other) } });
        var changes = PlanToken.ChangedSince(token, after.Plan, source, after.Inputs, "checksum");
        Assert.Contains($"'JobA' runs now: what it wrote (fact_sales 2026-10) was replaced by run {Other}", changes);
        Assert.Equal(["the definition is another one now: version 1"], PlanToken.ChangedSince(token, before.Plan, source, before.Inputs, "other"));
        Assert.Equal(["the inputs are others"], PlanToken.ChangedSince(token, before.Plan, source, new Dictionary<string, JsonElement> { ["rows"] = JsonSerializer.SerializeToElement(7) }, "checksum"));
        Assert.Equal(["the token is of another definition, or of no plan"], PlanToken.ChangedSince("no token", before.Plan, source, before.Inputs, "checksum"));
    }

    [Fact]
    public void What_past_runs_took_and_wrote_is_what_to_expect()
    {
        var scene = RerunScene.Start(Chart.Of("JobA -> JobB"), new(1) { Failing = ["JobB"] });
        var facts = new RerunFacts { Partition = October, Past = new Dictionary<string, PastActivity> { ["JobA"] = new(TimeSpan.FromSeconds(5), []), ["JobB"] = new(TimeSpan.FromSeconds(3), [("mart", true), ("dim_date", false)]) } };
        var plan = scene.Plan(RerunKind.Retry, facts: facts);
        Assert.Equal(TimeSpan.FromSeconds(3), plan.ExpectedDuration);
        Assert.Equal([new PlannedWrite("mart", "2026-10"), new PlannedWrite("dim_date", null)], plan.Writes);
    }
}
