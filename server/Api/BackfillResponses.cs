using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Backfills;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Server.Api;

/// <summary>Request for one run of a workflow for each month of a range.</summary>
public sealed record BackfillRequest
{
    /// <summary>The workflow's id, such as <c>monthly-sales</c>.</summary>
    public required string Workflow { get; init; }

    /// <summary>The earliest month, such as <c>2025-01</c>.</summary>
    public required Partition From { get; init; }

    /// <summary>The latest month, inclusive.</summary>
    public required Partition To { get; init; }

    /// <summary>Order in which the months start. Default earliest first.</summary>
    public BackfillOrder Order { get; init; }

    /// <summary>Runs at once, 1 to 100. Default 1.</summary>
    public int MaxParallel { get; init; } = 1;

    /// <summary>Months that run again. Default only those that have never run.</summary>
    public Reprocess Reprocess { get; init; }

    /// <summary>Handling of a month that another run is working on. Default: wait for that run.</summary>
    public ActiveMonth WhenActive { get; init; }

    /// <summary>Input name → value of its runs.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    /// <summary>Priority of its runs. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>Whether to return only what would happen. Default false.</summary>
    public bool DryRun { get; init; }

    internal BackfillPlan ToPlan() => new(Workflow, From, To)
    {
        Order = Order, MaxParallel = MaxParallel, Reprocess = Reprocess, WhenActive = WhenActive, Inputs = Inputs, Priority = Priority,
    };
}

/// <summary>Request to cancel a backfill.</summary>
public sealed record CancelBackfillRequest
{
    /// <summary>Whether to cancel the started runs too. Default false.</summary>
    public bool CancelRuns { get; init; }
}

/// <summary>A backfill.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Workflow">The workflow.</param>
/// <param name="From">The earliest month.</param>
/// <param name="To">The latest month.</param>
/// <param name="Order">Order in which the months start.</param>
/// <param name="MaxParallel">Runs at once.</param>
/// <param name="Reprocess">Months that run again.</param>
/// <param name="WhenActive">Handling of a month that another run is working on.</param>
/// <param name="Status">Status of the month.</param>
/// <param name="CreatedBy">Caller who requested the backfill.</param>
/// <param name="CreatedAt">Time of the request.</param>
/// <param name="FinishedAt">Time at which the last month ended.</param>
/// <param name="Progress">Status → number of months.</param>
public record BackfillResponse(
    Guid Id, string Workflow, Partition From, Partition To, BackfillOrder Order, int MaxParallel, Reprocess Reprocess, ActiveMonth WhenActive, BackfillStatus Status,
    string? CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? FinishedAt, IReadOnlyDictionary<BackfillPartitionStatus, int> Progress)
{
    internal static BackfillResponse Of(Backfill backfill)
    {
        var plan = backfill.Plan;
        return new(backfill.Id, plan.DefinitionId, plan.First, plan.Last, plan.Order, plan.MaxParallel, plan.Reprocess, plan.WhenActive, backfill.Status,
            backfill.CreatedBy, backfill.CreatedAt, backfill.FinishedAt, backfill.Progress);
    }
}

/// <summary>A backfill with its months.</summary>
/// <param name="Backfill">The backfill.</param>
/// <param name="Partitions">Its months, in the order in which they start.</param>
public sealed record BackfillDetailResponse(BackfillResponse Backfill, IReadOnlyList<BackfillPartitionResponse> Partitions);

/// <summary>One month of a backfill.</summary>
/// <param name="Partition">The month.</param>
/// <param name="Status">Status of the month.</param>
/// <param name="Reason">Why the month was skipped or failed, or what it waits for.</param>
/// <param name="RunId">Its run.</param>
/// <param name="RunStatus">Status of the run.</param>
public sealed record BackfillPartitionResponse(Partition Partition, BackfillPartitionStatus Status, string? Reason, Guid? RunId, RunStatus? RunStatus)
{
    internal static BackfillPartitionResponse Of(BackfillPartition month) => new(month.Partition, month.Status, month.Reason, month.RunId, month.RunStatus);
}

/// <summary>Preview of a backfill: what it would do now.</summary>
/// <param name="Runs">Number of runs.</param>
/// <param name="Activities">Number of activities in these runs.</param>
/// <param name="Partitions">Its months, in the order in which they start.</param>
public sealed record BackfillPreviewResponse(int Runs, int Activities, IReadOnlyList<PreviewedPartition> Partitions)
{
    internal static BackfillPreviewResponse Of(BackfillPreview preview) => new(preview.Runs, preview.Activities, preview.Partitions);
}
