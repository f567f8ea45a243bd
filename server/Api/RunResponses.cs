using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Api;

/// <summary>A run.</summary>
/// <param name="Id">Its identity; sorts by time of creation.</param>
/// <param name="Workflow">The workflow's id.</param>
/// <param name="Name">The workflow's name for people.</param>
/// <param name="Version">Version of the definition that executes.</param>
/// <param name="Partition">The month that the run works on; null for none.</param>
/// <param name="Status">Status of the run.</param>
/// <param name="CreatedAt">Time at which the run was accepted.</param>
/// <param name="StartedAt">Time at which a worker first claimed the run.</param>
/// <param name="FinishedAt">Time at which the run ended.</param>
/// <param name="DurationMs">Whole milliseconds from start to end; null while it has not ended.</param>
/// <param name="Error">Why the run failed or was canceled.</param>
/// <param name="SuspendedReason">What the run waits for, if it is suspended.</param>
/// <param name="IsCancelRequested">Whether cancellation was requested.</param>
/// <param name="Worker">The worker that drives the run.</param>
/// <param name="TraceParent">W3C trace context that its spans belong to.</param>
/// <param name="Priority">Priority; waiting runs with the highest are claimed first.</param>
/// <param name="StartedBy">Who or what started it, such as <c>person ada</c> or <c>schedule monthly-sales</c>.</param>
/// <param name="RerunOf">The run that it repeats; null for none.</param>
/// <param name="RootRun">The first run of the chain of reruns.</param>
/// <param name="WaitsFor">What has to end before the run can start; null if nothing does.</param>
/// <param name="HistoryRemovedAt">Time at which retention removed the run's activities, log and checks; null if they exist.</param>
/// <param name="IsAdHoc">Whether the run executes something else than the workflow's published version, such as a file.</param>
public sealed record RunResponse(
    Guid Id, string Workflow, string Name, int Version, Partition? Partition, RunStatus Status, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt, long? DurationMs, RunError? Error, string? SuspendedReason, bool IsCancelRequested, string? Worker, string? TraceParent,
    int Priority, string? StartedBy, Guid? RerunOf, Guid? RootRun, string? WaitsFor, DateTimeOffset? HistoryRemovedAt = null, bool IsAdHoc = false)
{
    /// <summary>Converts a run to the form of the API.</summary>
    public static RunResponse Of(Run run) => new(
        run.Id, run.DefinitionId, run.DefinitionName, run.DefinitionVersion, run.Partition, run.Status, run.CreatedAt, run.StartedAt, run.FinishedAt,
        run.Duration is { } time ? (long)Math.Round(time.TotalMilliseconds) : null, run.Error, run.SuspendedReason, run.IsCancelRequested, run.LeaseOwner, run.TraceParent,
        run.Priority, run.StartedBy, run.RerunOf, run.RootRun, run.WaitsFor, run.HistoryRemovedAt, run.IsAdHoc);

    /// <summary>Converts the answer to a run of the platform.</summary>
    public Run ToRun() => new(
        Id, Workflow, Name, Version, Partition, Status, CreatedAt, StartedAt, FinishedAt, Error, SuspendedReason, IsCancelRequested, Worker, TraceParent)
    {
        Priority = Priority, StartedBy = StartedBy, RerunOf = RerunOf, RootRun = RootRun, WaitsFor = WaitsFor, HistoryRemovedAt = HistoryRemovedAt, IsAdHoc = IsAdHoc,
    };
}

/// <summary>A run with its inputs.</summary>
/// <param name="Run">The run.</param>
/// <param name="Inputs">Input name → value.</param>
/// <param name="TraceUrl">Address of the trace; null if none is configured.</param>
public sealed record RunDetailResponse(RunResponse Run, IReadOnlyDictionary<string, JsonElement> Inputs, Uri? TraceUrl);

/// <summary>One execution of an activity in a run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Number">Its number in the run, from 1, in the order of scheduling.</param>
/// <param name="Parent">Number of the container it is in; null for the root.</param>
/// <param name="ActivityId">Id in the definition.</param>
/// <param name="NodeId">The ids from the workflow down to it.</param>
/// <param name="Type">Activity type.</param>
/// <param name="Name">Name that a person gave it.</param>
/// <param name="Status">Status of the execution.</param>
/// <param name="AttemptCount">Number of attempts.</param>
/// <param name="ScheduledAt">Time at which it was queued.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Inputs">Evaluated inputs by name.</param>
/// <param name="Outputs">Outputs by name.</param>
/// <param name="Outcomes">The outcomes it completed with.</param>
/// <param name="Metrics">Figures by name, exact.</param>
/// <param name="Error">Why the execution, or its last attempt, failed.</param>
/// <param name="Attempts">All attempts.</param>
/// <param name="ReusedFrom">The run whose results were reused; null if it executed in this run.</param>
/// <param name="ReusedNumber">Number of the execution in that run.</param>
/// <param name="WaitsFor">Why it has not begun although it is running, such as a pool without a free slot; null if nothing blocks
/// it.</param>
public sealed record ActivityResponse(
    Guid RunId, int Number, int? Parent, string ActivityId, string NodeId, string Type, string? Name, ActivityStatus Status, int AttemptCount,
    DateTimeOffset ScheduledAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, IReadOnlyDictionary<string, JsonElement> Inputs,
    IReadOnlyDictionary<string, JsonElement> Outputs, IReadOnlyList<string> Outcomes, IReadOnlyDictionary<string, decimal> Metrics, RunError? Error,
    IReadOnlyList<AttemptResponse> Attempts, Guid? ReusedFrom, int? ReusedNumber, string? WaitsFor)
{
    /// <summary>Converts an execution to the form of the API.</summary>
    public static ActivityResponse Of(ActivityExecution execution, IEnumerable<AttemptHistory> attempts) => new(
        execution.RunId, execution.Number, execution.Parent, execution.ActivityId, execution.NodeId, execution.Type, execution.Name, execution.Status, execution.Attempts,
        execution.ScheduledAt, execution.StartedAt, execution.FinishedAt, execution.Inputs, execution.Outputs, execution.Outcomes, execution.Metrics, execution.Error,
        [.. attempts.Select(AttemptResponse.Of)], execution.ReusedFrom, execution.ReusedNumber, execution.WaitsFor);

    /// <summary>Converts the answer to an execution of the platform.</summary>
    public ActivityExecution ToExecution() => new(
        RunId, Number, Parent, ActivityId, NodeId, Type, Name, Status, AttemptCount, ScheduledAt, StartedAt, FinishedAt, Inputs, Outputs, Outcomes, Metrics, Error)
    { ReusedFrom = ReusedFrom, ReusedNumber = ReusedNumber, WaitsFor = WaitsFor };
}

/// <summary>An attempt of an activity.</summary>
/// <param name="Attempt">Number of the attempt, from 1.</param>
/// <param name="StartedAt">Time at which the attempt began.</param>
/// <param name="EndedAt">Time at which the attempt ended; null while it executes.</param>
/// <param name="Failure">Kind of failure: <c>Failed</c>, <c>TimedOut</c>, <c>Infrastructure</c>, <c>Lost</c>, <c>Interrupted</c>; null
/// for none.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="RetryAfterMs">Delay until the next attempt; null for no further attempt.</param>
public sealed record AttemptResponse(int Attempt, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? Failure, RunError? Error, long? RetryAfterMs)
{
    /// <summary>Converts an attempt to the form of the API.</summary>
    public static AttemptResponse Of(AttemptHistory attempt) => new(
        attempt.Attempt, attempt.StartedAt, attempt.EndedAt, attempt.Failure, attempt.Error, (long?)attempt.RetryAfter?.TotalMilliseconds);
}

/// <summary>A line that an activity wrote to the run's log.</summary>
/// <param name="ActivityId">The activity.</param>
/// <param name="Attempt">The attempt; 0 for an activity that the runtime executes itself.</param>
/// <param name="At">Time of the line.</param>
/// <param name="Event">Kind of event, in one or two words.</param>
/// <param name="Message">A sentence for a person.</param>
public sealed record LogLineResponse(string ActivityId, int Attempt, DateTimeOffset At, string Event, string? Message)
{
    /// <summary>Converts a line of the log to the form of the API.</summary>
    public static LogLineResponse Of(ActivityLogLine line) => new(line.ActivityId, line.Attempt, line.At, line.Event, line.Message);
}

/// <summary>Outputs of an activity of a run.</summary>
/// <param name="ActivityId">The activity.</param>
/// <param name="Number">Number of the execution: the last one that succeeded.</param>
/// <param name="Outputs">Output name → value.</param>
public sealed record OutputsResponse(string ActivityId, int Number, IReadOnlyDictionary<string, JsonElement> Outputs);

/// <summary>A check that an activity of a run made.</summary>
/// <param name="RunId">The run.</param>
/// <param name="ActivityId">The activity.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="Check">Name of the check.</param>
/// <param name="Asset">The asset that was tested.</param>
/// <param name="Partition">The month; null for an asset that is not partitioned.</param>
/// <param name="Severity">Effect of a failure.</param>
/// <param name="IsPassed">Whether the check passed.</param>
/// <param name="Expected">What was expected, as text.</param>
/// <param name="Actual">What was found, as text.</param>
/// <param name="OffendingRows">Up to ten rows that break the check, one text each.</param>
public sealed record CheckResponse(
    Guid RunId, string ActivityId, int Attempt, DateTimeOffset At, string Check, string Asset, Partition? Partition, CheckSeverity Severity, bool IsPassed,
    string Expected, string Actual, IReadOnlyList<string> OffendingRows)
{
    /// <summary>Converts a check to the form of the API.</summary>
    public static CheckResponse Of(RecordedCheck check) => new(
        check.RunId, check.ActivityId, check.Attempt, check.At, check.Result.Check, check.Result.Asset.Name, check.Result.Partition, check.Result.Severity,
        check.Result.IsPassed, check.Result.Expected, check.Result.Actual, check.Result.OffendingRows);

    /// <summary>Converts the answer to a result of the platform.</summary>
    public AssetCheckResult ToResult() => new(Check, new(Asset), Partition, Severity, IsPassed, Expected, Actual, OffendingRows);
}
