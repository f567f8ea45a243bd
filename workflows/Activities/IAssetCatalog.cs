using Orchestrator.Workflows.Assets;

namespace Orchestrator.Workflows.Activities;

/// <summary>Where the data is: readers ask it for the committed location of an asset and partition, and never list a prefix.</summary>
public interface IAssetCatalog
{
    /// <summary>The materialization that readers see now; <see langword="null"/> where nobody has written it yet.</summary>
    Task<Materialization?> FindAsync(AssetKey asset, Partition? partition, CancellationToken cancellationToken);

    /// <summary>Of each partition, the materialization that readers see now, by partition ascending.</summary>
    Task<IReadOnlyList<Materialization>> ListCurrentAsync(AssetKey asset, CancellationToken cancellationToken);

    /// <summary>What readers see of a month, by asset.</summary>
    Task<IReadOnlyList<Materialization>> ListOfPartitionAsync(Partition partition, CancellationToken cancellationToken);

    /// <summary>A materialization, whether readers still see it or not; <see langword="null"/> if there is none with this id.</summary>
    Task<Materialization?> FindAsync(Guid materialization, CancellationToken cancellationToken);

    /// <summary>Waits to be the only writer of an asset.</summary>
    /// <param name="holder">Who writes; its lock ends when another worker takes its run over.</param>
    /// <returns>Disposing it lets the next one in.</returns>
    Task<IAsyncDisposable> LockAsync(AssetKey asset, ActivityAttempt holder, CancellationToken cancellationToken);
}
