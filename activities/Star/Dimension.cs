namespace Orchestrator.Activities.Star;

/// <summary>A dimension whose members have versions.</summary>
/// <param name="Member">What its columns and models are named by, such as <c>customer</c>.</param>
/// <param name="Plural">What its snapshots and moved keys are named by, such as <c>customers</c>.</param>
/// <param name="Attributes">Its attributes.</param>
sealed record Dimension(string Member, string Plural, IReadOnlyList<string> Attributes)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Dimension> All { get; } =
        [new("customer", "customers", ["segment", "city"]), new("store", "stores", ["region"]),
            new("sales_person", "sales_people", ["team"])];

    /// <summary>Name of the table of versions.</summary>
    public AssetKey Asset => new($"dim_{Member}");

    /// <summary>The snapshots of its members, a month each.</summary>
    public AssetKey Snapshots => new($"raw/{Plural}");

    /// <summary>Columns of a snapshot.</summary>
    public IReadOnlyList<AssetColumn> SnapshotColumns => [new($"{Member}_id", "text"), .. TextColumns];

    /// <summary>Columns of the table.</summary>
    public IReadOnlyList<AssetColumn> Columns =>
        [new($"{Member}_key", "int"), new($"{Member}_id", "text"), .. TextColumns, new("valid_from", "date"), new("valid_to", "date"),
            new("is_current", "boolean")];

    IEnumerable<AssetColumn> TextColumns => Attributes.Select(attribute => new AssetColumn(attribute, "text"));
}
