using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Schedules;

/// <summary>Treatment of due times that passed while no node was running. Persisted by name: explicit and append-only.</summary>
public enum CatchUp
{
    /// <summary>All of them run, in order: the default.</summary>
    All = 0,

    /// <summary>The last one runs, the others are skipped.</summary>
    Last = 1,

    /// <summary>Missed due times are skipped.</summary>
    None = 2,
}

/// <summary>A schedule as a person defines it.</summary>
/// <param name="DefinitionId">The workflow that it runs.</param>
/// <param name="Cron">The rule; see <see cref="CronRule"/>.</param>
public sealed record SchedulePlan(string DefinitionId, string Cron)
{
    /// <summary>IANA name of the time zone; default <c>UTC</c>.</summary>
    public string Zone { get; init; } = "UTC";

    /// <summary>Month of a due time; default the one before.</summary>
    public PartitionMapping Mapping { get; init; }

    /// <summary>Treatment of missed due times; by default all run.</summary>
    public CatchUp CatchUp { get; init; }

    /// <summary>Largest number of runs of the schedule at once, from 1 to 100; default 1.</summary>
    public int MaxParallel { get; init; } = 1;

    /// <summary>Whether it is switched on; default yes. While it is off nothing becomes due.</summary>
    public bool IsOn { get; init; } = true;

    /// <summary>Input name → value of its runs; the workflow's defaults for the others.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Priority of its runs; default 0.</summary>
    public int Priority { get; init; }

    /// <summary>
    /// The activity of the workflow that it belongs to and that its runs begin with; <see langword="null"/> for the schedule of a person.
    /// </summary>
    public string? Trigger { get; init; }

    /// <summary>Returns the rule for its due times.</summary>
    /// <exception cref="SchedulingException">The expression or the zone is not valid.</exception>
    public CronRule ReadRule() => Trigger is null ? CronRule.Parse(Cron, Zone) : CronRule.OfTrigger(Cron);

    /// <summary>
    /// Returns the rule for its due times; <see langword="null"/> if its expression or zone cannot be read any more, such as a zone that
    /// this machine does not know.
    /// </summary>
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

/// <summary>A schedule as the store keeps it.</summary>
/// <param name="Id">Its name, such as <c>monthly-sales</c>.</param>
/// <param name="Plan">The schedule as a person defined it.</param>
/// <param name="Version">Grows with each change by a person.</param>
/// <param name="NextDueAt">The next due time; <see langword="null"/> while it is off.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ChangedAt">When a person changed it last.</param>
/// <param name="ChangedBy">Person who did, such as <c>person ada</c>.</param>
/// <param name="RuleSince">Time since which the present expression, zone and mapping apply.</param>
/// <param name="SettledUntil">Due times until then are in the ledger.</param>
public sealed record Schedule(
    string Id, SchedulePlan Plan, int Version, DateTimeOffset? NextDueAt, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt, string? ChangedBy,
    DateTimeOffset RuleSince, DateTimeOffset SettledUntil)
{
    /// <summary>
    /// Reason why the schedule does not run as it should, or why its last run failed; <see langword="null"/> if all is well.
    /// </summary>
    public ScheduleFailure? Failure { get; init; }

    /// <summary>Properties of the expression that people may not expect, in words.</summary>
    public IReadOnlyList<string> Notes => CronFields.ExplainDays(Plan.Cron) is { } days ? [days] : [];
}

/// <summary>A failure of a schedule.</summary>
/// <param name="Reason">The reason, in words.</param>
/// <param name="Since">Since when; of a run, its end.</param>
/// <param name="RunId">The last run that ended, which failed; <see langword="null"/> if no run can start.</param>
public sealed record ScheduleFailure(string Reason, DateTimeOffset Since, Guid? RunId);

/// <summary>Status of a due time. Persisted by name: explicit and append-only.</summary>
public enum OccurrenceStatus
{
    /// <summary>The time is due, and its run waits for those before it.</summary>
    Pending = 0,

    /// <summary>The run of the due time was accepted.</summary>
    Started = 1,

    /// <summary>The due time has no run, and will have none.</summary>
    Skipped = 2,
}

/// <summary>One due time of a schedule, or one request to run it now.</summary>
/// <param name="ScheduleId">The schedule.</param>
/// <param name="DueAt">When it was due.</param>
/// <param name="Partition">Its month; <see langword="null"/> for none.</param>
/// <param name="Status">Status of the due time.</param>
/// <param name="Reason">Reason why it is skipped, or what it waits for.</param>
/// <param name="IsManual">Whether a person requested it.</param>
/// <param name="RunId">Its run.</param>
/// <param name="RecordedAt">Time at which it was recorded.</param>
public sealed record Occurrence(
    string ScheduleId, DateTimeOffset DueAt, Partition? Partition, OccurrenceStatus Status, string? Reason, bool IsManual, Guid? RunId, DateTimeOffset RecordedAt)
{
    /// <summary>Status of the run of the due time.</summary>
    public RunStatus? RunStatus { get; init; }
}

/// <summary>A filter for the list of occurrences, the last due one first.</summary>
public sealed record OccurrenceFilter
{
    /// <summary>Only of this schedule.</summary>
    public string? ScheduleId { get; init; }

    /// <summary>Only those with this status.</summary>
    public OccurrenceStatus? Status { get; init; }

    /// <summary>Only of this month.</summary>
    public Partition? Partition { get; init; }

    /// <summary>Only those after this one in the list: the last one of the page before.</summary>
    public (DateTimeOffset DueAt, string ScheduleId)? Before { get; init; }

    /// <summary>Largest number of results; default 50.</summary>
    public int Limit { get; init; } = 50;
}
