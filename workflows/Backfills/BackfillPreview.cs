using Orchestrator.Workflows.Assets;

namespace Orchestrator.Workflows.Backfills;

/// <summary>What a backfill would do, as things are now.</summary>
/// <param name="Partitions">Its months, in the order in which they start.</param>
/// <param name="Runs">How many runs that makes.</param>
/// <param name="Activities">How many activities those have, each counted once a run.</param>
public sealed record BackfillPreview(IReadOnlyList<PreviewedPartition> Partitions, int Runs, int Activities);

/// <summary>What a backfill would do with one month.</summary>
/// <param name="Partition">The month.</param>
/// <param name="WillRun">Whether it runs.</param>
/// <param name="Reason">Why it does not, or what it waits for first.</param>
/// <param name="Overwrites">What readers see of the month now, and would not see any more.</param>
public sealed record PreviewedPartition(Partition Partition, bool WillRun, string? Reason, IReadOnlyList<OverwrittenAsset> Overwrites);

/// <summary>Data of a month that a run of the same workflow has written.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Rows">Its rows of that month.</param>
public sealed record OverwrittenAsset(string Asset, long Rows);
