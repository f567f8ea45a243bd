using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Runs;

/// <summary>What a container does when it opens and when a child of it has ended.</summary>
static class ContainerRules
{
    static readonly IReadOnlyList<string> Done = FlowchartRules.Done;

    public static bool IsContainer(ActivityNode node) => node.IsContainer;

    /// <summary>Whether a loop is to evaluate its condition now.</summary>
    public static bool IsToEvaluate(ActivityNode node, ExecutionState container) =>
        node.Type is ControlActivities.While && container is { Error: null, Completing: null, IsEvaluated: false, OpenChildren: 0, FailedChildren: 0 } && node.Body is not null;

    public static ContainerAdvanced Open(WorkflowDefinition definition, ActivityNode node, ExecutionState container, RunState state)
    {
        var opened = node.Type switch
        {
            ControlActivities.Flowchart => FlowchartRules.Open(node, container, state),
            ControlActivities.Sequence => Start(node.Children.Count > 0 ? node.Children[0] : null, child: null, container, state),
            ControlActivities.If => Start(IsTrue(container) ? node.Then : node.Else, child: null, container, state),
            ControlActivities.FlowNode => Start(node.Body, child: null, container, state),
            ControlActivities.Parallel => StartAll(node.Children, container, state),
            ControlActivities.Switch => SwitchRules.Open(node, container, state),
            _ when node.HasAttempts => AnswerRules.Open(definition, node, container, state),
            _ => LoopRules.Open(definition, node, container, state),
        };
        return container.IsOpened || node.Variables.Count == 0 ? opened : opened with { Locals = node.Variables.ToDictionary(variable => variable.Id, ValueConversion.InitialValue) };
    }

    public static ContainerAdvanced Settle(
        WorkflowDefinition definition, ActivityNode node, ExecutionState container, ExecutionState child, ActivityNode childNode, RunState state)
    {
        if ((childNode.Type is ControlActivities.Break || child.IsBreaking) && EndOfLoop(node, container, child, state) is { } end) return end;
        return node.Type switch
        {
            ControlActivities.Flowchart => FlowchartRules.Settle(node, container, child, childNode, state),
            ControlActivities.Sequence => SettleSequence(node, container, child, childNode, state),
            ControlActivities.If or ControlActivities.FlowNode => new(container.Number, child.Number, Completes: Done),
            ControlActivities.Parallel or ControlActivities.Switch or ControlActivities.ParallelForEach => CompleteWhenEmpty(container, child),
            _ when node.HasAttempts => new(container.Number, child.Number, Completes: AnswerRules.OutcomesOf(container)),
            _ => LoopRules.Settle(definition, node, container, child, state),
        };
    }

    /// <summary>What a container gives back when it completes.</summary>
    public static IReadOnlyDictionary<string, JsonElement>? OutputsOf(ActivityNode node, ExecutionState container) => node.Type switch
    {
        ControlActivities.If => new Dictionary<string, JsonElement> { ["Result"] = JsonSerializer.SerializeToElement(IsTrue(container)) },
        ControlActivities.For or ControlActivities.ForEach => LoopRules.OutputsOf(node, container),
        _ => node.HasAttempts ? container.Reused?.Outputs : null,
    };

    public static bool IsTrue(ExecutionState execution) =>
        execution.Inputs.TryGetValue("Condition", out var condition) && condition.ValueKind is JsonValueKind.True;

    public static ContainerAdvanced StartAll(IEnumerable<ActivityNode?> activities, ExecutionState container, RunState state)
    {
        var scheduled = activities.OfType<ActivityNode>().Select((activity, i) => new ScheduledChild(state.Executions.Count + 1 + i, activity.Id)).ToList();
        return scheduled.Count == 0 ? new(container.Number, Child: null, Completes: Done) : new(container.Number, Child: null, scheduled);
    }

    static ContainerAdvanced CompleteWhenEmpty(ExecutionState container, ExecutionState child) =>
        new(container.Number, child.Number, Completes: container is { OpenChildren: 0, FailedChildren: 0 } ? Done : null);

    /// <summary>Everything between the activity that breaks and the loop around it ends at once, from the inside out; null outside of loops.</summary>
    static ContainerAdvanced? EndOfLoop(ActivityNode node, ExecutionState container, ExecutionState child, RunState state)
    {
        var loop = node;
        while (loop is not null && !LoopRules.IsLoop(loop)) loop = loop.Parent;
        if (loop is null) return null;
        var open = state.OpenBelow(container.Number);
        return new(container.Number, child.Number, Canceled: open.Count == 0 ? null : open, Completes: Done, Breaks: !LoopRules.IsLoop(node));
    }

    static ContainerAdvanced SettleSequence(ActivityNode node, ExecutionState container, ExecutionState child, ActivityNode childNode, RunState state)
    {
        if (childNode.Descriptor?.IsTerminal is true || child.Status is not ActivityStatus.Succeeded) return new(container.Number, child.Number, Completes: Done);
        return Start(childNode.Position + 1 < node.Children.Count ? node.Children[childNode.Position + 1] : null, child.Number, container, state);
    }

    static ContainerAdvanced Start(ActivityNode? next, int? child, ExecutionState container, RunState state) => next is null
        ? new(container.Number, child, Completes: Done)
        : new(container.Number, child, [new(state.Executions.Count + 1, next.Id)]);
}
