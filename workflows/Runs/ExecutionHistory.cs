using System.Text.Json;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Runs;

/// <summary>One execution of an activity, as the journal of its run shows it.</summary>
public sealed class ExecutionHistory
{
    static readonly IReadOnlyDictionary<string, JsonElement> Nothing = new Dictionary<string, JsonElement>();

    List<FailedTry> failures = [];
    HashSet<string>? declared;

    internal ExecutionHistory(int number, string activityId, int? parent, int? scheduledBy) =>
        (Number, ActivityId, Parent, ScheduledBy) = (number, activityId, parent, scheduledBy);

    /// <summary>The execution's number in the run, from 1.</summary>
    public int Number { get; }

    /// <summary>Id in the definition.</summary>
    public string ActivityId { get; }

    /// <summary>Number of its container; <see langword="null"/> for the root.</summary>
    public int? Parent { get; }

    /// <summary>
    /// Number of the execution whose end led to it, or of the container that opened with it; <see langword="null"/> for the root.
    /// </summary>
    public int? ScheduledBy { get; }

    /// <summary>
    /// Status of the execution. A container that a failed run left open is still <see cref="ActivityStatus.Running"/>: nothing ended it.
    /// </summary>
    public ActivityStatus Status { get; internal set; } = ActivityStatus.Queued;

    /// <summary>When it started; <see langword="null"/> while it is queued.</summary>
    public DateTimeOffset? StartedAt { get; internal set; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; internal set; }

    /// <summary>Evaluated inputs by name.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; internal set; } = Nothing;

    /// <summary>Outputs by name.</summary>
    public IReadOnlyDictionary<string, JsonElement> Outputs { get; internal set; } = Nothing;

    /// <summary>The outcomes it completed with; empty for <c>Done</c>.</summary>
    public IReadOnlyList<string> Outcomes { get; internal set; } = [];

    /// <summary>Metrics by name.</summary>
    public IReadOnlyDictionary<string, decimal> Metrics { get; internal set; } = new Dictionary<string, decimal>();

    /// <summary>Materializations that became visible with the end of the execution.</summary>
    public IReadOnlyList<Guid> Materializations { get; internal set; } = [];

    /// <summary>Error with which the execution failed for good; <see langword="null"/> if it did not fail.</summary>
    public RunError? Error { get; internal set; }

    /// <summary>Attempts that failed, in order.</summary>
    public IReadOnlyList<FailedTry> Failures => failures;

    /// <summary>The time that it waits for, or waited for last; <see langword="null"/> for none.</summary>
    public DateTimeOffset? DueAt { get; internal set; }

    /// <summary>The event that it waits for, or waited for last; <see langword="null"/> for none.</summary>
    public string? AwaitedEvent { get; internal set; }

    /// <summary>Number of executions that failed for good, this one and those below it.</summary>
    public int FaultCount { get; internal set; }

    /// <summary>Number of attempts that were followed by another one, of this execution and those below it.</summary>
    public int RetryCount { get; internal set; }

    /// <summary>The run in which it really executed; <see langword="null"/> if that was here.</summary>
    public Guid? ReusedFrom { get; internal set; }

    /// <summary>Returns a copy to continue with while others read this one.</summary>
    internal ExecutionHistory Copy()
    {
        var copy = (ExecutionHistory)MemberwiseClone();
        (copy.failures, copy.declared) = ([.. failures], declared is null ? null : new(declared, StringComparer.Ordinal));
        return copy;
    }

    internal void Declare(IReadOnlyDictionary<string, JsonElement>? values)
    {
        if (values is null) return;
        declared ??= new(StringComparer.Ordinal);
        declared.UnionWith(values.Keys);
    }

    internal bool Declares(string variable) => declared?.Contains(variable) is true;

    internal void Add(FailedTry failure) => failures.Add(failure);
}

/// <summary>An attempt that failed.</summary>
/// <param name="Attempt">Counts the attempts of the activity in the whole run.</param>
/// <param name="At">When it failed.</param>
/// <param name="Failure">Kind of the failure, such as <c>TimedOut</c>.</param>
/// <param name="Error">The error.</param>
/// <param name="RetryAfter">Wait until the next attempt; <see langword="null"/> for no further one.</param>
public sealed record FailedTry(int Attempt, DateTimeOffset At, string Failure, RunError Error, TimeSpan? RetryAfter);

/// <summary>Kinds of events of an execution, or of the run as a whole.</summary>
public enum HistoryEventKind
{
    /// <summary>The execution or run started.</summary>
    Started = 0,

    /// <summary>The execution or run completed.</summary>
    Completed = 1,

    /// <summary>The execution or run waits for something from outside.</summary>
    Suspended = 2,

    /// <summary>The awaited time or event came.</summary>
    Resumed = 3,

    /// <summary>The execution or run failed for good.</summary>
    Faulted = 4,

    /// <summary>The execution or run was ended from outside.</summary>
    Canceled = 5,
}

/// <summary>A line of a run's history.</summary>
/// <param name="Number">Number of the execution; <see langword="null"/> for the run.</param>
/// <param name="At">When.</param>
/// <param name="Kind">Kind of the event.</param>
public sealed record HistoryEvent(int? Number, DateTimeOffset At, HistoryEventKind Kind);
