using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Tests.Unit.Definitions;

public sealed class ElsaJsonTests
{
    const string TwoLines = """
        {"definitionId":"two-lines","name":"Two lines","version":3,"x-owner":{"team":"sales"},
         "variables":[{"id":"v1","name":"Greeting","typeName":"String","isArray":false,"value":"Hello"}],
         "root":{"id":"flowchart1","type":"Elsa.Flowchart","version":1,"activities":[
           {"id":"WriteLine1","type":"Elsa.WriteLine","version":1,"text":{"typeName":"String","expression":{"type":"Literal","value":"A"}}},
           {"id":"WriteLine2","type":"Elsa.WriteLine","version":1,"text":{"typeName":"String","expression":{"type":"JavaScript","value":"getGreeting()"}}}],
          "connections":[{"source":{"activity":"WriteLine1","port":"Done"},"target":{"activity":"WriteLine2","port":"In"}}]}}
        """;

    [Fact]
    public void Definition_is_read_with_its_activities_and_connections()
    {
        var definition = WorkflowDefinition.Parse(TwoLines, new ActivityRegistry());

        Assert.Equal(("two-lines", "Two lines", 3), (definition.DefinitionId, definition.Name, definition.Version));
        Assert.Equal(["Workflow1:flowchart1:WriteLine1", "Workflow1:flowchart1:WriteLine2"], definition.Root.Children.Select(child => child.NodeId));
        Assert.Equal("$.root.activities[1]", definition.Activities["WriteLine2"].Path.ToString());
        Assert.Equal("getGreeting()", definition.Activities["WriteLine2"].Inputs["Text"].Expression!.Value.GetString());
        var connection = Assert.Single(definition.Root.Connections);
        Assert.Equal(("WriteLine1", "Done", "WriteLine2", "In"), (connection.Source.Id, connection.SourcePort, connection.Target.Id, connection.TargetPort));
    }

    [Fact]
    public void Definition_round_trips_unchanged()
    {
        var saved = WorkflowDefinition.Parse(TwoLines, new ActivityRegistry()).ToJson();

        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(TwoLines), JsonElement.Parse(saved)));
    }
}
