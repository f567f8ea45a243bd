using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Runs;

/// <summary>How loops go on. A pass is one execution of the body, so how many passes have begun is the whole state of a loop.</summary>
static class LoopRules
{
    /// <summary>Name of the item or number of a pass, which its body sees as a variable.</summary>
    public const string CurrentValue = "CurrentValue";

    /// <summary>Name of the place of the item, from 0.</summary>
    public const string CurrentIndex = "CurrentIndex";

    static readonly IReadOnlyList<string> Done = FlowchartRules.Done;

    public static bool IsLoop(ActivityNode node) =>
        node.Type is ControlActivities.For or ControlActivities.ForEach or ControlActivities.ParallelForEach or ControlActivities.While;

    public static ContainerAdvanced Open(WorkflowDefinition definition, ActivityNode node, ExecutionState loop, RunState state) => node.Type switch
    {
        ControlActivities.ParallelForEach => OpenAll(node, loop, state),
        ControlActivities.While => ContainerRules.IsTrue(loop) && node.Body is { } body
            ? new(loop.Number, Child: null, [new(state.Executions.Count + 1, body.Id)])
            : new(loop.Number, Child: null, Completes: Done),
        _ => Pass(definition, node, loop, child: null, state),
    };

    public static ContainerAdvanced Settle(WorkflowDefinition definition, ActivityNode node, ExecutionState loop, ExecutionState child, RunState state) =>
        // The condition of the next pass is evaluated first.
        node.Type is ControlActivities.While ? new(loop.Number, child.Number) : Pass(definition, node, loop, child.Number, state);

    /// <summary>The item or number of the last pass; null where there was none.</summary>
    public static IReadOnlyDictionary<string, JsonElement>? OutputsOf(ActivityNode node, ExecutionState loop) =>
        loop.Children > 0 && ValueOf(node, loop, loop.Children - 1) is { } last ? new Dictionary<string, JsonElement> { [CurrentValue] = last } : null;

    static ContainerAdvanced Pass(WorkflowDefinition definition, ActivityNode node, ExecutionState loop, int? child, RunState state)
    {
        if (node.Body is not { } body || ValueOf(node, loop, loop.Children) is not { } value) return new(loop.Number, child, Completes: Done);
        var outputs = new Dictionary<string, JsonElement> { [CurrentValue] = value };
        return new(loop.Number, child, [new(state.Executions.Count + 1, body.Id, Seen(node, value, loop.Children))], Variables: VariablesInScope.Written(definition, node, outputs));
    }

    static ContainerAdvanced OpenAll(ActivityNode node, ExecutionState loop, RunState state)
    {
        if (node.Body is not { } body || !loop.Inputs.TryGetValue("Items", out var items) || items.ValueKind is not JsonValueKind.Array || items.GetArrayLength() == 0)
            return new(loop.Number, Child: null, Completes: Done);
        return new(loop.Number, Child: null, [.. items.EnumerateArray().Select((item, i) => new ScheduledChild(state.Executions.Count + 1 + i, body.Id, Seen(node, item, i)))]);
    }

    static Dictionary<string, JsonElement> Seen(ActivityNode node, JsonElement value, int index)
    {
        var seen = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { [CurrentValue] = value };
        if (node.Type is not ControlActivities.For) seen[CurrentIndex] = JsonSerializer.SerializeToElement(index);
        return seen;
    }

    static JsonElement? ValueOf(ActivityNode node, ExecutionState loop, int pass)
    {
        if (node.Type is ControlActivities.For) return NumberOf(loop, pass) is { } number ? JsonSerializer.SerializeToElement(number) : null;
        return loop.Inputs.TryGetValue("Items", out var items) && items.ValueKind is JsonValueKind.Array && pass < items.GetArrayLength() ? items[pass] : null;
    }

    static long? NumberOf(ExecutionState loop, int pass)
    {
        var (end, step) = (Integer("End") ?? 0, Integer("Step") ?? 1);
        var number = (Integer("Start") ?? 0) + (step * pass);
        var isInclusive = !loop.Inputs.TryGetValue("OuterBoundInclusive", out var inclusive) || inclusive.ValueKind is not JsonValueKind.False;
        var isPast = step >= 0 ? number > end : number < end;
        return isPast || (number == end && !isInclusive) ? null : number;

        long? Integer(string name) => loop.Inputs.TryGetValue(name, out var value) && value.ValueKind is JsonValueKind.Number ? value.GetInt64() : null;
    }
}
