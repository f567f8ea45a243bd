using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>The columns of a source that a mapping reads.</summary>
/// <param name="Required">Names that the source must have.</param>
/// <param name="Optional">Names that are read where the source has them.</param>
/// <param name="Ids">Those of them that ids are made of.</param>
sealed record NeededColumns(IReadOnlySet<string> Required, IReadOnlySet<string> Optional, IReadOnlySet<string> Ids)
{
    static readonly string[] IdColumns = ["customer_id", "store_id", "sales_person_id"];

    /// <summary>Finds the columns.</summary>
    /// <param name="mapping">Null if the source's columns are called as a sale's are.</param>
    public static NeededColumns Of(LocalDatabase database, SalesMapping? mapping)
    {
        if (mapping is null) return new(Names(SalesMapping.Required), Names(SalesMapping.Optional), Names(IdColumns));
        var read = mapping.Columns.ToDictionary(
            column => column.Key, column => ExpressionTree.Parse(database, column.Value)?.Columns.ToList() ?? []);
        return new(Names(read.Values.SelectMany(names => names)), Names([]),
            Names(read.Where(column => IdColumns.Contains(column.Key)).SelectMany(column => column.Value)));
    }

    /// <summary>All names, in the order of the mapping.</summary>
    public IEnumerable<string> All => Required.Concat(Optional);

    static HashSet<string> Names(IEnumerable<string> names) => new(names, StringComparer.OrdinalIgnoreCase);
}
