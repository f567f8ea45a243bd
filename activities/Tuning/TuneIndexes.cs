using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Activities.Tuning;

/// <summary>
/// Measures the business's questions on the loaded month, and keeps the indexes that are worth their space and the slower load.
/// </summary>
[Activity("Orchestrator", "Sales", "Measures the business queries on the loaded month and keeps the indexes that win.",
    Kind = ActivityKind.Job, NeedsPartition = true)]
[Pool("warehouse")]
public sealed class TuneIndexes : CodeActivity
{
    static readonly JsonSerializerOptions Indented = new(JsonSerializerOptions.Web) { WriteIndented = true };

    /// <summary>The measures and decisions.</summary>
    [Output(Description = "What was measured and decided, per query and per index.")]
    public Output<TuningReport> Report { get; set; } = default!;

    /// <inheritdoc/>
    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        try
        {
            await TuneAsync(context);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw new ActivityFailedException("tune.table_busy",
                "Others kept a table of the warehouse locked, so its indexes could not be changed. End the long transactions that " +
                "pg_stat_activity shows, or tune later.", isRetryable: true, error);
        }
        catch (PostgresException error) when (WarehouseFault.IsKnown(error))
        {
            throw WarehouseFault.Explain(error, "tune");
        }
    }

    async Task TuneAsync(ActivityExecutionContext context)
    {
        var month = context.GetPartition();
        var warehouse = await context.GetRequiredService<WarehouseFence>().EnterAsync(context.Attempt, context.CancellationToken);
        var options = context.GetRequiredService<IOptions<TuningOptions>>().Value;
        await using var turn = await TuningTurn.TakeAsync(warehouse, context.CancellationToken);
        var report = await new IndexTuner(warehouse, options, month).RunAsync(context.CancellationToken);

        await PublishAsync(context, month, report);
        await new TuningLedger(warehouse, month).SaveReportAsync(report, context.CancellationToken);
        context.Attempt.Reached("tune.reported");
        context.Set(Report, report);
        context.SetMetric("buffers.before", report.Totals.BuffersBefore);
        context.SetMetric("buffers.after", report.Totals.BuffersAfter);
        context.SetMetric("indexes.built", report.Indexes.Count(index => index.IsNew && index.Decision == IndexVerdict.Kept.Text));
        context.SetMetric("indexes.dropped", report.Indexes.Count(index => !index.IsNew && index.Decision == IndexVerdict.Dropped.Text));
    }

    static async Task PublishAsync(ActivityExecutionContext context, Partition month, TuningReport report)
    {
        var store = context.GetRequiredService<IObjectStore>();
        var asset = new AssetKey("report/index-tuning");
        Directory.CreateDirectory(context.Attempt.WorkDirectory);
        var files = new List<AssetFile>();
        foreach (var (name, text) in new[] { ("index-tuning.json", JsonSerializer.Serialize(report, Indented)),
            ("index-tuning.md", TuningReportText.Of(report)) })
        {
            var path = Path.Combine(context.Attempt.WorkDirectory, name);
            await File.WriteAllTextAsync(path, text, context.CancellationToken);
            var stored = await store.PutFileAsync(
                ObjectKeys.KeyOf(asset, month, context.Attempt, name), path, null, context.CancellationToken);
            files.Add(new(stored.Key, stored.Bytes, stored.Sha256 ?? "", 0));
        }
        var loaded = await context.FindMaterializationAsync(WarehouseTable.Fact.Asset, month);
        context.AddMaterialization(new()
        {
            Asset = asset,
            Partition = month,
            Location = ObjectKeys.PrefixOf(asset, month, context.Attempt),
            Rows = report.Queries.Count,
            Bytes = files.Sum(file => file.Bytes),
            Files = files,
            Inputs = loaded is null ? [] : [loaded.Id],
            CodeVersion = WorkloadQuery.Version,
        });
    }
}
