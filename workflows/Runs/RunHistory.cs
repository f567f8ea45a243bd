using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Runs;

/// <summary>
/// The history of a run for readers: the journal, folded into lines and executions. <see cref="RunState"/> folds the same journal to
/// continue the run; this fold decides nothing, and containers that a run left open stay open.
/// </summary>
public sealed class RunHistory : IRunView
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

    /// <summary>The history of a run without events.</summary>
    public static RunHistory Empty { get; } = new(before: null);

    /// <summary>All executions that were scheduled; the one with number n at n − 1.</summary>
    public IReadOnlyList<ExecutionHistory> Executions => executions;

    /// <summary>Events of the run, in order.</summary>
    public IReadOnlyList<HistoryEvent> Events => events;

    /// <summary>Variable id → last value; without what containers declare.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables => variables;

    /// <summary>Input name → value.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; private set; } = new Dictionary<string, JsonElement>();

    /// <summary>Outputs of the run: output name → value.</summary>
    public IReadOnlyDictionary<string, JsonElement> Outputs => outputs;

    /// <summary>Name that an activity gave the run; <see langword="null"/> if it has none.</summary>
    public string? Name { get; private set; }

    /// <summary>Correlation id of the run; <see langword="null"/> if it has none.</summary>
    public string? CorrelationId { get; private set; }

    /// <summary>When something happened last; <see langword="null"/> for nothing.</summary>
    public DateTimeOffset? LastAt { get; private set; }

    /// <summary>Place of the last line of the journal that is in it; 0 for none.</summary>
    public long Sequence { get; private set; }

    /// <summary>Executions that failed for good.</summary>
    public IEnumerable<ExecutionHistory> Faults =>
        executions.Where(execution => execution.Error is not null && execution.Status is ActivityStatus.Failed);

    /// <summary>An execution by its number; <see langword="null"/> if there is none.</summary>
    public ExecutionHistory? Find(int number) => number >= 1 && number <= executions.Count ? executions[number - 1] : null;

    /// <summary>Returns the history with further lines of the journal; this one stays as it is, since others may be reading it.</summary>
    internal RunHistory With(IReadOnlyList<JournalEntry> further)
    {
        if (further.Count == 0) return this;
        var history = new RunHistory(this);
        foreach (var entry in further)
        {
            (history.LastAt, history.Sequence) = (entry.At, entry.Sequence);
            entry.Event.ApplyTo(history, entry);
        }
        return history;
    }

    void IRunFold.Apply(RunCreated happened, JournalEntry entry)
    {
        (Inputs, CorrelationId) = (happened.Inputs, happened.CorrelationId);
        Write(within: null, happened.Variables);
    }

    void IRunFold.Apply(RunStarted happened, JournalEntry entry) => Begin(entry.At);

    void IRunFold.Apply(RunRecovered happened, JournalEntry entry) => Begin(entry.At);

    void IRunFold.Apply(RunFinished happened, JournalEntry entry)
    {
        if (happened.Status is RunStatus.Cancelled)
        {
            foreach (var execution in Enumerable.Reverse(executions)) Cancel(execution, entry.At);
            events.Add(new(Number: null, entry.At, HistoryEventKind.Canceled));
        }
        else if (happened.Status is RunStatus.Succeeded && !isEndedByActivity)
        {
            events.Add(new(Number: null, entry.At, HistoryEventKind.Completed));
        }
    }

    void IRunFold.Apply(ActivityScheduled happened, JournalEntry entry) =>
        Schedule(happened.Number, happened.ActivityId, happened.Parent, happened.Parent);

    void IRunFold.Apply(ContainerAdvanced happened, JournalEntry entry)
    {
        var container = this[happened.Number];
        container.Declare(happened.Locals);
        Write(container, happened.Variables);
        foreach (var next in happened.Scheduled ?? [])
        {
            Schedule(next.Number, next.ActivityId, happened.Number, happened.Child ?? happened.Number);
            this[next.Number].Declare(next.Variables);
        }
        foreach (var ended in happened.Canceled ?? []) Cancel(this[ended], entry.At);
    }

    void IRunFold.Apply(ActivityStarted happened, JournalEntry entry)
    {
        Start(this[happened.Number], happened.Inputs, happened.Variables, entry.At);
        Write(happened.OfRun);
    }

    void IRunFold.Apply(ActivityReused happened, JournalEntry entry)
    {
        this[happened.Number].ReusedFrom = happened.FromRun;
        Start(this[happened.Number], happened.Inputs, happened.Variables, entry.At);
    }

    void IRunFold.Apply(ContainerEvaluated happened, JournalEntry entry)
    {
        var container = this[happened.Number];
        if (happened.Inputs is not null) container.Inputs = happened.Inputs;
        Write(container, happened.Variables);
        Write(happened.OfRun);
    }

    void IRunFold.Apply(ActivitySuspended happened, JournalEntry entry)
    {
        var execution = this[happened.Number];
        (execution.Status, execution.DueAt, execution.AwaitedEvent) = (ActivityStatus.Suspended, happened.DueAt, happened.EventName);
        events.Add(new(execution.Number, entry.At, HistoryEventKind.Suspended));
    }

    void IRunFold.Apply(ActivityResumed happened, JournalEntry entry)
    {
        this[happened.Number].Status = ActivityStatus.Running;
        events.Add(new(happened.Number, entry.At, HistoryEventKind.Resumed));
    }

    void IRunFold.Apply(AttemptStarted happened, JournalEntry entry) => this[happened.Number].Status = ActivityStatus.Running;

    void IRunFold.Apply(AttemptFailed happened, JournalEntry entry)
    {
        var execution = this[happened.Number];
        execution.Add(new(happened.Attempt, entry.At, happened.Kind.ToString(), happened.Error, happened.RetryAfter));
        if (happened.RetryAfter is null) return;
        execution.Status = ActivityStatus.Retrying;
        foreach (var above in AtAndAbove(execution)) above.RetryCount++;
    }

    void IRunFold.Apply(AttemptCompleted happened, JournalEntry entry) =>
        Answer(this[happened.Number], happened.Outputs, happened.Metrics, happened.Variables);

    void IRunFold.Apply(ActivityCompleted happened, JournalEntry entry)
    {
        var execution = this[happened.Number];
        (execution.Outcomes, execution.Materializations) = (happened.Outcomes ?? [], happened.Materializations ?? []);
        Answer(execution, happened.Outputs, happened.Metrics, happened.Variables);
        Write(happened.OfRun);
        isEndedByActivity |= happened.EndsRun;
        End(execution, ActivityStatus.Succeeded, HistoryEventKind.Completed, entry.At);
    }

    void IRunFold.Apply(ActivityFaulted happened, JournalEntry entry)
    {
        var execution = this[happened.Number];
        execution.Error = happened.Error;
        foreach (var above in AtAndAbove(execution)) above.FaultCount++;
        End(execution, ActivityStatus.Failed, HistoryEventKind.Faulted, entry.At);
    }

    void IRunFold.Apply(ActivityCanceled happened, JournalEntry entry) => Cancel(this[happened.Number], entry.At);

    ExecutionHistory this[int number] => executions[number - 1];

    void Begin(DateTimeOffset at)
    {
        if (isStarted) return;
        isStarted = true;
        events.Add(new(Number: null, at, HistoryEventKind.Started));
    }

    void Schedule(int number, string activityId, int? parent, int? by) => executions.Add(new(number, activityId, parent, by));

    void Start(
        ExecutionHistory execution, IReadOnlyDictionary<string, JsonElement>? inputs, IReadOnlyDictionary<string, JsonElement>? written,
        DateTimeOffset at)
    {
        (execution.Status, execution.StartedAt) = (ActivityStatus.Running, at);
        if (inputs is not null) execution.Inputs = inputs;
        Write(execution, written);
        events.Add(new(execution.Number, at, HistoryEventKind.Started));
    }

    void Answer(
        ExecutionHistory execution, IReadOnlyDictionary<string, JsonElement>? outputs, IReadOnlyDictionary<string, decimal>? metrics,
        IReadOnlyDictionary<string, JsonElement>? written)
    {
        if (outputs is not null) execution.Outputs = outputs;
        if (metrics is not null) execution.Metrics = metrics;
        Write(execution, written);
    }

    void Cancel(ExecutionHistory execution, DateTimeOffset at)
    {
        if (execution.Status.IsFinal) return;
        // Executions that left the queue before they started have no history.
        if (execution.StartedAt is null) execution.Status = ActivityStatus.Cancelled;
        else End(execution, ActivityStatus.Cancelled, HistoryEventKind.Canceled, at);
    }

    void End(ExecutionHistory execution, ActivityStatus status, HistoryEventKind kind, DateTimeOffset at)
    {
        (execution.Status, execution.FinishedAt) = (status, at);
        events.Add(new(execution.Number, at, kind));
    }

    IEnumerable<ExecutionHistory> AtAndAbove(ExecutionHistory? execution)
    {
        for (var at = execution; at is not null; at = at.Parent is { } above ? this[above] : null) yield return at;
    }

    void Write(ExecutionHistory? within, IReadOnlyDictionary<string, JsonElement>? values)
    {
        foreach (var (id, value) in values ?? new Dictionary<string, JsonElement>())
            // The variables of a container end with it.
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
