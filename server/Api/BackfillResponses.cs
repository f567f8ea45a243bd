using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Backfills;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Server.Api;

/// <summary>Asks for one run of a workflow for each month of a range.</summary>
public sealed record BackfillRequest
{
    /// <summary>The workflow's id, such as <c>monthly-sales</c>.</summary>
    public required string Workflow { get; init; }

    /// <summary>The earliest month, such as <c>2025-01</c>.</summary>
    public required Partition From { get; init; }

    /// <summary>The latest month, which is in too.</summary>
    public required Partition To { get; init; }

    /// <summary>Which month starts first. Default the earliest.</summary>
    public BackfillOrder Order { get; init; }

    /// <summary>Runs at once, 1 to 100. Default 1.</summary>
    public int MaxParallel { get; init; } = 1;

    /// <summary>Which months run again. Default only those that were never run.</summary>
    public Reprocess Reprocess { get; init; }

    /// <summary>What becomes of a month that another run is working on. Default it is waited for.</summary>
    public ActiveMonth WhenActive { get; init; }

    /// <summary>Input name → value of its runs.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    /// <summary>Priority of its runs. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>Whether to say only what would happen. Default no.</summary>
    public bool DryRun { get; init; }

    internal BackfillPlan ToPlan() => new(Workflow, From, To)
    {
        Order = Order, MaxParallel = MaxParallel, Reprocess = Reprocess, WhenActive = WhenActive, Inputs = Inputs, Priority = Priority,
    };
}

/// <summary>Ends a backfill.</summary>
public sealed record CancelBackfillRequest
{
    /// <summary>Whether the runs that have started are to end too. Default no.</summary>
    public bool CancelRuns { get; init; }
}

/// <summary>A backfill.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Workflow">The workflow.</param>
/// <param name="From">The earliest month.</param>
/// <param name="To">The latest month.</param>
/// <param name="Order">Which month starts first.</param>
/// <param name="MaxParallel">Runs at once.</param>
/// <param name="Reprocess">Which months run again.</param>
/// <param name="WhenActive">What becomes of a month that another run is working on.</param>
/// <param name="Status">Where it is.</param>
/// <param name="CreatedBy">Who asked for it.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="FinishedAt">When the last of it had ended.</param>
/// <param name="Progress">Status → how many months have it.</param>
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
/// <param name="Status">Where it is.</param>
/// <param name="Reason">Why it was left out or failed, or what it waits for.</param>
/// <param name="RunId">Its run.</param>
/// <param name="RunStatus">Where that is.</param>
public sealed record BackfillPartitionResponse(Partition Partition, BackfillPartitionStatus Status, string? Reason, Guid? RunId, RunStatus? RunStatus)
{
    internal static BackfillPartitionResponse Of(BackfillPartition month) => new(month.Partition, month.Status, month.Reason, month.RunId, month.RunStatus);
}

/// <summary>What a backfill would do now.</summary>
/// <param name="Runs">How many runs that makes.</param>
/// <param name="Activities">How many activities those have.</param>
/// <param name="Partitions">Its months, in the order in which they start.</param>
public sealed record BackfillPreviewResponse(int Runs, int Activities, IReadOnlyList<PreviewedPartition> Partitions)
{
    internal static BackfillPreviewResponse Of(BackfillPreview preview) => new(preview.Runs, preview.Activities, preview.Partitions);
}
