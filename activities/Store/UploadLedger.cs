using Microsoft.Extensions.Options;
using Orchestrator.Activities.Sales;

namespace Orchestrator.Activities.Store;

/// <summary>What the attempts of one upload have put into the store; the checkpoint of <see cref="UploadPartitions"/>.</summary>
sealed class UploadLedger : IDisposable
{
    readonly Lock gate = new();
    readonly SemaphoreSlim saving = new(1);
    readonly ActivityExecutionContext context;
    readonly TimeProvider clock;
    readonly TimeSpan interval;
    readonly Dictionary<string, AssetFile> stored;
    long savedAt;

    UploadLedger(ActivityExecutionContext context, IEnumerable<UploadedFile> files)
    {
        this.context = context;
        clock = context.GetRequiredService<TimeProvider>();
        interval = context.GetRequiredService<IOptions<UploadOptions>>().Value.CheckpointInterval;
        stored = files.ToDictionary(file => file.StagedPath, file => file.Stored, StringComparer.Ordinal);
        savedAt = clock.GetTimestamp();
    }

    /// <summary>Reads the checkpoint. A file that is not in the store any more does not count.</summary>
    public static async Task<UploadLedger> OpenAsync(ActivityExecutionContext context, IObjectStore store)
    {
        var files = new List<UploadedFile>();
        foreach (var file in context.GetCheckpoint<UploadCheckpoint>()?.Files ?? [])
            if (await store.ExistsAsync(file.Stored.Path, context.CancellationToken)) files.Add(file);
        if (files.Count > 0) context.AddExecutionLogEntry("Goes on", $"{files.Count} files were uploaded by an earlier attempt.");
        return new(context, files);
    }

    /// <inheritdoc/>
    public void Dispose() => saving.Dispose();

    /// <summary>Where an earlier attempt put a staged file; <see langword="null"/> where it did not.</summary>
    public AssetFile? Find(StagedFile file)
    {
        lock (gate) return stored.GetValueOrDefault(file.Path);
    }

    /// <summary>Notes a file, and saves the checkpoint where the last one is old enough.</summary>
    public async Task AddAsync(StagedFile file, AssetFile asStored)
    {
        lock (gate) stored[file.Path] = asStored;
        await saving.WaitAsync(context.CancellationToken);
        try
        {
            if (clock.GetElapsedTime(savedAt) < interval) return;
            UploadCheckpoint checkpoint;
            lock (gate) checkpoint = new([.. stored.Select(pair => new UploadedFile(pair.Key, pair.Value))]);
            await context.SetCheckpointAsync(checkpoint);
            savedAt = clock.GetTimestamp();
        }
        finally
        {
            saving.Release();
        }
    }
}

/// <summary>What the next attempt of an upload need not do again.</summary>
/// <param name="Files">The files that are in the store.</param>
public sealed record UploadCheckpoint(IReadOnlyList<UploadedFile> Files);

/// <summary>A file that is in the store.</summary>
/// <param name="StagedPath">Its local path, which is that of one staged file only.</param>
/// <param name="Stored">What is in the store.</param>
public sealed record UploadedFile(string StagedPath, AssetFile Stored);
