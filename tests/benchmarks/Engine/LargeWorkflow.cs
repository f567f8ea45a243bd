using System.Text.Json.Nodes;

namespace Orchestrator.Benchmarks.Engine;

/// <summary>Workflows of many activities. Those that the runtime carries out itself write a line and set a variable that the next line shows, in turn.</summary>
static class LargeWorkflow
{
    /// <summary>One after the other in a sequence.</summary>
    public static string Sequence(int activities) => Workflow(new JsonObject
    {
        ["id"] = "Sequence1",
        ["type"] = "Elsa.Sequence",
        ["activities"] = Activities(activities),
    });

    /// <summary>One after the other in a flowchart.</summary>
    public static string Row(int activities) => Workflow(Flowchart(Activities(activities), Enumerable.Range(1, activities - 1).Select(number => (number, number + 1))));

    /// <summary>The first leads to all but the last, which waits for all of them.</summary>
    public static string Wide(int activities)
    {
        var all = Activities(activities);
        all[^1]!["customProperties"] = new JsonObject { ["mergeMode"] = "Merge" };
        var between = Enumerable.Range(2, activities - 2).ToList();
        return Workflow(Flowchart(all, between.Select(number => (1, number)).Concat(between.Select(number => (number, activities)))));
    }

    /// <summary>Jobs in a row, each of which a worker executes.</summary>
    public static string Jobs(int count) => Workflow(Flowchart(
        new([.. Enumerable.Range(1, count).Select(number => (JsonNode)new JsonObject { ["id"] = $"A{number}", ["type"] = "Bench.Step", ["text"] = Input("Literal", "a value of some length") })]),
        Enumerable.Range(1, count - 1).Select(number => (number, number + 1))));

    static string Workflow(JsonObject root) => new JsonObject
    {
        ["definitionId"] = "large",
        ["name"] = "Large",
        ["variables"] = new JsonArray(new JsonObject { ["id"] = "text", ["name"] = "Text", ["typeName"] = "String", ["value"] = "first" }),
        ["root"] = root,
    }.ToJsonString();

    static JsonArray Activities(int count) => new([.. Enumerable.Range(1, count).Select(number => (JsonNode)(number % 2 == 0
        ? new JsonObject { ["id"] = $"A{number}", ["type"] = "Elsa.SetVariable", ["variable"] = new JsonObject { ["id"] = "text", ["name"] = "Text", ["typeName"] = "String" }, ["value"] = Input("Literal", $"value {number}") }
        : new JsonObject { ["id"] = $"A{number}", ["type"] = "Elsa.WriteLine", ["text"] = Input("Variable", new JsonObject { ["id"] = "text", ["name"] = "Text" }) }))]);

    static JsonObject Input(string language, JsonNode value) =>
        new() { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = language, ["value"] = value } };

    static JsonObject Flowchart(JsonArray activities, IEnumerable<(int From, int To)> connections) => new()
    {
        ["id"] = "Flowchart1",
        ["type"] = "Elsa.Flowchart",
        ["activities"] = activities,
        ["connections"] = new JsonArray([.. connections.Select(connection => (JsonNode)new JsonObject
        {
            ["source"] = new JsonObject { ["activity"] = $"A{connection.From}", ["port"] = "Done" },
            ["target"] = new JsonObject { ["activity"] = $"A{connection.To}", ["port"] = "In" },
        })]),
    };
}
