using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Backfills;

/// <summary>Order in which the months of a backfill start. Persisted by name: explicit and append-only.</summary>
public enum BackfillOrder
{
    /// <summary>The earliest month first: the default.</summary>
    OldestFirst = 0,

    /// <summary>The latest month first.</summary>
    NewestFirst = 1,
}

/// <summary>Months that run again in a backfill. Persisted by name: explicit and append-only.</summary>
public enum Reprocess
{
    /// <summary>Only months that were never run: the default.</summary>
    None = 0,

    /// <summary>Also those whose last run failed or was canceled.</summary>
    Failed = 1,

    /// <summary>Every month.</summary>
    All = 2,
}

/// <summary>Treatment of a month that another run is working on. Persisted by name: explicit and append-only.</summary>
public enum ActiveMonth
{
    /// <summary>The month waits until that run has ended, and then runs if it still has to: the default.</summary>
    Wait = 0,

    /// <summary>The month is left out.</summary>
    Skip = 1,
}

/// <summary>Status of a backfill. Persisted by name: explicit and append-only.</summary>
public enum BackfillStatus
{
    /// <summary>The months of the backfill run.</summary>
    Running = 0,

    /// <summary>No further month starts until the backfill is resumed.</summary>
    Paused = 1,

    /// <summary>Every month that had to run has succeeded.</summary>
    Succeeded = 2,

    /// <summary>Every month has ended, and not all have succeeded.</summary>
    Failed = 3,

    /// <summary>A person ended the backfill. Its last runs may not have ended yet.</summary>
    Cancelled = 4,
}

/// <summary>Status of one month of a backfill. Persisted by name: explicit and append-only.</summary>
public enum BackfillPartitionStatus
{
    /// <summary>The month has not started.</summary>
    Pending = 0,

    /// <summary>The month's run was accepted and has not ended.</summary>
    Started = 1,

    /// <summary>The month's run succeeded.</summary>
    Succeeded = 2,

    /// <summary>The month's run failed.</summary>
    Failed = 3,

    /// <summary>The month's run was canceled, or the backfill was canceled before the month started.</summary>
    Cancelled = 4,

    /// <summary>The month has no run.</summary>
    Skipped = 5,
}

/// <summary>A backfill as a person defines it: one run for each month of a range.</summary>
/// <param name="DefinitionId">The workflow.</param>
/// <param name="First">The earliest month.</param>
/// <param name="Last">The latest month, included.</param>
public sealed record BackfillPlan(string DefinitionId, Partition First, Partition Last)
{
    /// <summary>Order of the months; by default the earliest first.</summary>
    public BackfillOrder Order { get; init; }

    /// <summary>Largest number of runs at once, from 1 to 100; default 1.</summary>
    public int MaxParallel { get; init; } = 1;

    /// <summary>Months that run again; by default only months that were never run.</summary>
    public Reprocess Reprocess { get; init; }

    /// <summary>Treatment of months that another run is working on; by default to wait.</summary>
    public ActiveMonth WhenActive { get; init; }

    /// <summary>Inputs of its runs: input name → value; the workflow's defaults for the others.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Priority of its runs; default 0.</summary>
    public int Priority { get; init; }
}

/// <summary>A backfill as it is now.</summary>
/// <param name="Id">Its identity; sorts by time.</param>
/// <param name="Plan">The backfill as a person defined it.</param>
/// <param name="Status">Its status.</param>
/// <param name="CreatedBy">Person or component that started it, such as <c>person ada</c>.</param>
/// <param name="CreatedAt">Time of its creation.</param>
/// <param name="FinishedAt">Time at which the last of it had ended.</param>
/// <param name="Progress">Number of months by status; a status without months is omitted.</param>
public sealed record Backfill(
    Guid Id, BackfillPlan Plan, BackfillStatus Status, string? CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt,
    IReadOnlyDictionary<BackfillPartitionStatus, int> Progress);

/// <summary>One month of a backfill.</summary>
/// <param name="Partition">The month.</param>
/// <param name="Status">Its status.</param>
/// <param name="Reason">Reason why it was left out or failed, or what it waits for.</param>
/// <param name="RunId">Its run.</param>
/// <param name="RunStatus">Status of the run.</param>
public sealed record BackfillPartition(Partition Partition, BackfillPartitionStatus Status, string? Reason, Guid? RunId, RunStatus? RunStatus);
