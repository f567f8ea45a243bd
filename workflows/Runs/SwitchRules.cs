using System.Text.Json;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Runs;

/// <summary>Which cases of a switch count. Their conditions were evaluated when it started: <c>Cases</c> is a list of true and false, as far as anybody looked.</summary>
static class SwitchRules
{
    /// <summary>Name under which the evaluated conditions are recorded.</summary>
    public const string Cases = "Cases";

    public static bool MatchesAny(IReadOnlyDictionary<string, JsonElement> inputs) =>
        inputs.TryGetValue("Mode", out var mode) && mode.ValueKind is JsonValueKind.String && mode.GetString() is "MatchAny";

    /// <summary>The outcomes of <c>Elsa.FlowSwitch</c>.</summary>
    public static IReadOnlyList<string> Outcomes(ActivityNode node, ExecutionState execution) =>
        Matching(node, execution).Select(one => one.Label).ToList() is { Count: > 0 } labels ? labels : ["Default"];

    public static ContainerAdvanced Open(ActivityNode node, ExecutionState container, RunState state)
    {
        var matching = Matching(node, container);
        return ContainerRules.StartAll(matching.Count > 0 ? matching.Select(one => one.Activity) : [node.Ports.GetValueOrDefault("Default")], container, state);
    }

    static List<SwitchCase> Matching(ActivityNode node, ExecutionState execution) => !execution.Inputs.TryGetValue(Cases, out var results) ? []
        : [.. node.Cases.Zip(results.EnumerateArray()).Where(pair => pair.Second.ValueKind is JsonValueKind.True).Select(pair => pair.First)];
}
