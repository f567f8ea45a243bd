using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Workers;

/// <summary>Releases the locks on assets that the former worker of a run holds.</summary>
sealed class AssetLockFence(StoreDatabase store, StoreOutages outages) : IRunFence
{
    public Task RaiseAsync(Guid runId, long token, CancellationToken cancellationToken) => outages.RideOutAsync(async inner =>
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(inner);
        await RunSessions.EndOlderAsync(connection, runId, token, inner);
    }, cancellationToken);
}
