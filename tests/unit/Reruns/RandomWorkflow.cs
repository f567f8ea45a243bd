using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Tests.Unit.Runs;

namespace Orchestrator.Tests.Unit.Reruns;

/// <summary>
/// Flowcharts in each other, sequences, parallel branches, choices, decisions, switches, forks, joins of every mode, loops that may break, waits for times and
/// events, and activities that read and write variables; the same seed gives the same one.
/// </summary>
sealed partial class RandomWorkflow(int seed)
{
    static readonly string[] Modes = ["Stream", "Merge", "Merge", "Converge", "Race", "Cascade"];

    readonly Random random = new(seed);
    int count;

    public static string Of(int seed)
    {
        var workflow = new RandomWorkflow(seed);
        var root = workflow.Flowchart(2 + workflow.random.Next(7), depth: 0);
        var variables = new JsonArray([.. Enumerable.Range(1, 3).Select(number => (JsonNode)new JsonObject { ["id"] = $"v{number}", ["name"] = $"V{number}", ["typeName"] = "String", ["value"] = "start" })]);
        var json = JsonNode.Parse(Chart.Workflow(root, variables))!.AsObject();
        json["inputs"] = new JsonArray([.. Enumerable.Range(1, 2).Select(number => (JsonNode)new JsonObject { ["name"] = $"i{number}", ["type"] = "String" })]);
        return json.ToJsonString();
    }

    JsonObject Flowchart(int size, int depth)
    {
        var activities = Enumerable.Range(0, size).Select(_ => Activity(depth)).ToList();
        var connections = new JsonArray();
        for (var source = 0; source < size; source++)
        {
            for (var following = random.Next(10) switch { < 1 => 0, < 6 => 1, < 9 => 2, _ => 3 }; following > 0; following--)
            {
                // One connection in ten goes back.
                var target = random.Next(10) == 0 ? random.Next(size) : source + 1 < size ? Math.Min(size - 1, source + 1 + random.Next(3)) : -1;
                if (target < 0) continue;
                connections.Add(new JsonObject
                {
                    ["source"] = new JsonObject { ["activity"] = Id(activities[source]), ["port"] = Port(activities[source]) },
                    ["target"] = new JsonObject { ["activity"] = Id(activities[target]), ["port"] = "In" },
                });
            }
        }
        foreach (var activity in activities.Where(_ => random.Next(2) == 0)) activity["customProperties"] = new JsonObject { ["mergeMode"] = Modes[random.Next(Modes.Length)] };
        return new() { ["id"] = Next("Flowchart"), ["type"] = "Elsa.Flowchart", ["activities"] = new JsonArray([.. activities]), ["connections"] = connections };
    }

    JsonObject Activity(int depth) => random.Next(depth < 2 ? 30 : 22) switch
    {
        < 6 => Working("Job"),
        < 8 => Working("Choice"),
        < 10 => Working("Step"),
        < 12 => Decision(),
        < 14 => Assignment(),
        14 => Chart.Activity(Next("Line")),
        15 => Wait(),
        16 => Choosing(),
        17 => Join(),
        18 => Wait(),
        19 => Choosing(),
        20 => Working("Step"),
        21 => random.Next(6) switch
        {
            0 => Chart.Activity(Next("End")),
            1 => Chart.Activity(Next("Finish")),
            2 => Chart.Activity(Next("Fault")),
            _ => Chart.Activity(Next("Line")),
        },
        22 or 23 => Chart.Sequence(Next("Sequence"), [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Activity(depth + 1))]),
        24 or 25 => Loop(depth),
        26 => Control.Parallel(Next("Parallel"), [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Activity(depth + 1))]),
        27 => Switch(depth),
        28 => new()
        {
            ["id"] = Next("Either"), ["type"] = "Elsa.If", ["condition"] = Condition(),
            ["then"] = Activity(depth + 1), ["else"] = random.Next(3) == 0 ? null : Activity(depth + 1),
        },
        _ => Flowchart(1 + random.Next(3), depth + 1),
    };

    JsonObject Working(string kind) => new()
    {
        ["id"] = Next(kind), ["type"] = $"Test.Simulated{kind}", ["text"] = Value(),
        ["result"] = random.Next(3) == 0 ? new JsonObject { ["typeName"] = "String", ["memoryReference"] = new JsonObject { ["id"] = Variable() } } : null,
    };

    JsonObject Assignment() => new()
    {
        ["id"] = Next("Set"), ["type"] = "Elsa.SetVariable", ["variable"] = new JsonObject { ["id"] = Variable(), ["name"] = "any", ["typeName"] = "String" }, ["value"] = Value(),
    };

    JsonObject Decision() => new() { ["id"] = Next("Decision"), ["type"] = "Elsa.FlowDecision", ["condition"] = Condition() };

    JsonObject Condition() => random.Next(3) switch
    {
        0 => Chart.Input("Boolean", "Literal", random.Next(2) == 0 ? "true" : "false"),
        // Scripts are slow; some are enough.
        1 when random.Next(4) == 0 => Chart.Input("Boolean", "JavaScript", $"getV{random.Next(1, 4).ToString(CultureInfo.InvariantCulture)}().length % 2 == 0"),
        _ => Chart.Input("Boolean", "Literal", random.Next(3) == 0 ? "false" : "true"),
    };

    JsonObject Value() => random.Next(4) switch
    {
        0 => Chart.Input("String", "Literal", Next("text")),
        1 => Chart.Input("String", "Input", $"i{random.Next(1, 3).ToString(CultureInfo.InvariantCulture)}"),
        _ => Chart.Input("String", "Variable", Variable()),
    };

    string Port(JsonObject activity) => activity["type"]!.GetValue<string>() switch
    {
        "Elsa.FlowDecision" => random.Next(2) == 0 ? "True" : "False",
        "Elsa.FlowSwitch" => random.Next(3) switch { 0 => "a", 1 => "b", _ => "Default" },
        "Elsa.FlowFork" => random.Next(2) == 0 ? "a" : "b",
        "Test.SimulatedChoice" => random.Next(2) == 0 ? "Left" : "Right",
        _ => "Done",
    };

    string Variable() => $"v{random.Next(1, 4).ToString(CultureInfo.InvariantCulture)}";

    string Next(string kind) => $"{kind}{(++count).ToString(CultureInfo.InvariantCulture)}";

    static string Id(JsonObject activity) => activity["id"]!.GetValue<string>();
}
