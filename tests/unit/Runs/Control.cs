using System.Text.Json.Nodes;

namespace Orchestrator.Tests.Unit.Runs;

/// <summary>Writes control activities in short, for <see cref="Chart.Workflow"/>.</summary>
static class Control
{
    /// <summary>An activity; inputs are literals, or scripts where the text begins with <c>js:</c>, and inner activities where the value is one.</summary>
    public static JsonObject Of(string type, string id, params (string Name, JsonNode? Value)[] properties)
    {
        var activity = new JsonObject { ["id"] = id, ["type"] = $"Elsa.{type}" };
        foreach (var (name, value) in properties)
            if (value is not null) activity[name] = value is JsonObject or JsonArray ? value : Expression(value);
        return activity;
    }

    public static JsonObject Line(string id, string text) => Of("WriteLine", id, ("text", text));

    public static JsonObject Expression(JsonNode? value) => value is JsonValue && value.GetValueKind() is System.Text.Json.JsonValueKind.String && (string)value! is var text && text.StartsWith("js:", StringComparison.Ordinal)
        ? Chart.Input("Object", "JavaScript", text[3..])
        : Chart.Input("Object", "Literal", value);

    public static JsonObject Parallel(string id, params JsonNode[] activities) => new() { ["id"] = id, ["type"] = "Elsa.Parallel", ["activities"] = new JsonArray(activities) };

    public static JsonObject Case(string label, string script, JsonObject? activity = null) =>
        new() { ["label"] = label, ["condition"] = new JsonObject { ["type"] = "JavaScript", ["value"] = script }, ["activity"] = activity };

    public static JsonObject Variable(string id, string type, JsonNode? value) => new() { ["id"] = id, ["name"] = id, ["typeName"] = type, ["value"] = value };

    public static SimulatedRun Run(JsonObject root, params JsonNode[] variables) => new SimulatedRun(Chart.Workflow(root, new JsonArray(variables))).Advance();

    /// <summary>A flowchart of these activities; connections are written <c>A -> B</c> or <c>A:Port -> B</c>.</summary>
    public static JsonObject Flow(JsonObject[] activities, params string[] connections)
    {
        var links = connections.Select(connection =>
        {
            var ends = connection.Split(" -> ");
            var source = ends[0].Split(':');
            return (JsonNode)new JsonObject
            {
                ["source"] = new JsonObject { ["activity"] = source[0], ["port"] = source.Length > 1 ? source[1] : "Done" },
                ["target"] = new JsonObject { ["activity"] = ends[1], ["port"] = "In" },
            };
        });
        return new() { ["id"] = "Flowchart1", ["type"] = "Elsa.Flowchart", ["activities"] = new JsonArray([.. activities]), ["connections"] = new JsonArray([.. links]) };
    }
}
