using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>Executes single activities as the runtime does, with a catalog in memory; a fresh folder that goes with it.</summary>
public sealed class ActivityHarness : IAttemptObserver, IDisposable
{
    readonly Guid runId = Guid.CreateVersion7();

    public string Folder { get; } = Directory.CreateTempSubdirectory("orchestrator-test-").FullName;
    public InMemoryAssetCatalog Catalog { get; } = new();
    /// <summary>The worker's token: that of a worker that took the run over is greater.</summary>
    public long FencingToken { get; set; } = 1;

    /// <summary>What the last attempt saved for the next one.</summary>
    public JsonElement? Checkpoint { get; set; }

    /// <summary>Whether the worker holds the run.</summary>
    public bool IsHeld { get; set; } = true;

    /// <summary>Told of each named point that the attempt gets to.</summary>
    public Action<string> Reached { get; set; } = static _ => { };

    /// <summary>The run that the activities are of.</summary>
    public Guid RunId => runId;

    public ServiceCollection Services { get; } = [];
    public List<ActivityProgress> Progress { get; } = [];
    public List<(string Event, string? Message)> Log { get; } = [];
    public List<AssetCheckResult> Checks { get; } = [];

    /// <summary>Executes an activity; what it wrote is committed to the catalog, as the runtime would.</summary>
    public async Task<(IReadOnlyDictionary<string, object?> Outputs, ActivityAttempt Attempt)> ExecuteAsync<TActivity>(
        Partition? partition, Dictionary<string, object?> inputs, int attempt = 1, CancellationToken cancellationToken = default)
        where TActivity : CodeActivity, new()
    {
        var descriptor = ActivityDescriptor.Of<TActivity>();
        foreach (var input in descriptor.Inputs)
            if (input.Metadata.DefaultValue is { } value) inputs.TryAdd(input.Name, value);
        var activityId = $"{typeof(TActivity).Name}1";
        var current = new ActivityAttempt
        {
            RunId = runId, ActivityId = activityId, Attempt = attempt, FencingToken = FencingToken, Partition = partition, Observer = this,
            WorkDirectory = Path.Combine(Folder, "work", $"{activityId}-{attempt}"),
            Checkpoint = attempt > 1 ? Checkpoint : null,
            SaveCheckpointAsync = (state, _) => { Checkpoint = state; return Task.CompletedTask; },
            Reached = point => Reached(point),
            IsHeldAsync = _ => Task.FromResult(IsHeld),
        };
        var services = new ServiceCollection().AddOptions().AddSingleton<IAssetCatalog>(Catalog).AddSingleton(current).AddSingleton(TimeProvider.System);
        foreach (var service in Services) services.Add(service);
        await using var provider = services.BuildServiceProvider();
        var context = new ActivityExecutionContext(inputs, provider, cancellationToken);
        try
        {
            await descriptor.Create().RunAsync(context);
            Reached("attempt.done");
            Catalog.Commit(current);
        }
        finally
        {
            Checks.AddRange(current.Checks);
            while (current.HeldUntilCommit.TryPop(out var held)) await held.DisposeAsync();
        }
        return (context.Outputs, current);
    }

    public void OnProgress(ActivityAttempt attempt, ActivityProgress progress) { lock (Progress) Progress.Add(progress); }

    public void OnLog(ActivityAttempt attempt, string eventName, string? message) { lock (Log) Log.Add((eventName, message)); }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>The catalog's contract without a database.</summary>
public sealed class InMemoryAssetCatalog : IAssetCatalog
{
    readonly List<Materialization> all = [];
    long sequence;
    readonly ConcurrentDictionary<AssetKey, SemaphoreSlim> writers = new();

    public void Commit(ActivityAttempt attempt)
    {
        lock (all)
        {
            foreach (var draft in attempt.Materializations)
            {
                var seen = all.LastOrDefault(found => found.Asset == draft.Asset && found.Partition == draft.Partition)?.Id;
                if (draft.Supersedes is { } read && read != seen)
                    throw new ActivityFailedException("assets.conflict", $"{draft.Asset} was derived from {read}, but readers see {seen}.", isRetryable: true);
                if (draft.IsRemoval)
                {
                    all.RemoveAll(found => found.Asset == draft.Asset && found.Partition == draft.Partition);
                    continue;
                }
                all.Add(new()
                {
                    Id = draft.Id == Guid.Empty ? Guid.CreateVersion7() : draft.Id, Sequence = ++sequence, RunId = attempt.RunId, ActivityId = attempt.ActivityId, Attempt = attempt.Attempt,
                    CommittedAt = TimeProvider.System.GetUtcNow(), Asset = draft.Asset, Partition = draft.Partition, Location = draft.Location, Rows = draft.Rows,
                    Bytes = draft.Bytes, Files = draft.Files, Columns = draft.Columns, Inputs = draft.Inputs, CodeVersion = draft.CodeVersion,
                    Figures = draft.Figures, Supersedes = draft.Supersedes,
                });
            }
        }
    }

    public Task<Materialization?> FindAsync(AssetKey asset, Partition? partition, CancellationToken cancellationToken)
    {
        lock (all) return Task.FromResult(all.LastOrDefault(found => found.Asset == asset && found.Partition == partition));
    }

    public Task<Materialization?> FindAsync(Guid materialization, CancellationToken cancellationToken)
    {
        lock (all) return Task.FromResult(all.Find(found => found.Id == materialization));
    }

    public Task<IReadOnlyList<Materialization>> ListOfPartitionAsync(Partition partition, CancellationToken cancellationToken)
    {
        lock (all)
        {
            return Task.FromResult<IReadOnlyList<Materialization>>(
                [.. all.Where(found => found.Partition == partition).GroupBy(found => found.Asset).Select(group => group.Last()).OrderBy(found => found.Asset.Name, StringComparer.Ordinal)]);
        }
    }

    public Task<IReadOnlyList<Materialization>> ListCurrentAsync(AssetKey asset, CancellationToken cancellationToken)
    {
        lock (all)
        {
            return Task.FromResult<IReadOnlyList<Materialization>>(
                [.. all.Where(found => found.Asset == asset).GroupBy(found => found.Partition).Select(group => group.Last()).OrderBy(found => found.Partition)]);
        }
    }

    public async Task<IAsyncDisposable> LockAsync(AssetKey asset, ActivityAttempt holder, CancellationToken cancellationToken)
    {
        var writer = writers.GetOrAdd(asset, _ => new(1));
        await writer.WaitAsync(cancellationToken);
        return new Held(writer);
    }

    sealed class Held(SemaphoreSlim writer) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            writer.Release();
            return ValueTask.CompletedTask;
        }
    }
}
