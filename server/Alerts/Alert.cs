using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Alerts;

/// <summary>An alert that waits for delivery.</summary>
/// <param name="Id">Identity, the same in every attempt: receivers drop duplicates.</param>
/// <param name="Event"><c>run.failed</c>, <c>run.recovered</c> or <c>run.late</c>.</param>
/// <param name="RunId">The run; <see langword="null"/> for a due time that has no run.</param>
/// <param name="PreviousRunId">The failed run that this one recovered from.</param>
/// <param name="ScheduleId">The schedule whose run is late.</param>
/// <param name="DueAt">Time at which the run was due.</param>
/// <param name="CreatedAt">Time of the event.</param>
/// <param name="Attempt">Number of the attempt, from 1.</param>
sealed record Alert(
    Guid Id, string Event, Guid? RunId, Guid? PreviousRunId, string? ScheduleId, DateTimeOffset? DueAt, DateTimeOffset CreatedAt, int Attempt)
{
    public const string Failed = "run.failed", Recovered = "run.recovered", Late = "run.late";
}

/// <summary>JSON body that is posted to the webhook. Names and types are stable; members may be added.</summary>
/// <param name="Id">Identity of the alert.</param>
/// <param name="Event">What happened.</param>
/// <param name="At">Time of the event.</param>
/// <param name="Summary">A sentence for people.</param>
/// <param name="Workflow">The workflow.</param>
/// <param name="Partition">The month, such as <c>2026-10</c>.</param>
/// <param name="Run">The run that the alert is about.</param>
/// <param name="PreviousRun">Of <c>run.recovered</c>: the run that had failed.</param>
/// <param name="Schedule">Of <c>run.late</c>: the due time.</param>
sealed record AlertMessage(
    Guid Id, string Event, DateTimeOffset At, string Summary, string? Workflow, string? Partition, AlertedRun? Run, AlertedRun? PreviousRun, AlertedSchedule? Schedule)
{
    /// <summary>Creates the message of an alert.</summary>
    /// <param name="alert">The alert to deliver.</param>
    public static AlertMessage Of(Alert alert, Run? run, Run? previous, TelemetryOptions addresses)
    {
        var what = run is null ? alert.ScheduleId ?? "A run" : $"{run.DefinitionName}{(run.Partition is { } month ? $" for {month}" : "")}";
        var summary = alert.Event switch
        {
            Alert.Failed => $"{what} failed: {run?.Error?.Message} ({run?.Error?.Code})",
            Alert.Recovered => $"{what} succeeded again.",
            _ when run?.StartedAt is null => $"{what} was due at {alert.DueAt:u} and has not started.",
            _ => $"{what} was due at {alert.DueAt:u} and has not ended.",
        };
        return new(alert.Id, alert.Event, alert.CreatedAt, summary, run?.DefinitionId, run?.Partition?.ToString(), AlertedRun.Of(run, addresses),
            AlertedRun.Of(previous, addresses), alert is { ScheduleId: { } schedule, DueAt: { } due } ? new(schedule, due) : null);
    }
}

/// <summary>A run in a message.</summary>
/// <param name="Url">Address of the run's page.</param>
/// <param name="TraceUrl">Address of the run's trace.</param>
sealed record AlertedRun(Guid Id, string Status, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, RunError? Error, Uri? Url, Uri? TraceUrl)
{
    public static AlertedRun? Of(Run? run, TelemetryOptions addresses) => run is null
        ? null
        : new(run.Id, run.Status.ToString(), run.StartedAt, run.FinishedAt, run.Error, addresses.RunAddress(run.Id), addresses.TraceAddress(run.TraceParent));
}

/// <summary>A due time in a message.</summary>
sealed record AlertedSchedule(string Id, DateTimeOffset DueAt);
