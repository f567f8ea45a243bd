namespace Orchestrator.Workflows.Journal;

sealed partial class RunState
{
    readonly Dictionary<(string ActivityId, int Ordinal), ReusedExecution> reusable = [];
    readonly Dictionary<(string ActivityId, int Ordinal), long> redone = [];

    /// <summary>Returns the time at which the execution's counterpart in the source ended; after everything else if it has none.</summary>
    public long OrderOf(ExecutionState execution) => redone.GetValueOrDefault((execution.ActivityId, execution.Ordinal), long.MaxValue);

    void Create(RunCreated happened)
    {
        (Created, CorrelationId) = (happened, happened.CorrelationId);
        Write(number: null, happened.Variables);
        if (happened.Reuse is not { } reuse) return;
        foreach (var kept in reuse.Executions) reusable[(kept.ActivityId, kept.Ordinal)] = kept;
        foreach (var again in reuse.Redone) redone[(again.ActivityId, again.Ordinal)] = again.Order;
    }

    /// <summary>Only the successors of reused executions are reused themselves.</summary>
    ReusedExecution? FindReused(string activityId, int ordinal, int? parent, int? trigger)
    {
        if (Created?.Reuse is not { } reuse || !reusable.TryGetValue((activityId, ordinal), out var kept)) return null;
        var isRetraced = reuse.IsOnly || parent is null
            || (trigger is { } before ? this[before] is { Reused: not null, HoldsExecuted: false } : this[parent.Value].Reused is not null);
        return isRetraced ? kept : null;
    }

    /// <summary>Containers around an execution that is not reused no longer count as reused.</summary>
    void NoteExecuted(ExecutionState execution)
    {
        if (Created?.Reuse is null || execution.Reused is not null) return;
        for (var parent = execution.Parent; parent is { } above; parent = this[above].Parent) this[above].HoldsExecuted = true;
    }
}
