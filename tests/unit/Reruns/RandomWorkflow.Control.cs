using System.Text.Json.Nodes;
using Orchestrator.Tests.Unit.Runs;

namespace Orchestrator.Tests.Unit.Reruns;

// What waits, loops and chooses among several.
sealed partial class RandomWorkflow
{
    JsonObject Wait() => random.Next(2) == 0
        ? Control.Of("Delay", Next("Delay"), ("timeSpan", "01:00:00"))
        : With(Control.Of("Event", Next("Event"), ("eventName", "go")), "result", random.Next(2) == 0 ? Result() : null);

    JsonObject Choosing() => random.Next(3) == 0
        ? Control.Of("FlowFork", Next("Fork"), ("branches", Chart.Input("Object", "Literal", new JsonArray("a", "b"))))
        : With(Control.Of("FlowSwitch", Next("Flow"), ("mode", Mode())), "cases", Cases(_ => null));

    JsonObject Join() => Control.Of("FlowJoin", Next("Join"), ("mode", random.Next(4) switch { 0 => "WaitAny", 1 => "WaitAllActive", _ => "WaitAll" }));

    JsonObject Switch(int depth)
    {
        var choice = With(Control.Of("Switch", Next("Switch"), ("mode", Mode())), "cases", Cases(_ => Activity(depth + 1)));
        return With(choice, "default", random.Next(2) == 0 ? Activity(depth + 1) : null);
    }

    JsonObject Loop(int depth)
    {
        var body = random.Next(3) == 0 ? Activity(depth + 1) : Chart.Sequence(Next("Sequence"), Activity(depth + 1), MayBreak(), Activity(depth + 1));
        return random.Next(4) switch
        {
            0 => Control.Of("For", Next("For"), ("start", 1), ("end", random.Next(4)), ("body", body)),
            1 => Control.Of("ParallelForEach", Next("All"), ("items", Items()), ("body", body)),
            // Without the break it would never end.
            2 => Control.Of("While", Next("While"), ("condition", random.Next(3) > 0), ("body", Chart.Sequence(Next("Sequence"), body, Control.Of("Break", Next("Break"))))),
            _ => Control.Of("ForEach", Next("Each"), ("items", Items()), ("body", body)),
        };
    }

    JsonObject MayBreak() => random.Next(3) == 0
        ? new() { ["id"] = Next("Either"), ["type"] = "Elsa.If", ["condition"] = Condition(), ["then"] = Control.Of("Break", Next("Break")) }
        : Chart.Activity(Next("Line"));

    JsonObject Items() => Chart.Input("Object", "Object", new JsonArray([.. Enumerable.Range(1, random.Next(4)).Select(item => (JsonNode)$"item{item}")]));

    JsonArray Cases(Func<string, JsonObject?> activityOf) => new([.. new[] { "a", "b" }.Select(label => (JsonNode)new JsonObject
    {
        ["label"] = label, ["condition"] = new JsonObject { ["type"] = "Literal", ["value"] = random.Next(2) == 0 }, ["activity"] = activityOf(label),
    })]);

    string Mode() => random.Next(2) == 0 ? "MatchFirst" : "MatchAny";

    JsonObject Result() => new() { ["typeName"] = "String", ["memoryReference"] = new JsonObject { ["id"] = Variable() } };

    static JsonObject With(JsonObject activity, string property, JsonNode? value)
    {
        if (value is not null) activity[property] = value;
        return activity;
    }
}
