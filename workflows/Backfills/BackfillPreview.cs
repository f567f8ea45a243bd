using Orchestrator.Workflows.Assets;

namespace Orchestrator.Workflows.Backfills;

/// <summary>Preview of a backfill under present conditions.</summary>
/// <param name="Partitions">Its months, in the order in which they start.</param>
/// <param name="Runs">Number of runs.</param>
/// <param name="Activities">Number of activities of these runs, each counted once a run.</param>
public sealed record BackfillPreview(IReadOnlyList<PreviewedPartition> Partitions, int Runs, int Activities);

/// <summary>Preview of one month of a backfill.</summary>
/// <param name="Partition">The month.</param>
/// <param name="WillRun">Whether it runs.</param>
/// <param name="Reason">Reason why it does not run, or what it waits for first.</param>
/// <param name="Overwrites">Data of the month that readers see now and would no longer see.</param>
public sealed record PreviewedPartition(Partition Partition, bool WillRun, string? Reason, IReadOnlyList<OverwrittenAsset> Overwrites);

/// <summary>Data of a month that a run of the same workflow has written.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Rows">Its rows of that month.</param>
public sealed record OverwrittenAsset(string Asset, long Rows);
