using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Server.Api;

/// <summary>What a person says of a schedule.</summary>
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

    /// <summary>Which month a due time is about. Default the one before.</summary>
    public PartitionMapping Mapping { get; init; }

    /// <summary>What becomes of due times that passed while no node was there. Default all of them run, in order.</summary>
    public CatchUp CatchUp { get; init; }

    /// <summary>Runs of the schedule at once, 1 to 100. Default 1.</summary>
    public int MaxParallel { get; init; } = 1;

    /// <summary>Whether it is switched on. Default yes.</summary>
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

/// <summary>Makes a schedule.</summary>
public sealed record NewScheduleRequest : ScheduleRequest
{
    /// <summary>A request with nothing said yet.</summary>
    [JsonConstructor]
    public NewScheduleRequest()
    {
    }

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    internal NewScheduleRequest(ScheduleRequest said) : base(said)
    {
    }

    /// <summary>Its name; that of its workflow where it is left out.</summary>
    public string? Id { get; init; }
}

/// <summary>Runs a schedule now.</summary>
public sealed record RunNowRequest
{
    /// <summary>The month, such as <c>2026-10</c>; the one that the schedule would be about now where it is left out.</summary>
    public Partition? Partition { get; init; }
}

/// <summary>A schedule.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Workflow">The workflow that it runs.</param>
/// <param name="Cron">When.</param>
/// <param name="Zone">On whose clocks.</param>
/// <param name="Mapping">Which month a due time is about.</param>
/// <param name="CatchUp">What becomes of missed due times.</param>
/// <param name="MaxParallel">Runs of the schedule at once.</param>
/// <param name="IsOn">Whether it is switched on.</param>
/// <param name="Inputs">Input name → value of its runs.</param>
/// <param name="Priority">Priority of its runs.</param>
/// <param name="Version">Its version; the ETag too.</param>
/// <param name="NextDueAt">When it is due next, in UTC; null while it is off.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ChangedAt">When a person changed it last.</param>
/// <param name="ChangedBy">Who did.</param>
/// <param name="Trigger">The activity of the published workflow that it belongs to, such as a Timer, and that alone changes it; null for the schedule of a person.</param>
/// <param name="Failing">What is wrong with it: it cannot start runs, or its last run failed; null if all is well.</param>
/// <param name="Notes">What people may not expect of its expression, in words; left out if there is nothing to say.</param>
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

/// <summary>What is wrong with a schedule.</summary>
/// <param name="Reason">The reason, in words.</param>
/// <param name="Since">Since when.</param>
/// <param name="RunId">Its last run, which failed; null if it cannot start runs.</param>
public sealed record ScheduleFailingResponse(string Reason, DateTimeOffset Since, Guid? RunId);

/// <summary>When a schedule will be due.</summary>
/// <param name="Next">The next due times in UTC, ascending.</param>
/// <param name="Notes">What people may not expect, such as what a change of the clocks does to them, in words; left out where there is
/// nothing to say.</param>
public sealed record PreviewResponse(
    IReadOnlyList<DateTime> Next, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Notes)
{
    /// <summary>Due times of an answer where the request does not say.</summary>
    public const int DefaultCount = 5;

    internal static PreviewResponse Of(SchedulePreview preview) => new([.. preview.Next.Select(due => due.UtcDateTime)], preview.Notes.Count > 0 ? preview.Notes : null);
}

/// <summary>One due time of a schedule, or one request to run it now.</summary>
/// <param name="Schedule">The schedule.</param>
/// <param name="DueAt">When it was due.</param>
/// <param name="Partition">The month it is about; null for none.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Reason">Why it is skipped, what it waits for, or who asked for it.</param>
/// <param name="IsManual">Whether a person asked for it.</param>
/// <param name="RunId">Its run.</param>
/// <param name="RunStatus">Where that is.</param>
public sealed record OccurrenceResponse(
    string Schedule, DateTimeOffset DueAt, Partition? Partition, OccurrenceStatus Status, string? Reason, bool IsManual, Guid? RunId, RunStatus? RunStatus)
{
    internal static OccurrenceResponse Of(Occurrence due) =>
        new(due.ScheduleId, due.DueAt, due.Partition, due.Status, due.Reason, due.IsManual, due.RunId, due.RunStatus);
}
