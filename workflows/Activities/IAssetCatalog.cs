using Orchestrator.Workflows.Assets;

namespace Orchestrator.Workflows.Activities;

/// <summary>A catalog of the data: readers ask it for the committed location of an asset and partition, and never list a prefix.</summary>
public interface IAssetCatalog
{
    /// <summary>Finds the materialization that readers see now; <see langword="null"/> if the asset has not been written yet.</summary>
    Task<Materialization?> FindAsync(AssetKey asset, Partition? partition, CancellationToken cancellationToken);

    /// <summary>Lists the materialization of each partition that readers see now, by partition ascending.</summary>
    Task<IReadOnlyList<Materialization>> ListCurrentAsync(AssetKey asset, CancellationToken cancellationToken);

    /// <summary>Lists the materializations of a month that readers see, by asset.</summary>
    Task<IReadOnlyList<Materialization>> ListOfPartitionAsync(Partition partition, CancellationToken cancellationToken);

    /// <summary>
    /// Finds a materialization, whether readers still see it or not; <see langword="null"/> if there is none with this id.
    /// </summary>
    Task<Materialization?> FindAsync(Guid materialization, CancellationToken cancellationToken);

    /// <summary>Waits to become the only writer of an asset.</summary>
    /// <param name="holder">The attempt that writes; its lock ends when another worker takes its run over.</param>
    /// <returns>The lock; disposing it releases it to the next holder.</returns>
    Task<IAsyncDisposable> LockAsync(AssetKey asset, ActivityAttempt holder, CancellationToken cancellationToken);
}
