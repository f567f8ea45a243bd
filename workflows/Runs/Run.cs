using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Runs;

/// <summary>One execution of a workflow definition.</summary>
/// <param name="Id">Its identity; sorts by time of creation.</param>
/// <param name="DefinitionId">The workflow, such as <c>monthly-sales</c>.</param>
/// <param name="DefinitionName">Its name for people.</param>
/// <param name="DefinitionVersion">The version that executes.</param>
/// <param name="Partition">The month it works on; <see langword="null"/> for none.</param>
/// <param name="Status">Its status.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="StartedAt">Time at which a worker claimed it first.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Error">Reason why it failed or was canceled.</param>
/// <param name="SuspendedReason">Reason for the wait, if it is suspended.</param>
/// <param name="IsCancelRequested">Whether its cancellation was requested.</param>
/// <param name="LeaseOwner">The worker that drives it.</param>
/// <param name="TraceParent">W3C trace context that its spans belong to.</param>
public sealed record Run(
    Guid Id, string DefinitionId, string DefinitionName, int DefinitionVersion, Partition? Partition, RunStatus Status, DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, RunError? Error, string? SuspendedReason, bool IsCancelRequested, string? LeaseOwner,
    string? TraceParent)
{
    /// <summary>
    /// Priority of the run: of those that wait for a worker the highest is claimed first; among equals the oldest. Default 0.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>
    /// Person or component that started the run, such as <c>person ada</c> or <c>schedule monthly-sales</c>; <see langword="null"/> if
    /// unknown.
    /// </summary>
    public string? StartedBy { get; init; }

    /// <summary>The run that it repeats; <see langword="null"/> for none.</summary>
    public Guid? RerunOf { get; init; }

    /// <summary>Whether it executes something else than the workflow's published version, such as a file.</summary>
    public bool IsAdHoc { get; init; }

    /// <summary>The first run of its chain of reruns; its own id if it repeats none.</summary>
    public Guid? RootRun { get; init; }

    /// <summary>Name that people see for the run, as an activity set it; <see langword="null"/> if it has none.</summary>
    public string? Name { get; init; }

    /// <summary>Correlation id of the run, such as the number of an order; <see langword="null"/> if it has none.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The run that started it; <see langword="null"/> for none.</summary>
    public Guid? ParentRun { get; init; }

    /// <summary>Reason why no worker may claim the run yet, in words; <see langword="null"/> if there is none.</summary>
    public string? WaitsFor { get; init; }

    /// <summary>Time at which retention removed its activities, journal, log and checks; <see langword="null"/> if they exist.</summary>
    public DateTimeOffset? HistoryRemovedAt { get; init; }

    /// <summary>Time from start to end; <see langword="null"/> while it has not ended.</summary>
    public TimeSpan? Duration => FinishedAt - StartedAt;
}

/// <summary>One execution of one activity in a run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Number">Its number in the run, from 1, in the order of scheduling.</param>
/// <param name="Parent">Number of its container; <see langword="null"/> for the root.</param>
/// <param name="ActivityId">Id in the definition.</param>
/// <param name="NodeId">The ids from the workflow down to it.</param>
/// <param name="Type">Activity type.</param>
/// <param name="Name">Name that a person gave it.</param>
/// <param name="Status">Its status.</param>
/// <param name="Attempts">Attempts begun.</param>
/// <param name="ScheduledAt">When it was queued.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Inputs">Evaluated inputs by name.</param>
/// <param name="Outputs">Outputs by name.</param>
/// <param name="Outcomes">The outcomes it completed with.</param>
/// <param name="Metrics">Metrics by name.</param>
/// <param name="Error">Reason why it, or its last attempt, failed.</param>
public sealed record ActivityExecution(
    Guid RunId, int Number, int? Parent, string ActivityId, string NodeId, string Type, string? Name, ActivityStatus Status, int Attempts,
    DateTimeOffset ScheduledAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, IReadOnlyDictionary<string, JsonElement> Inputs,
    IReadOnlyDictionary<string, JsonElement> Outputs, IReadOnlyList<string> Outcomes, IReadOnlyDictionary<string, decimal> Metrics, RunError? Error)
{
    /// <summary>Of a rerun: the run in which it really executed; <see langword="null"/> if that was here.</summary>
    public Guid? ReusedFrom { get; init; }

    /// <summary>The number of the reused execution in the run that executed it.</summary>
    public int? ReusedNumber { get; init; }

    /// <summary>
    /// Reason why the attempt has not begun although the activity is running, in words; <see langword="null"/> if there is none.
    /// </summary>
    public string? WaitsFor { get; init; }

    /// <summary>Time from start to end, retries included; <see langword="null"/> while it has not ended.</summary>
    public TimeSpan? Duration => FinishedAt - StartedAt;
}

/// <summary>A line that an activity wrote to the run's log.</summary>
/// <param name="ActivityId">The activity.</param>
/// <param name="Attempt">The attempt; 0 for an activity that the runtime carries out itself.</param>
/// <param name="At">When.</param>
/// <param name="Event">The event, in one or two words.</param>
/// <param name="Message">A sentence for a person.</param>
public sealed record ActivityLogLine(string ActivityId, int Attempt, DateTimeOffset At, string Event, string? Message);

/// <summary>A check that an activity of a run made.</summary>
/// <param name="RunId">The run.</param>
/// <param name="ActivityId">The activity.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="Result">Result of the check.</param>
public sealed record RecordedCheck(Guid RunId, string ActivityId, int Attempt, DateTimeOffset At, AssetCheckResult Result);
