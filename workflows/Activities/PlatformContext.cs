using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Activities;

/// <summary>Additions of this platform to Elsa's <see cref="ActivityExecutionContext"/>: partition, assets, progress, checkpoint.</summary>
public static class PlatformContext
{
    extension(ActivityExecutionContext context)
    {
        /// <summary>The attempt that executes.</summary>
        public ActivityAttempt Attempt => context.GetRequiredService<ActivityAttempt>();

        /// <summary>The run's partition.</summary>
        /// <exception cref="ActivityFailedException"><c>run.no_partition</c>: the run was started without a partition.</exception>
        public Partition GetPartition() => context.Attempt.Partition
            ?? throw new ActivityFailedException("run.no_partition",
                $"Activity '{context.Attempt.ActivityId}' works on a month, but the run was started without one. Start it with --partition, such as --partition 2026-10.",
                isRetryable: false);

        /// <summary>Reports the progress of the attempt.</summary>
        public void ReportProgress(ActivityProgress progress) => context.Attempt.Observer.OnProgress(context.Attempt, progress);

        /// <summary>Sets a metric of the attempt; see <see cref="MetricNames"/>.</summary>
        public void SetMetric(string name, decimal value) => context.Attempt.SetMetric(name, value);

        /// <summary>Adds a written asset; it becomes visible when the activity completes.</summary>
        public void AddMaterialization(MaterializationDraft materialization) => context.Attempt.Add(materialization);

        /// <summary>Adds the result of a check; it is recorded even if the attempt then fails.</summary>
        public void AddCheckResult(AssetCheckResult check) => context.Attempt.Add(check);

        /// <summary>Returns the checkpoint that an earlier attempt of this execution saved; the type's default if there is none.</summary>
        public T? GetCheckpoint<T>() => context.Attempt.Checkpoint is { } saved ? saved.Deserialize<T>(JsonSerializerOptions.Web) : default;

        /// <summary>Saves durably what the next attempt needs to continue.</summary>
        public Task SetCheckpointAsync<T>(T state) =>
            context.Attempt.SaveCheckpointAsync(JsonSerializer.SerializeToElement(state, JsonSerializerOptions.Web), context.CancellationToken);

        /// <summary>Asks the store once whether this worker still holds the run; call it right before something is published.</summary>
        /// <exception cref="ActivityFailedException"><c>run.lease_lost</c>: another worker has claimed the run, or it has
        /// ended.</exception>
        public async Task EnsureHeldAsync()
        {
            var attempt = context.Attempt;
            if (!await attempt.IsHeldAsync(context.CancellationToken)) throw LeaseLost(attempt);
        }

        /// <summary>Reads the materialization that readers of this asset see now.</summary>
        /// <param name="partition">The month; <see langword="null"/> for an asset that is not partitioned.</param>
        /// <exception cref="ActivityFailedException"><c>assets.not_materialized</c>: the asset has not been written yet.</exception>
        public async Task<Materialization> GetMaterializationAsync(AssetKey asset, Partition? partition) =>
            await context.FindMaterializationAsync(asset, partition)
            ?? throw new ActivityFailedException("assets.not_materialized",
                $"Asset '{asset}' has no data{(partition is { } month ? $" for {month}" : "")}. Run the activity that writes it first.", isRetryable: false);

        /// <summary>
        /// Finds the materialization of this asset that readers see now; <see langword="null"/> if it has not been written yet.
        /// </summary>
        public Task<Materialization?> FindMaterializationAsync(AssetKey asset, Partition? partition) =>
            context.GetRequiredService<IAssetCatalog>().FindAsync(asset, partition, context.CancellationToken);

        /// <summary>Waits to become the only writer of an asset, until the outcome of this attempt is committed.</summary>
        public async Task LockAssetAsync(AssetKey asset) =>
            context.Attempt.HeldUntilCommit.Push(await context.GetRequiredService<IAssetCatalog>().LockAsync(asset, context.Attempt, context.CancellationToken));
    }

    /// <summary>Creates the error of an attempt that cannot publish because its worker lost the run.</summary>
    public static ActivityFailedException LeaseLost(ActivityAttempt attempt) => new("run.lease_lost",
        $"Run {attempt.RunId} was taken over by another worker while '{attempt.ActivityId}' executed here under token {attempt.FencingToken}. Nothing was changed; the other worker goes on.",
        isRetryable: false);
}
