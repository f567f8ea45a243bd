using Orchestrator.Activities.Sales;

namespace Orchestrator.Activities.Store;

/// <summary>
/// Puts the files of a staged month into the object store, under keys of this run, activity and attempt. Readers see them when the activity
/// completes, all assets at once; files of an attempt that failed stay unseen.
/// </summary>
/// <remarks>
/// Files that an earlier attempt of the same execution put there, as its checkpoint says, are not put again: an object never changes, so
/// the manifest may name it where it is. Nor are the parts of a large file that were there when it was cut off. The staged files are where
/// every worker of the store reaches them (see
/// <see cref="ActivityAttempt.HandoverDirectory"/>), so another machine can go on when the one that made them is gone.
/// </remarks>
/// <exception cref="ActivityFailedException"><c>upload.nothing_staged</c>, and what <see cref="IObjectStore.PutFileAsync"/>
/// gives.</exception>
[Activity("Orchestrator", "Sales", "Uploads the files of a month to the object store, in partitions.",
    Kind = ActivityKind.Job, NeedsPartition = true)]
public sealed class UploadPartitions : CodeActivity
{
    // Enough to overlap hashing with the disk's flushes.
    const int ParallelFiles = 4;

    static readonly string CodeVersion = typeof(UploadPartitions).Assembly.GetName().Version!.ToString(3);

    /// <summary>The month as <c>GenerateSales</c> or <c>ImportSales</c> staged it.</summary>
    [Input(Description = "The month as GenerateSales or ImportSales staged it.", IsRequired = true)]
    public Input<StagedMonth> Staged { get; set; } = default!;

    /// <inheritdoc/>
    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        if (context.Get(Staged) is not { Assets.Count: > 0 } staged)
            throw new ActivityFailedException("upload.nothing_staged",
                "UploadPartitions was given no files. Set its input 'staged' to the output of GenerateSales or ImportSales.",
                isRetryable: false);
        var partition = context.GetPartition();
        var store = context.GetRequiredService<IObjectStore>();
        var (rows, totalRows) = (0L, staged.Assets.Sum(asset => asset.Files.Sum(file => file.Rows)));
        var progress = new PacedProgress(
            context.GetRequiredService<TimeProvider>(), bytes => context.ReportProgress(new(Interlocked.Read(ref rows), totalRows, bytes)));
        using var ledger = await UploadLedger.OpenAsync(context, store);
        foreach (var asset in staged.Assets)
        {
            using var span = ActivitiesTelemetry.StartUpload(asset.Asset);
            var files = new AssetFile[asset.Files.Count];
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelFiles, CancellationToken = context.CancellationToken };
            await ledger.KeepAsync(Parallel.ForAsync(0, files.Length, parallel, async (part, cancellationToken) =>
            {
                var file = asset.Files[part];
                if (ledger.Find(file) is { } before) files[part] = before;
                else
                {
                    await context.EnsureHeldAsync();
                    // An upload that was cut off goes on under the key that it has.
                    var open = ledger.FindOpen(file);
                    var key = open?.Key ?? ObjectKeys.KeyOf(new(asset.Asset), partition, context.Attempt, ObjectKeys.PartName(part));
                    var steps = new UploadProgress(progress, open?.UploadId, id => ledger.NoteAsync(new(file.Path, key, id)));
                    var stored = await store.PutFileAsync(key, file.Path, steps, cancellationToken);
                    files[part] = new(key, stored.Bytes, stored.Sha256!, file.Rows);
                    await ledger.AddAsync(file, files[part]);
                    context.Attempt.Reached("upload.part");
                }
                Interlocked.Add(ref rows, file.Rows);
            }));
            span.Wrote(files.Sum(file => file.Rows), files.Sum(file => file.Bytes));
            var draft = new MaterializationDraft
            {
                Asset = new(asset.Asset),
                Partition = partition,
                Location = ObjectKeys.PrefixOf(new(asset.Asset), partition, context.Attempt),
                Rows = files.Sum(file => file.Rows),
                Bytes = files.Sum(file => file.Bytes),
                Files = files,
                Columns = asset.Columns,
                CodeVersion = CodeVersion,
                Figures = asset.Figures,
            };
            await SealedFiles.CheckAsync(store, draft, context.CancellationToken);
            context.AddMaterialization(draft);
        }
        context.Attempt.Reached("upload.stored");
        await context.EnsureHeldAsync();
        progress.Flush();
        context.SetMetric(MetricNames.Rows, totalRows);
        context.SetMetric(MetricNames.Bytes, context.Attempt.Materializations.Sum(written => written.Bytes));
    }
}
