using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Tests.Unit.Definitions;

/// <summary>Activities and documents that the tests of definitions work with.</summary>
static class Stock
{
    public static ActivityRegistry Registry { get; } = ControlActivities.NewRegistry().Add<CountStock>().Add<ShipStock>();

    public static IEnumerable<string> DocumentNames => Repository.Files(".json").Where(path => path.StartsWith("tests/data/elsa/", StringComparison.Ordinal));

    public static string Document(string name) => Repository.Read($"tests/data/elsa/{name}.json");

    /// <summary>A definition with these activities in a flowchart, each connected to the next.</summary>
    public static string Flow(params string[] activities) => Flow(activities, [.. activities.Skip(1).Select((_, i) => Connect($"A{i}", $"A{i + 1}"))]);

    public static string Flow(string[] activities, string[] connections, string more = "") => $$$"""
        {"definitionId":"stock"{{{more}}},"root":{"id":"flow","type":"Elsa.Flowchart","activities":[{{{string.Join(",", activities)}}}],"connections":[{{{string.Join(",", connections)}}}]}}
        """;

    public static string Connect(string source, string target, string port = "Done") =>
        $$$"""{"source":{"activity":"{{{source}}}","port":"{{{port}}}"},"target":{"activity":"{{{target}}}","port":"In"}}""";

    public static string Activity(string id, string type, string properties = "") => $$"""{"id":"{{id}}","type":"{{type}}"{{properties}}}""";

    public static string Given(string input, string type, string value) => $$$$""","{{{{input}}}}":{"typeName":"Object","expression":{"type":"{{{{type}}}}","value":{{{{value}}}}}}""";
}

public sealed record Counted(int Boxes, decimal Share);

public sealed record CountRule(string Unit, decimal Share);

[Activity("Test", "Stock", "Counts the boxes of a shelf.", Kind = ActivityKind.Job)]
public sealed class CountStock : CodeActivity
{
    [Input(IsRequired = true)] public Input<string> Shelf { get; set; } = default!;

    [Input(DefaultValue = 100)] public Input<int> Limit { get; set; } = default!;

    [Input] public Input<CountRule> Rule { get; set; } = default!;

    [Input(Options = ["box", "pallet"])] public Input<string> Unit { get; set; } = default!;

    [Input] public Input<DateOnly> Day { get; set; } = default!;

    [Output] public Output<Counted> Counted { get; set; } = default!;
}

[FlowNode("Shipped", "Refused")]
[Activity("Test", "Stock", "Ships what was counted.", Kind = ActivityKind.Task)]
public sealed class ShipStock : CodeActivity
{
    [Input] public Input<Counted> Counted { get; set; } = default!;
}
