namespace Orchestrator.Activities.Star;

/// <summary>Facts of a month whose members have other keys than when they were written.</summary>
static class RekeyedFacts
{
    /// <summary>Writes the facts of a month again with the keys that its members have now.</summary>
    /// <returns>False if none of its sales has a key that moved.</returns>
    public static async Task<bool> WriteAsync(
        ActivityExecutionContext context, ModelSession session, IReadOnlyList<MergedDimension> dimensions, Materialization fact)
    {
        var month = fact.Partition!.Value;
        session.ReportProgress(new(0, fact.Rows, Step: $"{StarAssets.Fact} {month}"));
        foreach (var dimension in dimensions) await dimension.ReadMovedKeysAsync(session, month);
        await session.ReadAsync("fact_sales_before", fact);
        if ((long)(await session.QueryAsync("stg_moved_sales", ModelSession.ParametersOf(month)))[0]["sales"]! == 0) return false;
        var written = await session.WriteAsync("fact_sales_rekeyed", StarAssets.Fact, month, ModelSession.ParametersOf(month),
            [fact.Id, .. dimensions.Select(dimension => dimension.SourceId)]);
        context.AddMaterialization(written with { Supersedes = fact.Id, Figures = fact.Figures.And(written.Figures) });
        context.AddExecutionLogEntry("Rekeyed", $"The facts of {month} were written again: versions that they used were split or joined.");
        return true;
    }
}
