using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Activities.Star;

/// <summary>
/// Builds the star schema of a month: merges the month's snapshots and sales into the dimensions, which keep their keys, and resolves the
/// sales into facts. Where a month that comes late splits a version, the facts of the later months that move to another key are written
/// again in the same commit. One month at a time works on the dimensions, others wait.
/// </summary>
/// <exception cref="ActivityFailedException"><c>assets.not_materialized</c>: the month has no sales; <c>sql.*</c>: the engine
/// failed.</exception>
[Activity("Orchestrator", "Star schema", "Builds dimensions and the fact table of a month from its raw data.",
    Kind = ActivityKind.Job, NeedsPartition = true)]
[Pool("spark")]
public sealed class BuildStarSchema : CodeActivity
{
    /// <summary>The months whose facts were built, ascending: the run's own, and those that had keys moved.</summary>
    [Output(Description = "The months whose facts were built: the run's own, and those that had keys moved.")]
    public Output<IReadOnlyList<string>> Months { get; set; } = default!;

    /// <inheritdoc/>
    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        var partition = context.GetPartition();
        foreach (var dimension in Dimension.All) await context.LockAssetAsync(dimension.Asset);
        await context.LockAssetAsync(StarAssets.Dates);
        var sales = await context.GetMaterializationAsync(StarAssets.Sales, partition);
        var facts = await context.GetRequiredService<IAssetCatalog>().ListCurrentAsync(StarAssets.Fact, context.CancellationToken);
        var loaded = facts.Select(fact => fact.Partition!.Value).ToHashSet();

        await using var session = await ModelSession.OpenAsync(context);
        await session.ReadAsync("raw_sales", sales);
        session.ReportProgress(new(0, sales.Rows, Step: "dimensions"));
        var writingDates = DateDimension.ExtendAsync(context, session, partition);
        var merging = Task.WhenAll(Dimension.All.Select(
            dimension => MergedDimension.MergeAsync(context, session, dimension, sales, loaded)));
        await Task.WhenAll(writingDates, merging);

        session.ReportProgress(new(0, sales.Rows, Step: StarAssets.Fact.Name));
        var comparing = Task.WhenAll((await merging).Select(dimension => dimension.CompareAsync(session)));
        var writing = session.WriteAsync(
            StarAssets.Fact.Name, StarAssets.Fact, partition, ModelSession.ParametersOf(partition), [sales.Id]);
        await Task.WhenAll(comparing, writing);
        var (dimensions, written) = (await comparing, await writing);
        foreach (var dimension in dimensions)
            if (dimension.Written is { } changed) context.AddMaterialization(changed);
        if (await writingDates is { } dates) context.AddMaterialization(dates);
        if (written.Rows != sales.Rows)
            throw new ActivityFailedException("star.row_count_mismatch",
                $"{partition} has {sales.Rows} sales, but the fact table came to {written.Rows} rows. A member has two versions on the " +
                "same day: run the asset checks on the dimensions.",
                isRetryable: false);
        context.AddMaterialization(written with
        {
            Inputs = [sales.Id, .. dimensions.Select(dimension => dimension.SourceId)],
            Figures = written.Figures.And(FiguresOf(sales)),
        });
        session.ReportProgress(new(written.Rows, sales.Rows, written.Bytes, StarAssets.Fact.Name));

        var months = new List<Partition> { partition };
        foreach (var fact in facts.Where(
            fact => fact.Partition != partition && dimensions.Any(dimension => dimension.MovesKeysIn(fact.Partition!.Value))))
            if (await RekeyedFacts.WriteAsync(context, session, dimensions, fact)) months.Add(fact.Partition!.Value);
        months.Sort();
        context.Set(Months, [.. months.Select(month => month.ToString())]);
        context.SetMetric(MetricNames.Rows, written.Rows);
        context.SetMetric(MetricNames.Bytes, context.Attempt.Materializations.Sum(asset => asset.Bytes));
    }

    static Dictionary<string, decimal> FiguresOf(Materialization sales)
    {
        var figures = new Dictionary<string, decimal>(StringComparer.Ordinal);
        if (sales.Figures.TryGetValue(StarAssets.Total, out var total)) figures[StarAssets.Total] = total;
        return figures;
    }
}
