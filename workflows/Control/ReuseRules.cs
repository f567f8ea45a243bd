using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Control;

/// <summary>
/// Repeats the part of an earlier run that a rerun reuses: each activity has its turn as usual, then ends as it did in the source and in
/// the order in which it ended there, so that joins, races and variables come out the same.
/// </summary>
static class ReuseRules
{
    /// <summary>Returns the event that replaces an execution whose turn has come; null if it executes.</summary>
    public static RunEvent? Turn(ActivityNode node, ExecutionState queued, RunState state)
    {
        if (state.Created?.Reuse is not { } reuse) return null;
        if (queued.Reused is { } kept)
            return new ActivityReused(queued.Number, kept.FromRun, kept.FromNumber, kept.At, kept.Inputs, kept.StartVariables, kept.Materializations, kept.CodeVersion);
        if (!reuse.Never.Contains(node.Id, StringComparer.Ordinal)) return null;
        return reuse.IsOnly
            ? new ActivityCanceled(queued.Number)
            : new ActivityFaulted(queued.Number, new("rerun.diverged",
                $"'{node.Id}' was to be reused, but this run came to it another time than the earlier one. Nothing was executed; rerun the whole run.", node.Id));
    }

    /// <summary>
    /// The end that is next among the activities that are being retraced; null if there is none, or something that ended before it still
    /// executes.
    /// </summary>
    public static RunEvent? End(WorkflowDefinition definition, RunState state)
    {
        if (state.Created?.Reuse is null) return null;
        ExecutionState? first = null;
        var redone = long.MaxValue;
        foreach (var execution in state.Live.Select(number => state[number]))
        {
            if (definition.Activities[execution.ActivityId].IsContainer) continue;
            if (execution.Reused is null) redone = Math.Min(redone, state.OrderOf(execution));
            else if (first is null || execution.Reused.Order < first.Reused!.Order) first = execution;
        }
        if (first?.Reused is not { } kept || redone < kept.Order) return null;
        return kept.IsCancelled
            ? new ActivityCanceled(first.Number)
            : new ActivityCompleted(first.Number, kept.Outcomes, kept.Outputs, kept.Variables, kept.Metrics, EndsRun: kept.EndsRun);
    }
}
