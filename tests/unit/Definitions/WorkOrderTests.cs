using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities;
using Orchestrator.Tests.Unit.Runs;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Tests.Unit.Definitions;

/// <summary>The order of work, which no order of arrays changes.</summary>
public sealed class WorkOrderTests
{
    static readonly ActivityRegistry Registry = new ServiceCollection().AddActivities().BuildServiceProvider().GetRequiredService<ActivityRegistry>();

    static string[] Order(string json) => [.. SimulatedRun.Parse(json).InOrderOfWork.Select(node => node.Id)];

    /// <summary>As the designer may write it: activities and connections the other way round, at every depth.</summary>
    static string Turned(string json)
    {
        var document = JsonNode.Parse(json)!;
        Turn(document["root"]!);
        return document.ToJsonString();
    }

    static void Turn(JsonNode activity)
    {
        foreach (var child in activity["activities"]?.AsArray() ?? []) Turn(child!);
        if ((string?)activity["type"] != "Elsa.Flowchart") return;
        foreach (var list in (string[])["activities", "connections"]) activity[list] = new JsonArray([.. activity[list]!.AsArray().Select(item => item!.DeepClone()).Reverse()]);
    }

    public static TheoryData<string[], string[]> Charts => new()
    {
        { ["A -> B", "B -> C"], ["A", "B", "C"] },
        { ["Start1 -> B", "Start1 -> A", "A -> Z", "B -> Z", "Z -> C"], ["Start1", "A", "B", "Z", "C"] },
        { ["Start1 -> If1", "If1:True -> B", "If1:False -> A", "B -> A", "A -> If1"], ["Start1", "If1", "B", "A"] },
        { ["Start1 -> M", "X -> Y", "Y -> X"], ["Start1", "M", "X", "Y"] },
        { ["Start1 -> M", "Lone"], ["Start1", "M", "Lone"] },
        { [], [] },
    };

    [Theory]
    [MemberData(nameof(Charts))]
    public void Work_is_ordered_by_connections_and_not_by_arrays(string[] connections, string[] expected)
    {
        var json = Chart.Of(connections);
        Assert.Equal(["Flowchart1", .. expected], Order(json));
        Assert.Equal(["Flowchart1", .. expected], Order(Turned(json)));
    }

    [Fact]
    public void Of_activities_side_by_side_the_upper_one_comes_first_and_then_the_left_one()
    {
        var document = JsonNode.Parse(Chart.Of("Start1 -> A", "Start1 -> B", "Start1 -> C", "Start1 -> D"))!;
        foreach (var (id, x, y) in new[] { ("A", 900, 300), ("B", 400, 300), ("C", 400, 100) })
            document["root"]!["activities"]!.AsArray().Single(node => (string)node!["id"]! == id)!["metadata"] = JsonNode.Parse($$$$"""{"designer":{"position":{"x":{{{{x}}}},"y":{{{{y}}}}}}}""");
        Assert.Equal(["Flowchart1", "Start1", "C", "B", "A", "D"], Order(document.ToJsonString()));
    }

    [Fact]
    public void Steps_of_a_sequence_keep_the_order_that_a_person_gave_them() => Assert.Equal(["Steps", "Z", "A", "M"],
        Order(Chart.Workflow(Chart.Sequence("Steps", Chart.Activity("Z"), Chart.Activity("A"), Chart.Activity("M")))));

    [Theory]
    [InlineData("monthly-sales")]
    [InlineData("import-sales")]
    public void Shipped_workflow_is_listed_as_it_works(string name)
    {
        var json = Repository.Read($"workflows/{name}.json");
        var written = WorkflowDefinition.Parse(json, Registry).Root.Children.Select(node => node.Id);
        Assert.Equal(written, WorkflowDefinition.Parse(json, Registry).InOrderOfWork.Skip(1).Select(node => node.Id));
        Assert.Equal(written, WorkflowDefinition.Parse(Turned(json), Registry).InOrderOfWork.Skip(1).Select(node => node.Id));
    }

    [Fact]
    public void Saving_from_the_designer_keeps_the_order_of_lists_and_puts_what_is_new_last()
    {
        var before = Chart.Of("A -> C", "A -> B", "B -> D", "C -> D");
        var turned = JsonNode.Parse(Turned(before))!;
        turned["root"]!["activities"]!.AsArray().Insert(0, Chart.Activity("New"));
        turned["root"]!["connections"]!.AsArray().Insert(0, JsonNode.Parse("""{"source":{"activity":"D"},"target":{"activity":"New"}}"""));
        turned["root"]!["activities"]!.AsArray().Remove(turned["root"]!["activities"]!.AsArray().Single(node => (string)node!["id"]! == "C"));

        var saved = JsonNode.Parse(DefinitionDocument.Compose(JsonElement.Parse(turned.ToJsonString()), "test", version: 2, JsonElement.Parse(before)))!["root"]!;

        Assert.Equal(["A", "B", "D", "New"], saved["activities"]!.AsArray().Select(node => (string)node!["id"]!));
        Assert.Equal(["A -> C", "A -> B", "B -> D", "C -> D", "D -> New"],
            saved["connections"]!.AsArray().Select(connection => $"{connection!["source"]!["activity"]} -> {connection["target"]!["activity"]}"));
    }

    [Fact]
    public void Saving_from_the_designer_keeps_the_steps_of_a_sequence_as_they_were_put()
    {
        var (before, after) = (Chart.Workflow(Chart.Sequence("S", Chart.Activity("A"), Chart.Activity("B"))), Chart.Workflow(Chart.Sequence("S", Chart.Activity("B"), Chart.Activity("A"))));
        var saved = JsonNode.Parse(DefinitionDocument.Compose(JsonElement.Parse(after), "test", version: 2, JsonElement.Parse(before)))!;
        Assert.Equal(["B", "A"], saved["root"]!["activities"]!.AsArray().Select(node => (string)node!["id"]!));
    }
}
