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
/// <param name="Partition">The month it works on; null for none.</param>
/// <param name="Status">Where it is.</param>
/// <param name="CreatedAt">When it was accepted.</param>
/// <param name="StartedAt">When a worker took it first.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="DurationMs">Whole milliseconds from start to end; null while it has not ended.</param>
/// <param name="Error">Why it failed or was cancelled.</param>
/// <param name="SuspendedReason">What it waits for, where it is suspended.</param>
/// <param name="IsCancelRequested">Whether it is to be cancelled.</param>
/// <param name="Worker">The worker that drives it.</param>
/// <param name="TraceParent">W3C trace context that its spans belong to.</param>
/// <param name="Priority">Of the runs that wait the highest is taken first.</param>
/// <param name="StartedBy">Who or what started it, such as <c>person ada</c> or <c>schedule monthly-sales</c>.</param>
/// <param name="RerunOf">The run that it repeats; null for none.</param>
/// <param name="RootRun">The first run of the chain of reruns.</param>
/// <param name="WaitsFor">What has to end first, while it waits for its turn; null where nothing does.</param>
/// <param name="HistoryRemovedAt">When retention removed its activities, log and checks; null where they are there.</param>
/// <param name="IsAdHoc">Whether it executes something else than the workflow's published version, such as a file.</param>
public sealed record RunResponse(
    Guid Id, string Workflow, string Name, int Version, Partition? Partition, RunStatus Status, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt, long? DurationMs, RunError? Error, string? SuspendedReason, bool IsCancelRequested, string? Worker, string? TraceParent,
    int Priority, string? StartedBy, Guid? RerunOf, Guid? RootRun, string? WaitsFor, DateTimeOffset? HistoryRemovedAt = null, bool IsAdHoc = false)
{
    /// <summary>As the API shows it.</summary>
    public static RunResponse Of(Run run) => new(
        run.Id, run.DefinitionId, run.DefinitionName, run.DefinitionVersion, run.Partition, run.Status, run.CreatedAt, run.StartedAt, run.FinishedAt,
        run.Duration is { } time ? (long)Math.Round(time.TotalMilliseconds) : null, run.Error, run.SuspendedReason, run.IsCancelRequested, run.LeaseOwner, run.TraceParent,
        run.Priority, run.StartedBy, run.RerunOf, run.RootRun, run.WaitsFor, run.HistoryRemovedAt, run.IsAdHoc);

    /// <summary>As the platform knows it.</summary>
    public Run ToRun() => new(
        Id, Workflow, Name, Version, Partition, Status, CreatedAt, StartedAt, FinishedAt, Error, SuspendedReason, IsCancelRequested, Worker, TraceParent)
    {
        Priority = Priority, StartedBy = StartedBy, RerunOf = RerunOf, RootRun = RootRun, WaitsFor = WaitsFor, HistoryRemovedAt = HistoryRemovedAt, IsAdHoc = IsAdHoc,
    };
}

/// <summary>A run with what it was started with.</summary>
/// <param name="Run">The run.</param>
/// <param name="Inputs">Input name → value.</param>
/// <param name="TraceUrl">Where its trace is shown; null where nobody said.</param>
public sealed record RunDetailResponse(RunResponse Run, IReadOnlyDictionary<string, JsonElement> Inputs, Uri? TraceUrl);

/// <summary>One execution of an activity in a run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Number">Its number in the run, from 1, in the order of scheduling.</param>
/// <param name="Parent">Number of the container it is in; null for the root.</param>
/// <param name="ActivityId">Id in the definition.</param>
/// <param name="NodeId">The ids from the workflow down to it.</param>
/// <param name="Type">Activity type.</param>
/// <param name="Name">Name that a person gave it.</param>
/// <param name="Status">Where it is.</param>
/// <param name="AttemptCount">Attempts begun.</param>
/// <param name="ScheduledAt">When it was queued.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Inputs">Evaluated inputs by name.</param>
/// <param name="Outputs">Outputs by name.</param>
/// <param name="Outcomes">The outcomes it completed with.</param>
/// <param name="Metrics">Figures by name, exact.</param>
/// <param name="Error">Why it, or its last attempt, failed.</param>
/// <param name="Attempts">Each try.</param>
/// <param name="ReusedFrom">The run in which it really executed, where its results were taken over; null where it executed here.</param>
/// <param name="ReusedNumber">Its number in that run.</param>
/// <param name="WaitsFor">Why it has not begun although it is running, such as a pool without a free slot; null where nothing stands in the way.</param>
public sealed record ActivityResponse(
    Guid RunId, int Number, int? Parent, string ActivityId, string NodeId, string Type, string? Name, ActivityStatus Status, int AttemptCount,
    DateTimeOffset ScheduledAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, IReadOnlyDictionary<string, JsonElement> Inputs,
    IReadOnlyDictionary<string, JsonElement> Outputs, IReadOnlyList<string> Outcomes, IReadOnlyDictionary<string, decimal> Metrics, RunError? Error,
    IReadOnlyList<AttemptResponse> Attempts, Guid? ReusedFrom, int? ReusedNumber, string? WaitsFor)
{
    /// <summary>As the API shows it.</summary>
    public static ActivityResponse Of(ActivityExecution execution, IEnumerable<AttemptHistory> attempts) => new(
        execution.RunId, execution.Number, execution.Parent, execution.ActivityId, execution.NodeId, execution.Type, execution.Name, execution.Status, execution.Attempts,
        execution.ScheduledAt, execution.StartedAt, execution.FinishedAt, execution.Inputs, execution.Outputs, execution.Outcomes, execution.Metrics, execution.Error,
        [.. attempts.Select(AttemptResponse.Of)], execution.ReusedFrom, execution.ReusedNumber, execution.WaitsFor);

    /// <summary>As the platform knows it.</summary>
    public ActivityExecution ToExecution() => new(
        RunId, Number, Parent, ActivityId, NodeId, Type, Name, Status, AttemptCount, ScheduledAt, StartedAt, FinishedAt, Inputs, Outputs, Outcomes, Metrics, Error)
    { ReusedFrom = ReusedFrom, ReusedNumber = ReusedNumber, WaitsFor = WaitsFor };
}

/// <summary>One try of an activity.</summary>
/// <param name="Attempt">1 for the first try of the activity in the run.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended; null while it executes.</param>
/// <param name="Failure">What kind of failure it ended with: <c>Failed</c>, <c>TimedOut</c>, <c>Infrastructure</c>, <c>Lost</c>, <c>Interrupted</c>; null for none.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="RetryAfterMs">Wait until the next try; null for no further try.</param>
public sealed record AttemptResponse(int Attempt, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? Failure, RunError? Error, long? RetryAfterMs)
{
    /// <summary>As the API shows it.</summary>
    public static AttemptResponse Of(AttemptHistory attempt) => new(
        attempt.Attempt, attempt.StartedAt, attempt.EndedAt, attempt.Failure, attempt.Error, (long?)attempt.RetryAfter?.TotalMilliseconds);
}

/// <summary>A line that an activity wrote to the run's log.</summary>
/// <param name="ActivityId">The activity.</param>
/// <param name="Attempt">The attempt; 0 for an activity that the runtime carries out itself.</param>
/// <param name="At">When.</param>
/// <param name="Event">What happened, in one or two words.</param>
/// <param name="Message">A sentence for a person.</param>
public sealed record LogLineResponse(string ActivityId, int Attempt, DateTimeOffset At, string Event, string? Message)
{
    /// <summary>As the API shows it.</summary>
    public static LogLineResponse Of(ActivityLogLine line) => new(line.ActivityId, line.Attempt, line.At, line.Event, line.Message);
}

/// <summary>What an activity of a run gave.</summary>
/// <param name="ActivityId">The activity.</param>
/// <param name="Number">Its execution in the run: the last one that succeeded.</param>
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
/// <param name="Severity">What a failure does.</param>
/// <param name="IsPassed">Whether the data is right.</param>
/// <param name="Expected">What was expected, as text.</param>
/// <param name="Actual">What was found, as text.</param>
/// <param name="OffendingRows">Up to ten rows that break it, one text each.</param>
public sealed record CheckResponse(
    Guid RunId, string ActivityId, int Attempt, DateTimeOffset At, string Check, string Asset, Partition? Partition, CheckSeverity Severity, bool IsPassed,
    string Expected, string Actual, IReadOnlyList<string> OffendingRows)
{
    /// <summary>As the API shows it.</summary>
    public static CheckResponse Of(RecordedCheck check) => new(
        check.RunId, check.ActivityId, check.Attempt, check.At, check.Result.Check, check.Result.Asset.Name, check.Result.Partition, check.Result.Severity,
        check.Result.IsPassed, check.Result.Expected, check.Result.Actual, check.Result.OffendingRows);

    /// <summary>As the platform knows it.</summary>
    public AssetCheckResult ToResult() => new(Check, new(Asset), Partition, Severity, IsPassed, Expected, Actual, OffendingRows);
}
