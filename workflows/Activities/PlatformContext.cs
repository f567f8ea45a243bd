using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Activities;

/// <summary>What this platform adds to Elsa's <see cref="ActivityExecutionContext"/>: partition, assets, progress, checkpoint.</summary>
public static class PlatformContext
{
    extension(ActivityExecutionContext context)
    {
        /// <summary>The attempt that executes.</summary>
        public ActivityAttempt Attempt => context.GetRequiredService<ActivityAttempt>();

        /// <summary>The run's partition.</summary>
        /// <exception cref="ActivityFailedException"><c>run.no_partition</c>: the run was started without one.</exception>
        public Partition GetPartition() => context.Attempt.Partition
            ?? throw new ActivityFailedException("run.no_partition",
                $"Activity '{context.Attempt.ActivityId}' works on a month, but the run was started without one. Start it with --partition, such as --partition 2026-10.",
                isRetryable: false);

        /// <summary>Says how far the attempt is.</summary>
        public void ReportProgress(ActivityProgress progress) => context.Attempt.Observer.OnProgress(context.Attempt, progress);

        /// <summary>Sets a figure of the attempt; see <see cref="MetricNames"/>.</summary>
        public void SetMetric(string name, decimal value) => context.Attempt.SetMetric(name, value);

        /// <summary>Hands over a written asset; it becomes visible when the activity completes.</summary>
        public void AddMaterialization(MaterializationDraft materialization) => context.Attempt.Add(materialization);

        /// <summary>Hands over the result of a check; it is recorded even where the attempt then fails.</summary>
        public void AddCheckResult(AssetCheckResult check) => context.Attempt.Add(check);

        /// <summary>What an earlier attempt of this execution saved; the type's default where there is nothing.</summary>
        public T? GetCheckpoint<T>() => context.Attempt.Checkpoint is { } saved ? saved.Deserialize<T>(JsonSerializerOptions.Web) : default;

        /// <summary>Saves durably what the next attempt needs to go on from here.</summary>
        public Task SetCheckpointAsync<T>(T state) =>
            context.Attempt.SaveCheckpointAsync(JsonSerializer.SerializeToElement(state, JsonSerializerOptions.Web), context.CancellationToken);

        /// <summary>Asks the store once whether this worker still holds the run; to be called right before something is published.</summary>
        /// <exception cref="ActivityFailedException"><c>run.lease_lost</c>: another worker has taken the run, or it has ended.</exception>
        public async Task EnsureHeldAsync()
        {
            var attempt = context.Attempt;
            if (!await attempt.IsHeldAsync(context.CancellationToken)) throw LeaseLost(attempt);
        }

        /// <summary>The materialization that readers of this asset see now.</summary>
        /// <param name="partition">The month; <see langword="null"/> for an asset that is not partitioned.</param>
        /// <exception cref="ActivityFailedException"><c>assets.not_materialized</c>: nobody has written it yet.</exception>
        public async Task<Materialization> GetMaterializationAsync(AssetKey asset, Partition? partition) =>
            await context.FindMaterializationAsync(asset, partition)
            ?? throw new ActivityFailedException("assets.not_materialized",
                $"Asset '{asset}' has no data{(partition is { } month ? $" for {month}" : "")}. Run the activity that writes it first.", isRetryable: false);

        /// <summary>The materialization that readers of this asset see now; <see langword="null"/> where nobody has written it yet.</summary>
        public Task<Materialization?> FindMaterializationAsync(AssetKey asset, Partition? partition) =>
            context.GetRequiredService<IAssetCatalog>().FindAsync(asset, partition, context.CancellationToken);

        /// <summary>Waits to be the only writer of an asset, until the outcome of this attempt is committed.</summary>
        public async Task LockAssetAsync(AssetKey asset) =>
            context.Attempt.HeldUntilCommit.Push(await context.GetRequiredService<IAssetCatalog>().LockAsync(asset, context.Attempt, context.CancellationToken));
    }

    /// <summary>What a worker that lost its run says where it would have published something.</summary>
    public static ActivityFailedException LeaseLost(ActivityAttempt attempt) => new("run.lease_lost",
        $"Run {attempt.RunId} was taken over by another worker while '{attempt.ActivityId}' executed here under token {attempt.FencingToken}. Nothing was changed; the other worker goes on.",
        isRetryable: false);
}
