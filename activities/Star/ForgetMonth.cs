using System.Globalization;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Activities.Star;

/// <summary>
/// Forgets a month of an asset and of what was made from it: takes the month out of the warehouse and out of the catalog, and writes the
/// dimensions again without what only that month brought. What stays keeps its keys; facts of other months that move to other keys are
/// written again.
/// </summary>
/// <remarks>
/// The files stay in the store as history. A worker that goes on after a crash does all of it again, which leaves the same.
/// </remarks>
/// <exception cref="ActivityFailedException"><c>forget.bad_month</c>: the input is not a month; <c>sql.*</c>, <c>load.*</c>: the engine or
/// the warehouse failed.</exception>
[Activity("Orchestrator", "Star schema", "Forgets a month of an asset, and writes the dimensions without what only that month brought.",
    Kind = ActivityKind.Job)]
[Pool("spark")]
public sealed class ForgetMonth : CodeActivity
{
    /// <summary>Name of the asset, such as <c>raw/sales</c>.</summary>
    [Input(Description = "The asset, such as raw/sales.", IsRequired = true)]
    public Input<string> Asset { get; set; } = default!;

    /// <summary>The month, such as <c>2026-10</c>; any month can be forgotten, one that cannot be loaded too.</summary>
    [Input(Description = "The month, such as 2026-10.", IsRequired = true)]
    public Input<string> Month { get; set; } = default!;

    /// <inheritdoc/>
    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        if (!Partition.TryParse(context.Get(Month), out var month))
            throw new ActivityFailedException("forget.bad_month",
                $"'{context.Get(Month)}' is not a month. Write it as year and month, such as 2026-10.", isRetryable: false);
        var asset = new AssetKey(context.Get(Asset) ?? "");
        var catalog = context.GetRequiredService<IAssetCatalog>();
        foreach (var dimension in Dimension.All) await context.LockAssetAsync(dimension.Asset);
        await context.LockAssetAsync(StarAssets.Dates);

        var scope = await ForgetScope.FindAsync(catalog, asset, month, context.CancellationToken);
        var gone = new List<Materialization>(scope.Forgotten);
        var isLast = false;
        if (scope.IsOfStar)
        {
            var ids = scope.Forgotten.Select(written => written.Id).ToHashSet();
            var current = await catalog.ListCurrentAsync(StarAssets.Fact, context.CancellationToken);
            var facts = current.Where(fact => !ids.Contains(fact.Id)).ToList();
            isLast = facts.Count == 0;
            if (!isLast) await RebuildAsync(context, month, ids, facts);
            else foreach (var key in scope.Rebuilt) gone.AddRange(await catalog.ListCurrentAsync(new(key), context.CancellationToken));
        }
        await context.EnsureHeldAsync();
        var warehouse = await context.GetRequiredService<WarehouseFence>().EnterAsync(context.Attempt, context.CancellationToken);
        var tables = scope.Tables.Concat(WarehouseTable.All.Where(table => isLast && table.IsDimension)).ToList();
        foreach (var table in tables.Where(table => isLast && table.IsDimension))
            gone.AddRange(await catalog.ListCurrentAsync(table.Asset, context.CancellationToken));
        await WarehouseMonth.RemoveAsync(warehouse, tables, month, context.CancellationToken);
        context.Attempt.Reached("forget.unloaded");
        foreach (var written in gone) context.AddMaterialization(MaterializationDraft.Removing(written));
        context.SetMetric(MetricNames.Rows, scope.Forgotten.Sum(written => written.Rows));
        context.AddExecutionLogEntry("Forgotten", string.Create(CultureInfo.InvariantCulture,
            $"{month} of {string.Join(", ", scope.Forgotten.Select(written => written.Asset))}."));
    }

    static async Task RebuildAsync(ActivityExecutionContext context, Partition month, HashSet<Guid> forgotten, List<Materialization> facts)
    {
        await using var session = await ModelSession.OpenAsync(context);
        session.ReportProgress(new(0, null, Step: "dimensions"));
        await session.ReadMonthsAsync("facts_kept", facts, facts[^1].Columns);
        var dimensions = new List<MergedDimension>();
        foreach (var dimension in Dimension.All)
        {
            var merged = await MergedDimension.WithoutAsync(context, session, dimension, month, forgotten, facts);
            if (merged is not null) dimensions.Add(await merged.CompareAsync(session));
        }
        foreach (var dimension in dimensions)
            if (dimension.Written is { } changed) context.AddMaterialization(changed);
        var dates = await DateDimension.LimitAsync(context, session, [.. facts.Select(fact => fact.Partition!.Value)]);
        if (dates is not null) context.AddMaterialization(dates);
        if (dimensions.Count < Dimension.All.Count) return;
        foreach (var fact in facts.Where(fact => dimensions.Any(dimension => dimension.MovesKeysIn(fact.Partition!.Value))))
            await RekeyedFacts.WriteAsync(context, session, dimensions, fact);
    }
}
