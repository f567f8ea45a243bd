using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Backfills;

/// <summary>In which order the months of a backfill start. Persisted by name: explicit and append-only.</summary>
public enum BackfillOrder
{
    /// <summary>The earliest month first: the default.</summary>
    OldestFirst = 0,

    /// <summary>The latest month first.</summary>
    NewestFirst = 1,
}

/// <summary>Which months run again. Persisted by name: explicit and append-only.</summary>
public enum Reprocess
{
    /// <summary>Only months that were never run: the default.</summary>
    None = 0,

    /// <summary>Also those whose last run failed or was cancelled.</summary>
    Failed = 1,

    /// <summary>Every month.</summary>
    All = 2,
}

/// <summary>What becomes of a month that another run is working on. Persisted by name: explicit and append-only.</summary>
public enum ActiveMonth
{
    /// <summary>It comes when that run has ended, if it is still to run then: the default.</summary>
    Wait = 0,

    /// <summary>It is left out.</summary>
    Skip = 1,
}

/// <summary>Where a backfill is. Persisted by name: explicit and append-only.</summary>
public enum BackfillStatus
{
    /// <summary>Its months run.</summary>
    Running = 0,

    /// <summary>No further month starts until it is resumed.</summary>
    Paused = 1,

    /// <summary>Every month that was to run has succeeded.</summary>
    Succeeded = 2,

    /// <summary>Every month has ended, and not all have succeeded.</summary>
    Failed = 3,

    /// <summary>A person ended it. Its last runs may not have ended yet.</summary>
    Cancelled = 4,
}

/// <summary>Where one month of a backfill is. Persisted by name: explicit and append-only.</summary>
public enum BackfillPartitionStatus
{
    /// <summary>It has not started.</summary>
    Pending = 0,

    /// <summary>Its run was accepted and has not ended.</summary>
    Started = 1,

    /// <summary>Its run succeeded.</summary>
    Succeeded = 2,

    /// <summary>Its run failed.</summary>
    Failed = 3,

    /// <summary>Its run was cancelled, or the backfill was before it started.</summary>
    Cancelled = 4,

    /// <summary>It has no run.</summary>
    Skipped = 5,
}

/// <summary>What a person wants of a backfill: one run for each month of a range.</summary>
/// <param name="DefinitionId">The workflow.</param>
/// <param name="First">The earliest month.</param>
/// <param name="Last">The latest month, which is in too.</param>
public sealed record BackfillPlan(string DefinitionId, Partition First, Partition Last)
{
    /// <summary>Default the earliest first.</summary>
    public BackfillOrder Order { get; init; }

    /// <summary>How many runs at once, from 1 to 100; default 1.</summary>
    public int MaxParallel { get; init; } = 1;

    /// <summary>Default only months that were never run.</summary>
    public Reprocess Reprocess { get; init; }

    /// <summary>Default to wait.</summary>
    public ActiveMonth WhenActive { get; init; }

    /// <summary>Input name → value of its runs; the workflow's defaults for the others.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Priority of its runs; default 0.</summary>
    public int Priority { get; init; }
}

/// <summary>A backfill as it is now.</summary>
/// <param name="Id">Its identity; sorts by time.</param>
/// <param name="Plan">What a person wanted.</param>
/// <param name="Status">Where it is.</param>
/// <param name="CreatedBy">Who wanted it, such as <c>person ada</c>.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="FinishedAt">When the last of it had ended.</param>
/// <param name="Progress">How many months are where; those that have none are left out.</param>
public sealed record Backfill(
    Guid Id, BackfillPlan Plan, BackfillStatus Status, string? CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt,
    IReadOnlyDictionary<BackfillPartitionStatus, int> Progress);

/// <summary>One month of a backfill.</summary>
/// <param name="Partition">The month.</param>
/// <param name="Status">Where it is.</param>
/// <param name="Reason">Why it was left out or failed, or what it waits for.</param>
/// <param name="RunId">Its run.</param>
/// <param name="RunStatus">Where that is.</param>
public sealed record BackfillPartition(Partition Partition, BackfillPartitionStatus Status, string? Reason, Guid? RunId, RunStatus? RunStatus);
