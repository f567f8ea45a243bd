namespace Orchestrator.Activities.Star;

/// <summary>The star schema as one commit left it: the facts of a month and the dimensions that their keys belong to.</summary>
/// <param name="Fact">The facts.</param>
/// <param name="Dimensions">The dimensions asked for, by name.</param>
sealed record StarOfMonth(Materialization Fact, IReadOnlyDictionary<AssetKey, Materialization> Dimensions)
{
    /// <summary>All that was read, for lineage.</summary>
    public IEnumerable<Guid> Ids => [Fact.Id, .. Dimensions.Values.Select(dimension => dimension.Id)];

    /// <summary>Finds the facts and dimensions that belong together.</summary>
    /// <exception cref="ActivityFailedException"><c>assets.not_materialized</c>: the star schema of the month was not built.</exception>
    public static async Task<StarOfMonth> FindAsync(ActivityExecutionContext context, Partition month, IEnumerable<AssetKey> dimensions)
    {
        var keys = dimensions.ToList();
        var fact = await context.GetMaterializationAsync(StarAssets.Fact, month);
        while (true)
        {
            var found = new Dictionary<AssetKey, Materialization>();
            foreach (var key in keys) found.Add(key, await context.GetMaterializationAsync(key, null));
            // A month that is built meanwhile may move keys of this one. It commits dimensions and facts at once: the same facts before and
            // after the dimensions were found mean that they fit.
            var again = await context.GetMaterializationAsync(StarAssets.Fact, month);
            if (again.Id == fact.Id) return new(fact, found);
            fact = again;
        }
    }

    /// <summary>Makes all of it readable under the assets' names.</summary>
    public async Task ReadAsync(ModelSession session)
    {
        await session.ReadAsync(StarAssets.Fact.Name, Fact);
        foreach (var (key, dimension) in Dimensions) await session.ReadAsync(key.Name, dimension);
    }
}
