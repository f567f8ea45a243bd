using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Unit.Definitions;

public sealed class ElsaJsonTests
{
    public static TheoryData<string> Documents => [.. Stock.DocumentNames];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Definition_round_trips_unchanged(string path)
    {
        var document = Repository.Read(path);

        var saved = WorkflowDefinition.Parse(document, Stock.Registry).ToJson();

        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(document), JsonElement.Parse(saved)));
        Assert.Equal(saved, WorkflowDefinition.Parse(saved, Stock.Registry).ToJson());
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Definition_of_ours_is_in_order(string path) => Assert.Empty(DefinitionValidator.Validate(Repository.Read(path), Stock.Registry));

    [Fact]
    public void Definitions_that_stock_Elsa_wrote_are_read_and_round_trip()
    {
        var folder = Path.Combine(Repository.Root, "..", "shared", "elsa-api");
        if (!Directory.Exists(folder) && Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail($"The recorded samples are missing: '{folder}'.");
        Assert.SkipUnless(Directory.Exists(folder), $"The recorded samples are missing: '{folder}'.");
        var documents = new[] { "samples", "upstream" }.SelectMany(name => Directory.EnumerateFiles(Path.Combine(folder, name), "*.json"))
            .SelectMany(file => DefinitionsIn(JsonElement.Parse(File.ReadAllText(file)))).ToList();

        Assert.InRange(documents.Count, 20, int.MaxValue);
        Assert.All(documents, document =>
        {
            var definition = WorkflowDefinition.Parse(document.GetRawText(), ControlActivities.NewRegistry());
            Assert.NotEmpty(definition.Activities);
            Assert.True(JsonElement.DeepEquals(document, JsonElement.Parse(definition.ToJson())));
        });
    }

    [Fact]
    public void Flowchart_is_read_with_its_activities_and_connections()
    {
        var definition = WorkflowDefinition.Parse(Stock.Document("restock"), Stock.Registry);

        Assert.Equal(("restock", "Restock a shelf", 4), (definition.DefinitionId, definition.Name, definition.Version));
        Assert.Equal(["Start1", "AddBox", "IsFull", "TellPeople", "TellMachine", "Done"], definition.Root.Children.Select(child => child.Id));
        Assert.Equal("Workflow1:flowchart1:TellMachine:Sequence1:SayIt", definition.Activities["SayIt"].NodeId);
        Assert.Equal("$.root.activities[4].then.activities[1]", definition.Activities["SayIt"].Path.ToString());
        Assert.Equal(("AddBox", "Done", "IsFull", "In"), Ends(definition.Root.Connections[1]));
        Assert.Equal(MergeMode.Merge, definition.Activities["Done"].MergeMode);
        Assert.Equal("boxes", definition.Activities["AddBox"].Inputs["Variable"].Bare.GetProperty("id").GetString());
        Assert.Equal("notes", definition.Activities["TellMachine"].OutputTargets["Result"]);
        Assert.Null(definition.Activities["TellMachine"].Ports.GetValueOrDefault("Else"));
        Assert.Equal(2, definition.Activities["TellMachine"].RetryPolicy.Attempts);
        Assert.Equal(("Notes", "String", true), definition.Variables.Select(variable => (variable.Name, variable.TypeName, variable.IsArray)).Last());
    }

    [Fact]
    public void Activity_that_is_not_known_and_connection_that_leads_nowhere_are_read_as_Elsa_does()
    {
        var definition = WorkflowDefinition.Parse(
            Stock.Flow([Stock.Activity("A0", "Elsa.HttpEndpoint"), Stock.Activity("A1", "Elsa.WriteLine")], [Stock.Connect("A0", "A1"), Stock.Connect("A1", "A9")]), Stock.Registry);

        Assert.Null(definition.Activities["A0"].Descriptor);
        Assert.Single(definition.Root.Connections);
    }

    [Fact]
    public void Task_is_a_job_where_the_definition_says_so()
    {
        var inline = Stock.Activity("A0", "Test.ShipStock");
        var job = Stock.Activity("A1", "Test.ShipStock", ""","customProperties":{"runAsynchronously":true}""");

        var definition = WorkflowDefinition.Parse(Stock.Flow([inline, job], []), Stock.Registry);

        Assert.Equal((ActivityKind.Action, 1), (definition.Activities["A0"].Kind, definition.Activities["A0"].RetryPolicy.Attempts));
        Assert.Equal((ActivityKind.Job, 3), (definition.Activities["A1"].Kind, definition.Activities["A1"].RetryPolicy.Attempts));
    }

    [Fact]
    public void Document_that_is_no_definition_is_refused_with_all_reasons()
    {
        var failure = Assert.Throws<InvalidDefinitionException>(() => WorkflowDefinition.Parse("""{"name":7,"root":{"type":"Elsa.WriteLine"}}""", Stock.Registry));

        Assert.Equal(
        [
            "$.name: 'name' is a number, but must be a text.",
            "$.root.id: 'id' is missing. Give an id that no other activity of the definition has.",
            "$.definitionId: 'definitionId' is missing. Give the workflow's id, such as \"monthly-sales\".",
        ], failure.Problems.Select(problem => problem.ToString()));
    }

    static (string, string, string, string) Ends(Connection connection) => (connection.Source.Id, connection.SourcePort, connection.Target.Id, connection.TargetPort);

    static IEnumerable<JsonElement> DefinitionsIn(JsonElement document) => document.ValueKind switch
    {
        JsonValueKind.Object when document.TryGetProperty("definitionId", out _) && document.TryGetProperty("root", out var root) && root.ValueKind is JsonValueKind.Object => [document],
        JsonValueKind.Object => document.EnumerateObject().SelectMany(property => DefinitionsIn(property.Value)),
        JsonValueKind.Array => document.EnumerateArray().SelectMany(DefinitionsIn),
        JsonValueKind.Undefined or JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null or _ => [],
    };
}
