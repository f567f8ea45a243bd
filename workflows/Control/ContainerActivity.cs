using System.Text.Json;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Control;

/// <summary>A control activity that contains others: it decides when it opens and whenever one of them has ended.</summary>
abstract class ContainerActivity : DecidingActivity
{
    /// <summary>Whether its condition must be evaluated before it decides again.</summary>
    public virtual bool IsToEvaluate(ActivityNode node, ExecutionState container) => false;

    /// <summary>The outputs with which it completes; <see langword="null"/> for none.</summary>
    public virtual IReadOnlyDictionary<string, JsonElement>? OutputsOf(ActivityNode node, ExecutionState container) => null;

    /// <summary>Describes what it waits for although it can no longer come.</summary>
    public virtual IEnumerable<string> DescribeDeadEnd(ActivityNode node, ExecutionState container) => [];

    /// <summary>Decides which of its activities are first.</summary>
    protected abstract ContainerAdvanced OnOpen(in ControlContext context);

    /// <summary>Decides what follows an activity that ended.</summary>
    protected abstract ContainerAdvanced OnSettle(in ControlContext context, ExecutionState child, ActivityNode childNode);

    /// <summary>Opens it, and gives the variables that it declares their first values.</summary>
    public ContainerAdvanced Open(in ControlContext context)
    {
        var opened = OnOpen(context);
        return context.Execution.IsOpened || context.Node.Variables.Count == 0 ? opened
            : opened with { Locals = context.Node.Variables.ToDictionary(variable => variable.Id, ValueConversion.InitialValue) };
    }

    /// <summary>Records that an activity in it has ended.</summary>
    public ContainerAdvanced Settle(in ControlContext context, ExecutionState child, ActivityNode childNode)
    {
        if (childNode.Control is not { EndsLoop: true } && !child.IsBreaking) return OnSettle(context, child, childNode);
        return EndOfLoop(context, child) ?? OnSettle(context, child, childNode);
    }

    /// <summary>Completes if nothing in it is open and nothing failed.</summary>
    protected static ContainerAdvanced CompleteWhenEmpty(in ControlContext context, ExecutionState child) =>
        new(context.Number, child.Number, Completes: context.Execution is { OpenChildren: 0, FailedChildren: 0 } ? Done : null);

    /// <summary>
    /// Ends everything between the activity that breaks and the loop around it at once, from the inside out; <see langword="null"/>
    /// outside of loops.
    /// </summary>
    static ContainerAdvanced? EndOfLoop(in ControlContext context, ExecutionState child)
    {
        var loop = context.Node;
        while (loop is not null && loop.Control is not Loop) loop = loop.Parent;
        if (loop is null) return null;
        var open = context.State.OpenBelow(context.Number);
        return new(context.Number, child.Number, Canceled: open.Count == 0 ? null : open, Completes: Done, Breaks: loop != context.Node);
    }
}
