using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Activities.Star;

/// <summary>The scope of forgetting a month of an asset: the month of that asset, and of everything that was made from it.</summary>
/// <param name="Forgotten">What readers of the catalog see now and will not see any more, by asset.</param>
/// <param name="Tables">Tables of the warehouse that lose the month.</param>
/// <param name="IsOfStar">Whether dimensions took something from it, so that they have to be worked out again.</param>
public sealed record ForgetScope(IReadOnlyList<Materialization> Forgotten, IReadOnlyList<WarehouseTable> Tables, bool IsOfStar)
{
    static readonly HashSet<string> Snapshots = [.. Dimension.All.Select(dimension => dimension.Snapshots.Name)];

    /// <summary>Names of the assets without months that are written again.</summary>
    public IReadOnlyList<string> Rebuilt =>
        IsOfStar ? [.. Dimension.All.Select(dimension => dimension.Asset.Name), StarAssets.Dates.Name] : [];

    /// <summary>Finds what goes.</summary>
    public static async Task<ForgetScope> FindAsync(
        IAssetCatalog catalog, AssetKey asset, Partition month, CancellationToken cancellationToken)
    {
        var current = await catalog.ListOfPartitionAsync(month, cancellationToken);
        var names = new HashSet<string>(StringComparer.Ordinal) { asset.Name };
        // What comes into the store together goes together: sales without their snapshots would leave members that nobody sold to.
        if (asset == StarAssets.Sales) names.UnionWith([.. Snapshots, "quarantine/sales"]);
        var parents = new Dictionary<string, IReadOnlySet<string>>(StringComparer.Ordinal);
        foreach (var written in current) parents[written.Asset.Name] = await ParentsAsync(catalog, written, month, cancellationToken);
        while (MadeFromThem() is { Count: > 0 } more) names.UnionWith(more);
        return new(
            [.. current.Where(written => names.Contains(written.Asset.Name))],
            [.. WarehouseTable.All.Where(table => !table.IsDimension
                && (names.Contains(table.Asset.Name) || names.Contains(table.Source.Name)))],
            names.Contains(StarAssets.Fact.Name) || names.Overlaps(Snapshots));

        List<string> MadeFromThem() =>
            [.. parents.Where(written => !names.Contains(written.Key) && written.Value.Overlaps(names)).Select(written => written.Key)];
    }

    // The assets of the same month that it was made from. Dimensions lead to all months, and are not followed.
    static async Task<IReadOnlySet<string>> ParentsAsync(
        IAssetCatalog catalog, Materialization written, Partition month, CancellationToken cancellationToken)
    {
        var parents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in written.Inputs)
            if (await catalog.FindAsync(input, cancellationToken) is { } read && read.Partition == month) parents.Add(read.Asset.Name);
        return parents;
    }
}
