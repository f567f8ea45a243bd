using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Activities.Sales;

/// <summary>
/// Generates a month of sales with the reference data that goes with it, and counts what it must come to. Equal inputs give equal rows in
/// equal files, on any number of threads.
/// </summary>
/// <exception cref="ActivityFailedException"><c>generate.invalid_input</c>, <c>generate.cannot_write</c> (retryable).</exception>
[Activity("Orchestrator", "Sales", "Generates a month of sales with customers, stores and sales people.",
    Kind = ActivityKind.Job, NeedsPartition = true)]
public sealed class GenerateSales : CodeActivity
{
    /// <summary>Number of sales.</summary>
    [Input(Description = "How many sales, 1 to 1,000,000,000.", DefaultValue = 1_000_000)]
    public Input<int> Rows { get; set; } = default!;

    /// <summary>Number of customers.</summary>
    [Input(Description = "How many customers, 1 to 999,999.", DefaultValue = 50_000)]
    public Input<int> Customers { get; set; } = default!;

    /// <summary>Number of stores.</summary>
    [Input(Description = "How many stores, 1 to 9,999.", DefaultValue = 100)]
    public Input<int> Stores { get; set; } = default!;

    /// <summary>Number of sales people.</summary>
    [Input(Description = "How many sales people, 1 to 99,999.", DefaultValue = 1_000)]
    public Input<int> SalesPeople { get; set; } = default!;

    /// <summary>Any number; the same one gives the same sales.</summary>
    [Input(Description = "Any number: the same one gives the same sales.", DefaultValue = 42L)]
    public Input<long> Seed { get; set; } = default!;

    /// <summary>The files, for <c>UploadPartitions</c>.</summary>
    [Output(Description = "The files of the month, to be uploaded.", IsSerializable = false)]
    public Output<StagedMonth> Staged { get; set; } = default!;

    /// <summary>The totals of the month, for <c>CheckAssets</c>.</summary>
    [Output(Description = "Rows, cents and top ten of the month, counted while generating.")]
    public Output<ControlTotals> ControlTotals { get; set; } = default!;

    /// <inheritdoc/>
    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        var plan = new SalesPlan(
            context.GetPartition(), context.Get(Rows), context.Get(Customers), context.Get(Stores), context.Get(SalesPeople),
            context.Get(Seed)).Checked();
        var options = context.GetRequiredService<IOptions<GenerateSalesOptions>>().Value;
        var folder = Path.Combine(context.Attempt.HandoverDirectory, "sales");
        try
        {
            Directory.CreateDirectory(folder);
            // The snapshots keep one core busy for a moment; the parts take all of them.
            var reference = Task.Run(() => new ReferenceWriter(plan, folder).Write(context.CancellationToken), context.CancellationToken);
            var (sales, totals) = await GenerateAsync(context, plan, options, folder);
            context.Set(Staged, new StagedMonth([sales, .. await reference]));
            context.Set(ControlTotals, totals);
            SetMetrics(context, totals, sales.Files.Sum(file => file.Bytes));
        }
        catch (Exception e) when (e is LocalDatabaseException or IOException or UnauthorizedAccessException)
        {
            throw new ActivityFailedException("generate.cannot_write",
                $"The sales of {plan.Month} could not be written to {folder}: {e.Message} Free space there, or give another folder with " +
                "--data.",
                isRetryable: true, e);
        }
    }

    static async Task<(StagedAsset Sales, ControlTotals Totals)> GenerateAsync(
        ActivityExecutionContext context, SalesPlan plan, GenerateSalesOptions options, string folder)
    {
        var writer = new SalesPartWriter(plan, new SaleSource(plan));
        var progress = new PacedProgress(context.GetRequiredService<TimeProvider>(), rows => context.ReportProgress(new(rows, plan.Rows)));
        var files = new StagedFile[(plan.Rows + options.RowsPerPart - 1L) / options.RowsPerPart];
        var tallies = new ConcurrentBag<ControlTally>();
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.MaxParallelParts, CancellationToken = context.CancellationToken,
        };
        await Parallel.ForAsync(0, files.Length, parallel, (part, cancellationToken) =>
        {
            var tally = tallies.TryTake(out var idle) ? idle : new(plan.Customers, plan.SalesPeople);
            var first = (long)part * options.RowsPerPart;
            var end = Math.Min(first + options.RowsPerPart, plan.Rows);
            var path = Path.Combine(folder, $"sales-{part:d5}.parquet");
            writer.Write(first, end, path, tally, count => progress.Add(count), cancellationToken);
            files[part] = new(path, end - first, new FileInfo(path).Length);
            tallies.Add(tally);
            context.Attempt.Reached("generate.part");
            return ValueTask.CompletedTask;
        });
        var total = new ControlTally(plan.Customers, plan.SalesPeople);
        foreach (var tally in tallies) total.Add(tally);
        progress.Flush();
        var totals = total.ToTotals();
        return (new("raw/sales", files, SalesPartWriter.Columns, new Dictionary<string, decimal> { ["total"] = totals.Cents / 100m }),
            totals);
    }

    static void SetMetrics(ActivityExecutionContext context, ControlTotals totals, long bytes)
    {
        context.SetMetric(MetricNames.Rows, totals.Rows);
        context.SetMetric(MetricNames.Bytes, bytes);
        context.SetMetric(MetricNames.RowsIn, totals.Rows);
        context.SetMetric(MetricNames.RowsGood, totals.Rows);
        context.SetMetric(MetricNames.RowsQuarantined, 0);
        context.SetMetric(MetricNames.RowsOutside, 0);
        context.SetMetric(MetricNames.Total, totals.Cents / 100m);
    }
}
