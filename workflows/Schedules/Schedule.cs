using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Schedules;

/// <summary>What becomes of due times that passed while no node was there to see them. Persisted by name: explicit and append-only.</summary>
public enum CatchUp
{
    /// <summary>All of them run, in order: the default.</summary>
    All = 0,

    /// <summary>The last one runs, the others are skipped.</summary>
    Last = 1,

    /// <summary>They are skipped.</summary>
    None = 2,
}

/// <summary>What a person says of a schedule.</summary>
/// <param name="DefinitionId">The workflow that it runs.</param>
/// <param name="Cron">When; see <see cref="CronRule"/>.</param>
public sealed record SchedulePlan(string DefinitionId, string Cron)
{
    /// <summary>IANA name of the time zone; default <c>UTC</c>.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>Which month a due time is about; default the one before.</summary>
    public PartitionMapping Mapping { get; init; }

    /// <summary>What becomes of missed due times; default all run.</summary>
    public CatchUp CatchUp { get; init; }

    /// <summary>How many runs of the schedule there may be at once, from 1 to 100; default 1.</summary>
    public int MaxParallel { get; init; } = 1;

    /// <summary>Whether it is switched on; default yes. While it is off nothing becomes due.</summary>
    public bool IsOn { get; init; } = true;

    /// <summary>Input name → value of its runs; the workflow's defaults for the others.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Priority of its runs; default 0.</summary>
    public int Priority { get; init; }

    /// <summary>The activity of the workflow that it belongs to and that its runs begin with; <see langword="null"/> for the schedule of a person.</summary>
    public string? Trigger { get; init; }

    /// <summary>When it is due.</summary>
    /// <exception cref="SchedulingException">The expression or the zone is not valid.</exception>
    public CronRule ReadRule() => Trigger is null ? CronRule.Parse(Cron, Zone) : CronRule.OfTrigger(Cron);

    /// <summary>When it is due; <see langword="null"/> if its expression or zone cannot be read any more, such as one that this machine
    /// does not know.</summary>
    internal CronRule? TryReadRule()
    {
        try
        {
            return ReadRule();
        }
        catch (SchedulingException)
        {
            return null;
        }
    }
}

/// <summary>A schedule as it is kept.</summary>
/// <param name="Id">Its name, such as <c>monthly-sales</c>.</param>
/// <param name="Plan">What a person says of it.</param>
/// <param name="Version">Grows with each change by a person.</param>
/// <param name="NextDueAt">The next due time; <see langword="null"/> while it is off.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ChangedAt">When a person changed it last.</param>
/// <param name="ChangedBy">Who did, such as <c>person ada</c>.</param>
/// <param name="RuleSince">Since when it is due by the present expression, zone and mapping.</param>
/// <param name="SettledUntil">What was due until then is in the ledger.</param>
public sealed record Schedule(
    string Id, SchedulePlan Plan, int Version, DateTimeOffset? NextDueAt, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt, string? ChangedBy,
    DateTimeOffset RuleSince, DateTimeOffset SettledUntil)
{
    /// <summary>Why it does not run as it should, or why its last run failed; <see langword="null"/> if all is well.</summary>
    public ScheduleFailure? Failure { get; init; }

    /// <summary>What people may not expect of its expression, in words.</summary>
    public IReadOnlyList<string> Notes => CronFields.ExplainDays(Plan.Cron) is { } days ? [days] : [];
}

/// <summary>What is wrong with a schedule.</summary>
/// <param name="Reason">The reason, in words.</param>
/// <param name="Since">Since when; of a run, its end.</param>
/// <param name="RunId">The last run that ended, which failed; <see langword="null"/> if no run can start.</param>
public sealed record ScheduleFailure(string Reason, DateTimeOffset Since, Guid? RunId);

/// <summary>What became of a due time. Persisted by name: explicit and append-only.</summary>
public enum OccurrenceStatus
{
    /// <summary>It is due, and its run waits for those before it.</summary>
    Pending = 0,

    /// <summary>Its run was accepted.</summary>
    Started = 1,

    /// <summary>It has no run, and will have none.</summary>
    Skipped = 2,
}

/// <summary>One due time of a schedule, or one request to run it now.</summary>
/// <param name="ScheduleId">The schedule.</param>
/// <param name="DueAt">When it was due.</param>
/// <param name="Partition">The month it is about; <see langword="null"/> for none.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Reason">Why it is skipped, or what it waits for.</param>
/// <param name="IsManual">Whether a person asked for it.</param>
/// <param name="RunId">Its run.</param>
/// <param name="RecordedAt">When it was noticed.</param>
public sealed record Occurrence(
    string ScheduleId, DateTimeOffset DueAt, Partition? Partition, OccurrenceStatus Status, string? Reason, bool IsManual, Guid? RunId, DateTimeOffset RecordedAt)
{
    /// <summary>Where its run is.</summary>
    public RunStatus? RunStatus { get; init; }
}

/// <summary>Which occurrences to list, the last due one first.</summary>
public sealed record OccurrenceFilter
{
    /// <summary>Only of this schedule.</summary>
    public string? ScheduleId { get; init; }

    /// <summary>Only those that came to this.</summary>
    public OccurrenceStatus? Status { get; init; }

    /// <summary>Only of this month.</summary>
    public Partition? Partition { get; init; }

    /// <summary>Only those after this one in the list: the last one of the page before.</summary>
    public (DateTimeOffset DueAt, string ScheduleId)? Before { get; init; }

    /// <summary>At most so many; default 50.</summary>
    public int Limit { get; init; } = 50;
}
