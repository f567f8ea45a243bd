using System.Text.Json;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Reruns;

/// <summary>A run that a rerun repeats, read from its journal.</summary>
sealed class SourceRun : IRunView
{
    readonly Dictionary<int, SourceExecution> executions = [];
    readonly Lazy<ILookup<int, SourceExecution>> within;

    public SourceRun(Guid id, IReadOnlyList<JournalEntry> journal)
    {
        Id = id;
        State = RunState.Of(journal);
        foreach (var state in State.Executions) executions.Add(state.Number, new(id, state));
        foreach (var entry in journal) entry.Event.ApplyTo(this, entry);
        within = new(() => executions.Values.Where(execution => execution.State.Parent is not null).ToLookup(execution => execution.State.Parent!.Value));
        Ends = [.. executions.Values.Where(execution => execution.Order > 0).OrderBy(execution => execution.Order)];
        Of = executions.Values.ToLookup(execution => execution.State.ActivityId, StringComparer.Ordinal);
    }

    public Guid Id { get; }

    public RunState State { get; }

    public IReadOnlyDictionary<string, JsonElement> Inputs => State.Created!.Inputs;

    /// <summary>Executions by activity, in the order of their number.</summary>
    public ILookup<string, SourceExecution> Of { get; }

    /// <summary>All executions that ended, in the order of their end.</summary>
    public IReadOnlyList<SourceExecution> Ends { get; }

    public SourceExecution this[int number] => executions[number];

    /// <summary>All executions inside a container, at any depth.</summary>
    public IEnumerable<SourceExecution> Below(int container) => within.Value[container].SelectMany(inner => Below(inner.State.Number).Prepend(inner));

    void IRunFold.Apply(ActivityStarted happened, JournalEntry entry) => executions[happened.Number].Start(entry, happened);

    void IRunFold.Apply(ActivityReused happened, JournalEntry entry) => executions[happened.Number].Take(entry, happened);

    void IRunFold.Apply(ActivityCompleted happened, JournalEntry entry) => executions[happened.Number].End(entry, happened);

    void IRunFold.Apply(ActivityFaulted happened, JournalEntry entry) => executions[happened.Number].End(entry, completed: null);

    void IRunFold.Apply(ActivityCanceled happened, JournalEntry entry) => executions[happened.Number].End(entry, completed: null);

    void IRunFold.Apply(ContainerAdvanced happened, JournalEntry entry)
    {
        if (happened is not { Canceled: { } cancelled, Child: { } child }) return;
        foreach (var number in cancelled) executions[number].EndedBy = child;
        foreach (var number in cancelled.Where(number => executions[number].Order == 0)) executions[number].End(entry, completed: null);
    }

    // An activity that ended the whole run ended all others too.
    void IRunFold.Apply(RunFinished happened, JournalEntry entry)
    {
        var last = executions.Values.FirstOrDefault(execution => execution.Completed?.EndsRun is true && State.Status is RunStatus.Succeeded);
        foreach (var execution in executions.Values.Where(execution => execution.State.Status is ActivityStatus.Cancelled))
        {
            if (execution.Order == 0) execution.End(entry, completed: null);
            if (last is not null && execution.Order > last.Order) execution.EndedBy ??= last.State.Number;
        }
    }
}

/// <summary>One execution of the source.</summary>
/// <param name="run">The source.</param>
/// <param name="state">Final state of the run.</param>
sealed class SourceExecution(Guid run, ExecutionState state)
{
    public ExecutionState State => state;

    /// <summary>The run in which it really executed.</summary>
    public Guid FromRun { get; private set; } = run;

    public int FromNumber { get; private set; } = state.Number;

    /// <summary>Time of its end in that run.</summary>
    public DateTimeOffset At { get; private set; } = state.FinishedAt ?? state.ScheduledAt;

    /// <summary>Place of its end in the journal; 0 if it has not ended.</summary>
    public long Order { get; private set; }

    /// <summary>Number of the execution whose completion ended it, such as the winner of a race.</summary>
    public int? EndedBy { get; set; }

    /// <summary>Place in the journal at which its inputs were evaluated; 0 if they were not.</summary>
    public long Began { get; private set; }

    public IReadOnlyDictionary<string, JsonElement>? StartVariables { get; private set; }

    public ActivityCompleted? Completed { get; private set; }

    public IReadOnlyList<Guid> Materializations { get; private set; } = [];

    public string? CodeVersion { get; private set; }

    public bool IsSucceeded => state.Status is ActivityStatus.Succeeded;

    public void Start(JournalEntry entry, ActivityStarted happened) => (Began, StartVariables) = (entry.Sequence, happened.Variables);

    public void Take(JournalEntry entry, ActivityReused happened)
    {
        Began = entry.Sequence;
        (FromRun, FromNumber, At) = (happened.FromRun, happened.FromNumber, happened.FromAt);
        (StartVariables, Materializations, CodeVersion) = (happened.Variables, happened.Materializations ?? [], happened.CodeVersion);
    }

    public void End(JournalEntry entry, ActivityCompleted? completed)
    {
        (Order, Completed) = (entry.Sequence, completed);
        if (completed?.Materializations is { } written) Materializations = written;
        CodeVersion ??= completed?.CodeVersion;
    }

    public ReusedExecution ToReused() => new(
        state.ActivityId, state.Ordinal, Order, FromRun, FromNumber, At, IsCancelled: !IsSucceeded, state.Inputs.Count == 0 ? null : state.Inputs, StartVariables,
        Completed?.Outcomes, Completed?.Outputs, Completed?.Variables, Completed?.Metrics, Materializations.Count == 0 ? null : Materializations, CodeVersion,
        Completed?.EndsRun is true, HasWaited: state.Suspension is not null || state.Reused is { HasWaited: true });
}
