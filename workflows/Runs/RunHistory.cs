using System.Text.Json;

namespace Orchestrator.Workflows.Runs;

/// <summary>
/// What happened in a run, for those who look at it: the journal, folded for reading. <see cref="RunState"/> folds the same journal to go on with; here nothing
/// is decided, and containers that a run left open stay open.
/// </summary>
public sealed class RunHistory
{
    readonly List<ExecutionHistory> executions;
    readonly List<HistoryEvent> events;
    readonly Dictionary<string, JsonElement> variables, outputs;
    bool isStarted, isEndedByActivity;

    RunHistory(RunHistory? before)
    {
        executions = [.. (before?.executions ?? []).Select(execution => execution.Copy())];
        events = [.. before?.events ?? []];
        variables = new(before?.variables ?? [], StringComparer.Ordinal);
        outputs = new(before?.outputs ?? [], StringComparer.Ordinal);
        if (before is null) return;
        (isStarted, isEndedByActivity) = (before.isStarted, before.isEndedByActivity);
        (Inputs, Name, CorrelationId, LastAt, Sequence) = (before.Inputs, before.Name, before.CorrelationId, before.LastAt,
            before.Sequence);
    }

    /// <summary>That of a run in which nothing happened.</summary>
    public static RunHistory Empty { get; } = new(before: null);

    /// <summary>All executions that were scheduled; the one with number n at n − 1.</summary>
    public IReadOnlyList<ExecutionHistory> Executions => executions;

    /// <summary>What happened, in order.</summary>
    public IReadOnlyList<HistoryEvent> Events => events;

    /// <summary>Variable id → last value; without what containers declare.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables => variables;

    /// <summary>Input name → value.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; private set; } = new Dictionary<string, JsonElement>();

    /// <summary>What the run gave back: output name → value.</summary>
    public IReadOnlyDictionary<string, JsonElement> Outputs => outputs;

    /// <summary>What an activity called the run; <see langword="null"/> for nothing.</summary>
    public string? Name { get; private set; }

    /// <summary>What ties it to others; <see langword="null"/> for nothing.</summary>
    public string? CorrelationId { get; private set; }

    /// <summary>When something happened last; <see langword="null"/> for nothing.</summary>
    public DateTimeOffset? LastAt { get; private set; }

    /// <summary>Place of the last line of the journal that is in it; 0 for none.</summary>
    public long Sequence { get; private set; }

    /// <summary>Executions that failed for good.</summary>
    public IEnumerable<ExecutionHistory> Faults => executions.Where(execution => execution.Error is not null && execution.Status is ActivityStatus.Failed);

    /// <summary>An execution by its number; <see langword="null"/> where there is none.</summary>
    public ExecutionHistory? Find(int number) => number >= 1 && number <= executions.Count ? executions[number - 1] : null;

    /// <summary>The history with further lines of the journal; this one stays as it is, since others may be reading it.</summary>
    internal RunHistory With(IReadOnlyList<JournalEntry> further)
    {
        if (further.Count == 0) return this;
        var history = new RunHistory(this);
        foreach (var entry in further)
        {
            (history.LastAt, history.Sequence) = (entry.At, entry.Sequence);
            history.Add(entry.Event, entry.At);
        }
        return history;
    }

    void Add(RunEvent happened, DateTimeOffset at)
    {
        switch (happened)
        {
            case RunCreated created:
                Inputs = created.Inputs;
                CorrelationId = created.CorrelationId;
                Write(within: null, created.Variables);
                break;
            case RunStarted or RunRecovered when !isStarted:
                isStarted = true;
                events.Add(new(Number: null, at, HistoryEventKind.Started));
                break;
            case RunFinished finished: Finish(finished, at); break;
            case ActivityScheduled scheduled: Schedule(scheduled.Number, scheduled.ActivityId, scheduled.Parent, scheduled.Parent); break;
            case ContainerAdvanced advanced: Advance(advanced, at); break;
            case ActivityStarted started:
                Start(this[started.Number], started.Inputs, started.Variables, at);
                Write(started.OfRun);
                break;
            case ActivityReused reused:
                this[reused.Number].ReusedFrom = reused.FromRun;
                Start(this[reused.Number], reused.Inputs, reused.Variables, at);
                break;
            case ContainerEvaluated evaluated: Evaluate(this[evaluated.Number], evaluated); break;
            case ActivitySuspended suspended: Suspend(this[suspended.Number], suspended, at); break;
            case ActivityResumed resumed: Resume(this[resumed.Number], at); break;
            case AttemptStarted attempt: this[attempt.Number].Status = ActivityStatus.Running; break;
            case AttemptFailed failed: Fail(this[failed.Number], failed, at); break;
            case AttemptCompleted answered: Answer(this[answered.Number], answered); break;
            case ActivityCompleted completed: Complete(this[completed.Number], completed, at); break;
            case ActivityFaulted faulted: Fault(this[faulted.Number], faulted.Error, at); break;
            case ActivityCanceled canceled: Cancel(this[canceled.Number], at); break;
        }
    }

    ExecutionHistory this[int number] => executions[number - 1];

    void Schedule(int number, string activityId, int? parent, int? by) => executions.Add(new(number, activityId, parent, by));

    void Advance(ContainerAdvanced advanced, DateTimeOffset at)
    {
        var container = this[advanced.Number];
        container.Declare(advanced.Locals);
        Write(container, advanced.Variables);
        foreach (var next in advanced.Scheduled ?? [])
        {
            Schedule(next.Number, next.ActivityId, advanced.Number, advanced.Child ?? advanced.Number);
            this[next.Number].Declare(next.Variables);
        }
        foreach (var ended in advanced.Canceled ?? []) Cancel(this[ended], at);
    }

    void Start(ExecutionHistory execution, IReadOnlyDictionary<string, JsonElement>? inputs, IReadOnlyDictionary<string, JsonElement>? written, DateTimeOffset at)
    {
        (execution.Status, execution.StartedAt) = (ActivityStatus.Running, at);
        if (inputs is not null) execution.Inputs = inputs;
        Write(execution, written);
        events.Add(new(execution.Number, at, HistoryEventKind.Started));
    }

    void Evaluate(ExecutionHistory container, ContainerEvaluated evaluated)
    {
        if (evaluated.Inputs is not null) container.Inputs = evaluated.Inputs;
        Write(container, evaluated.Variables);
        Write(evaluated.OfRun);
    }

    void Suspend(ExecutionHistory execution, ActivitySuspended suspended, DateTimeOffset at)
    {
        (execution.Status, execution.DueAt, execution.AwaitedEvent) = (ActivityStatus.Suspended, suspended.DueAt, suspended.EventName);
        events.Add(new(execution.Number, at, HistoryEventKind.Suspended));
    }

    void Resume(ExecutionHistory execution, DateTimeOffset at)
    {
        execution.Status = ActivityStatus.Running;
        events.Add(new(execution.Number, at, HistoryEventKind.Resumed));
    }

    void Fail(ExecutionHistory execution, AttemptFailed failed, DateTimeOffset at)
    {
        execution.Add(new(failed.Attempt, at, failed.Kind.ToString(), failed.Error, failed.RetryAfter));
        if (failed.RetryAfter is null) return;
        execution.Status = ActivityStatus.Retrying;
        foreach (var above in AtAndAbove(execution)) above.RetryCount++;
    }

    void Answer(ExecutionHistory execution, AttemptCompleted answered)
    {
        if (answered.Outputs is not null) execution.Outputs = answered.Outputs;
        if (answered.Metrics is not null) execution.Metrics = answered.Metrics;
        Write(execution, answered.Variables);
    }

    void Complete(ExecutionHistory execution, ActivityCompleted completed, DateTimeOffset at)
    {
        (execution.Outcomes, execution.Materializations) = (completed.Outcomes ?? [], completed.Materializations ?? []);
        if (completed.Outputs is not null) execution.Outputs = completed.Outputs;
        if (completed.Metrics is not null) execution.Metrics = completed.Metrics;
        Write(execution, completed.Variables);
        Write(completed.OfRun);
        isEndedByActivity |= completed.EndsRun;
        End(execution, ActivityStatus.Succeeded, HistoryEventKind.Completed, at);
    }

    void Fault(ExecutionHistory execution, RunError error, DateTimeOffset at)
    {
        execution.Error = error;
        foreach (var above in AtAndAbove(execution)) above.FaultCount++;
        End(execution, ActivityStatus.Failed, HistoryEventKind.Faulted, at);
    }

    void Cancel(ExecutionHistory execution, DateTimeOffset at)
    {
        if (execution.Status.IsFinal) return;
        // What left the queue before it started has no history.
        if (execution.StartedAt is null) execution.Status = ActivityStatus.Cancelled;
        else End(execution, ActivityStatus.Cancelled, HistoryEventKind.Canceled, at);
    }

    void End(ExecutionHistory execution, ActivityStatus status, HistoryEventKind kind, DateTimeOffset at)
    {
        (execution.Status, execution.FinishedAt) = (status, at);
        events.Add(new(execution.Number, at, kind));
    }

    void Finish(RunFinished finished, DateTimeOffset at)
    {
        if (finished.Status is RunStatus.Cancelled)
        {
            foreach (var execution in Enumerable.Reverse(executions)) Cancel(execution, at);
            events.Add(new(Number: null, at, HistoryEventKind.Canceled));
        }
        else if (finished.Status is RunStatus.Succeeded && !isEndedByActivity)
        {
            events.Add(new(Number: null, at, HistoryEventKind.Completed));
        }
    }

    IEnumerable<ExecutionHistory> AtAndAbove(ExecutionHistory? execution)
    {
        for (var at = execution; at is not null; at = at.Parent is { } above ? this[above] : null) yield return at;
    }

    void Write(ExecutionHistory? within, IReadOnlyDictionary<string, JsonElement>? values)
    {
        foreach (var (id, value) in values ?? new Dictionary<string, JsonElement>())
            // What a container declares is gone with it.
            if (!AtAndAbove(within).Any(scope => scope.Declares(id))) variables[id] = value;
    }

    void Write(RunValues? written)
    {
        if (written is null) return;
        if (written.Name is { } name) Name = name.Length > 0 ? name : null;
        if (written.CorrelationId is { } id) CorrelationId = id.Length > 0 ? id : null;
        foreach (var (output, value) in written.Outputs ?? new Dictionary<string, JsonElement>()) outputs[output] = value;
    }
}
