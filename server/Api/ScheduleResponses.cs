using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Server.Api;

/// <summary>Settings of a schedule in a request.</summary>
public record ScheduleRequest
{
    /// <summary>The workflow's id, such as <c>monthly-sales</c>.</summary>
    public required string Workflow { get; init; }

    /// <summary>5 fields (minute, hour, day, month, weekday), or 6 with seconds first; <c>L</c>, <c>W</c> and <c>#</c> are understood.</summary>
    [Description("5 fields (minute, hour, day, month, weekday), or 6 with seconds first; L, W and # are understood.")]
    public required string Cron { get; init; }

    /// <summary>IANA name of the time zone. Default <c>UTC</c>.</summary>
    [Description("IANA name of the time zone. Default UTC.")]
    public string Zone { get; init; } = "UTC";

    /// <summary>Month that a due time maps to. Default the month before.</summary>
    public PartitionMapping Mapping { get; init; }

    /// <summary>Handling of due times that passed while no node ran. Default: all of them run, in order.</summary>
    public CatchUp CatchUp { get; init; }

    /// <summary>Runs of the schedule at once, 1 to 100. Default 1.</summary>
    public int MaxParallel { get; init; } = 1;

    /// <summary>Whether the schedule is on. Default true.</summary>
    public bool IsOn { get; init; } = true;

    /// <summary>Input name → value of its runs.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    /// <summary>Priority of its runs. Default 0.</summary>
    public int Priority { get; init; }

    internal SchedulePlan ToPlan() => new(Workflow, Cron)
    {
        Zone = Zone, Mapping = Mapping, CatchUp = CatchUp, MaxParallel = MaxParallel, IsOn = IsOn, Inputs = Inputs, Priority = Priority,
    };
}

/// <summary>Request to create a schedule.</summary>
public sealed record NewScheduleRequest : ScheduleRequest
{
    /// <summary>Creates a request without values.</summary>
    [JsonConstructor]
    public NewScheduleRequest()
    {
    }

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    internal NewScheduleRequest(ScheduleRequest said) : base(said)
    {
    }

    /// <summary>Name of the schedule. Default that of its workflow.</summary>
    public string? Id { get; init; }
}

/// <summary>Request to run a schedule now.</summary>
public sealed record RunNowRequest
{
    /// <summary>The month, such as <c>2026-10</c>. Default the month that the schedule would map the present to.</summary>
    public Partition? Partition { get; init; }
}

/// <summary>A schedule.</summary>
/// <param name="Id">Name of the schedule.</param>
/// <param name="Workflow">The workflow that the schedule runs.</param>
/// <param name="Cron">Cron expression.</param>
/// <param name="Zone">IANA name of the time zone.</param>
/// <param name="Mapping">Month that a due time maps to.</param>
/// <param name="CatchUp">Handling of missed due times.</param>
/// <param name="MaxParallel">Runs of the schedule at once.</param>
/// <param name="IsOn">Whether the schedule is on.</param>
/// <param name="Inputs">Input name → value of its runs.</param>
/// <param name="Priority">Priority of its runs.</param>
/// <param name="Version">Version of the schedule; also its ETag.</param>
/// <param name="NextDueAt">Next due time in UTC; null while the schedule is off.</param>
/// <param name="CreatedAt">Time of creation.</param>
/// <param name="ChangedAt">Time of the last change by a person.</param>
/// <param name="ChangedBy">Person who made the last change.</param>
/// <param name="Trigger">The activity of the published workflow that owns the schedule, such as a Timer; null for a person's
/// schedule.</param>
/// <param name="Failing">The problem: it cannot start runs, or its last run failed; null if there is none.</param>
/// <param name="Notes">Surprises of the expression, in words; omitted if there are none.</param>
public sealed record ScheduleResponse(
    string Id, string Workflow, string Cron, string Zone, PartitionMapping Mapping, CatchUp CatchUp, int MaxParallel, bool IsOn,
    IReadOnlyDictionary<string, JsonElement> Inputs, int Priority, int Version, DateTimeOffset? NextDueAt, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt, string? ChangedBy,
    string? Trigger, ScheduleFailingResponse? Failing, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Notes)
{
    internal ScheduleRequest ToRequest() => new()
    {
        Workflow = Workflow, Cron = Cron, Zone = Zone, Mapping = Mapping, CatchUp = CatchUp, MaxParallel = MaxParallel, IsOn = IsOn, Inputs = Inputs, Priority = Priority,
    };

    internal static ScheduleResponse Of(Schedule schedule)
    {
        var plan = schedule.Plan;
        return new(schedule.Id, plan.DefinitionId, plan.Cron, plan.Zone, plan.Mapping, plan.CatchUp, plan.MaxParallel, plan.IsOn, plan.Inputs, plan.Priority,
            schedule.Version, schedule.NextDueAt, schedule.CreatedAt, schedule.ChangedAt, schedule.ChangedBy, plan.Trigger,
            schedule.Failure is { } failure ? new(failure.Reason, failure.Since, failure.RunId) : null, schedule.Notes is { Count: > 0 } notes ? notes : null);
    }
}

/// <summary>Problem of a schedule.</summary>
/// <param name="Reason">The reason, in words.</param>
/// <param name="Since">Start of the problem.</param>
/// <param name="RunId">Its last run, which failed; null if it cannot start runs.</param>
public sealed record ScheduleFailingResponse(string Reason, DateTimeOffset Since, Guid? RunId);

/// <summary>Next due times of a schedule.</summary>
/// <param name="Next">The next due times in UTC, ascending.</param>
/// <param name="Notes">Surprises, such as the effect of a change to daylight saving time, in words; omitted if there are none.</param>
public sealed record PreviewResponse(
    IReadOnlyList<DateTime> Next, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Notes)
{
    /// <summary>Number of due times if the request gives none.</summary>
    public const int DefaultCount = 5;

    internal static PreviewResponse Of(SchedulePreview preview) => new([.. preview.Next.Select(due => due.UtcDateTime)], preview.Notes.Count > 0 ? preview.Notes : null);
}

/// <summary>A due time of a schedule, or a request to run it now.</summary>
/// <param name="Schedule">The schedule.</param>
/// <param name="DueAt">The due time.</param>
/// <param name="Partition">The month that it maps to; null for none.</param>
/// <param name="Status">Outcome of the due time.</param>
/// <param name="Reason">Why it was skipped, what it waits for, or who requested it.</param>
/// <param name="IsManual">Whether a person requested it.</param>
/// <param name="RunId">Its run.</param>
/// <param name="RunStatus">Status of the run.</param>
public sealed record OccurrenceResponse(
    string Schedule, DateTimeOffset DueAt, Partition? Partition, OccurrenceStatus Status, string? Reason, bool IsManual, Guid? RunId, RunStatus? RunStatus)
{
    internal static OccurrenceResponse Of(Occurrence due) =>
        new(due.ScheduleId, due.DueAt, due.Partition, due.Status, due.Reason, due.IsManual, due.RunId, due.RunStatus);
}
