using Microsoft.Extensions.Options;
using Orchestrator.Activities.Sales;

namespace Orchestrator.Activities.Store;

/// <summary>The files that the attempts of one upload have put into the store; the checkpoint of <see cref="UploadPartitions"/>.</summary>
sealed class UploadLedger : IDisposable
{
    readonly Lock gate = new();
    readonly SemaphoreSlim saving = new(1);
    readonly ActivityExecutionContext context;
    readonly TimeProvider clock;
    readonly TimeSpan interval;
    readonly Dictionary<string, AssetFile> stored;
    readonly Dictionary<string, OpenUpload> open;
    long savedAt;

    UploadLedger(ActivityExecutionContext context, IEnumerable<UploadedFile> files, IEnumerable<OpenUpload> uploads)
    {
        this.context = context;
        clock = context.GetRequiredService<TimeProvider>();
        interval = context.GetRequiredService<IOptions<UploadOptions>>().Value.CheckpointInterval;
        stored = files.ToDictionary(file => file.StagedPath, file => file.Stored, StringComparer.Ordinal);
        open = uploads.ToDictionary(upload => upload.StagedPath, StringComparer.Ordinal);
        savedAt = clock.GetTimestamp();
    }

    /// <summary>Reads the checkpoint. A file that is not in the store any more does not count.</summary>
    public static async Task<UploadLedger> OpenAsync(ActivityExecutionContext context, IObjectStore store)
    {
        var checkpoint = context.GetCheckpoint<UploadCheckpoint>();
        var files = new List<UploadedFile>();
        foreach (var file in checkpoint?.Files ?? [])
            if (await store.FindAsync(file.Stored.Path, context.CancellationToken) is { } found && found.Bytes == file.Stored.Bytes)
                files.Add(file);
        if (files.Count > 0) context.AddExecutionLogEntry("Goes on", $"{files.Count} files were uploaded by an earlier attempt.");
        return new(context, files, checkpoint?.Open ?? []);
    }

    /// <inheritdoc/>
    public void Dispose() => saving.Dispose();

    /// <summary>Finds the place where an earlier attempt put a staged file; <see langword="null"/> if it did not.</summary>
    public AssetFile? Find(StagedFile file)
    {
        lock (gate) return stored.GetValueOrDefault(file.Path);
    }

    /// <summary>Finds the upload of a staged file that an earlier attempt began; <see langword="null"/> for none.</summary>
    public OpenUpload? FindOpen(StagedFile file)
    {
        lock (gate) return open.GetValueOrDefault(file.Path);
    }

    /// <summary>Notes a file, and saves the checkpoint where the last one is old enough.</summary>
    public Task AddAsync(StagedFile file, AssetFile asStored)
    {
        lock (gate)
        {
            stored[file.Path] = asStored;
            open.Remove(file.Path);
        }
        return SaveAsync(interval);
    }

    /// <summary>Notes an upload that has stored a part, and saves the checkpoint where the last one is old enough.</summary>
    public Task NoteAsync(OpenUpload upload)
    {
        lock (gate) open[upload.StagedPath] = upload;
        return SaveAsync(interval);
    }

    /// <summary>Saves the checkpoint where the work fails in a way that the next attempt can go on from.</summary>
    public async Task KeepAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (ActivityFailedException e) when (e.IsRetryable && !context.CancellationToken.IsCancellationRequested)
        {
            await SaveAsync(TimeSpan.Zero);
            throw;
        }
    }

    async Task SaveAsync(TimeSpan age)
    {
        await saving.WaitAsync(context.CancellationToken);
        try
        {
            if (clock.GetElapsedTime(savedAt) < age) return;
            UploadCheckpoint checkpoint;
            lock (gate) checkpoint = new([.. stored.Select(pair => new UploadedFile(pair.Key, pair.Value))], [.. open.Values]);
            await context.SetCheckpointAsync(checkpoint);
            savedAt = clock.GetTimestamp();
        }
        finally
        {
            saving.Release();
        }
    }
}

/// <summary>The work that the next attempt of an upload need not repeat.</summary>
/// <param name="Files">The files that are in the store.</param>
/// <param name="Open">The uploads that were begun; <see langword="null"/> in a checkpoint of an older version.</param>
public sealed record UploadCheckpoint(IReadOnlyList<UploadedFile> Files, IReadOnlyList<OpenUpload>? Open = null);

/// <summary>An upload in parts that was not completed.</summary>
/// <param name="StagedPath">Local path of the file.</param>
/// <param name="Key">Where it is going.</param>
/// <param name="UploadId">Its id in the store.</param>
public sealed record OpenUpload(string StagedPath, string Key, string UploadId);

/// <summary>A file that is in the store.</summary>
/// <param name="StagedPath">Its local path, which is that of one staged file only.</param>
/// <param name="Stored">What is in the store.</param>
public sealed record UploadedFile(string StagedPath, AssetFile Stored);
