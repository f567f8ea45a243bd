using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Runs;

/// <summary>What a container does when it opens and when a child of it has ended.</summary>
static class ContainerRules
{
    static readonly IReadOnlyList<string> Done = FlowchartRules.Done;

    public static bool IsContainer(ActivityNode node) => node.Type is ControlActivities.Flowchart or ControlActivities.Sequence or ControlActivities.If;

    public static ContainerAdvanced Open(ActivityNode node, ExecutionState container, RunState state) => node.Type switch
    {
        ControlActivities.Flowchart => FlowchartRules.Open(node, container, state),
        ControlActivities.Sequence => Start(node.Children.Count > 0 ? node.Children[0] : null, child: null, container, state),
        ControlActivities.If => Start(IsTrue(container) ? node.Then : node.Else, child: null, container, state),
        _ => throw new InvalidOperationException($"{node.Type} is no container."),
    };

    public static ContainerAdvanced Settle(ActivityNode node, ExecutionState container, ExecutionState child, ActivityNode childNode, RunState state) => node.Type switch
    {
        ControlActivities.Flowchart => FlowchartRules.Settle(node, container, child, childNode, state),
        ControlActivities.Sequence => SettleSequence(node, container, child, childNode, state),
        ControlActivities.If => new(container.Number, child.Number, Completes: Done),
        _ => throw new InvalidOperationException($"{node.Type} is no container."),
    };

    /// <summary>What a container gives back when it completes.</summary>
    public static IReadOnlyDictionary<string, JsonElement>? OutputsOf(ActivityNode node, ExecutionState container) =>
        node.Type is ControlActivities.If ? new Dictionary<string, JsonElement> { ["Result"] = JsonSerializer.SerializeToElement(IsTrue(container)) } : null;

    public static bool IsTrue(ExecutionState execution) =>
        execution.Inputs.TryGetValue("Condition", out var condition) && condition.ValueKind is JsonValueKind.True;

    static ContainerAdvanced SettleSequence(ActivityNode node, ExecutionState container, ExecutionState child, ActivityNode childNode, RunState state)
    {
        if (childNode.Descriptor?.IsTerminal is true || child.Status is not ActivityStatus.Succeeded) return new(container.Number, child.Number, Completes: Done);
        var next = node.Children.SkipWhile(other => !ReferenceEquals(other, childNode)).Skip(1).FirstOrDefault();
        return Start(next, child.Number, container, state);
    }

    static ContainerAdvanced Start(ActivityNode? next, int? child, ExecutionState container, RunState state) => next is null
        ? new(container.Number, child, Completes: Done)
        : new(container.Number, child, [new(state.Executions.Count + 1, next.Id)]);
}
