using System.Text.Json.Nodes;

namespace Orchestrator.Tests.Unit.Runs;

/// <summary>
/// Writes definitions in short. Ids say what an activity is: <c>Job…</c>, <c>Choice…</c> (a job that chooses), <c>If…</c> (a decision), <c>Finish…</c>, <c>End…</c>, <c>Fault…</c>, <c>Start…</c>;
/// all others write a line.
/// </summary>
static class Chart
{
    /// <param name="connections">Such as <c>A -> B</c> or <c>If1:True -> B</c>; a single id is an activity without connection.</param>
    public static string Of(params string[] connections) => Of(new Dictionary<string, string>(), connections);

    /// <param name="mergeModes">Activity id → merge mode.</param>
    public static string Of(IReadOnlyDictionary<string, string> mergeModes, params string[] connections)
    {
        var ids = new List<string>();
        var links = new JsonArray();
        foreach (var connection in connections)
        {
            var ends = connection.Split(" -> ");
            var source = ends[0].Split(':');
            ids.Add(source[0]);
            if (ends.Length == 1) continue;
            ids.Add(ends[1]);
            links.Add(new JsonObject
            {
                ["source"] = new JsonObject { ["activity"] = source[0], ["port"] = source.Length > 1 ? source[1] : "Done" },
                ["target"] = new JsonObject { ["activity"] = ends[1], ["port"] = "In" },
            });
        }
        var activities = new JsonArray([.. ids.Distinct().Select(id =>
        {
            var activity = Activity(id);
            if (mergeModes.TryGetValue(id, out var mode)) activity["customProperties"] = new JsonObject { ["mergeMode"] = mode };
            return activity;
        })]);
        return Workflow(new JsonObject { ["id"] = "Flowchart1", ["type"] = "Elsa.Flowchart", ["activities"] = activities, ["connections"] = links });
    }

    public static string Workflow(JsonObject root, JsonArray? variables = null) =>
        new JsonObject { ["definitionId"] = "test", ["name"] = "Test", ["variables"] = variables ?? [], ["root"] = root }.ToJsonString();

    public static JsonObject Sequence(string id, params JsonNode[] activities) =>
        new() { ["id"] = id, ["type"] = "Elsa.Sequence", ["activities"] = new JsonArray(activities) };

    public static JsonObject Activity(string id) => new()
    {
        ["id"] = id,
        ["type"] = id switch
        {
            _ when id.StartsWith("Job", StringComparison.Ordinal) => "Test.SimulatedJob",
            _ when id.StartsWith("Choice", StringComparison.Ordinal) => "Test.SimulatedChoice",
            _ when id.StartsWith("If", StringComparison.Ordinal) => "Elsa.FlowDecision",
            _ when id.StartsWith("Finish", StringComparison.Ordinal) => "Elsa.Finish",
            _ when id.StartsWith("End", StringComparison.Ordinal) => "Elsa.End",
            _ when id.StartsWith("Fault", StringComparison.Ordinal) => "Elsa.Fault",
            _ when id.StartsWith("Start", StringComparison.Ordinal) => "Elsa.Start",
            _ => "Elsa.WriteLine",
        },
        // A decision whose id ends in T is true.
        ["condition"] = id.StartsWith("If", StringComparison.Ordinal) ? Input("Boolean", "Literal", id.EndsWith('T') ? "true" : "false") : null,
    };

    public static JsonObject Input(string typeName, string language, JsonNode? value) =>
        new() { ["typeName"] = typeName, ["expression"] = new JsonObject { ["type"] = language, ["value"] = value } };
}
