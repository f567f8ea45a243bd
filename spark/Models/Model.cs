namespace Orchestrator.Spark.Models;

/// <summary>One <c>.sql</c> file: a table or view of the star schema, a mart, or a check.</summary>
/// <param name="Name">File name without its ending, such as <c>dim_customer</c>.</param>
/// <param name="Folder">Folder below <c>Models</c>: <c>staging</c>, <c>star</c>, <c>marts</c>, <c>checks</c> or <c>exports</c>.</param>
/// <param name="Asset">The table it gives the rows of; for a check, the table it tests.</param>
/// <param name="Grain">What one row stands for.</param>
/// <param name="Reads">The tables and views it reads.</param>
/// <param name="Units">Units of its figures and meaning of its parameters.</param>
/// <param name="Sql">One select that DuckDB and Spark both run.</param>
/// <param name="CodeVersion">Hash of its text and of the models it reads: it changes when the rows may change.</param>
public sealed record Model(
    string Name, string Folder, string Asset, string Grain, IReadOnlyList<string> Reads, string Units, string Sql, string CodeVersion)
{
    const string With = "with\n";

    /// <summary>Text of the model, with queries in place of tables that it reads.</summary>
    /// <param name="tables">Name of a table and its query, which may read those before it.</param>
    public string Over(params IReadOnlyList<(string Table, string Sql)> tables)
    {
        if (tables.Count == 0) return Sql;
        var given = string.Join(",\n", tables.Select(table => $"{table.Table} as (\n{table.Sql}\n)"));
        return Sql.StartsWith(With, StringComparison.Ordinal) ? $"{With}{given},\n{Sql[With.Length..]}" : $"{With}{given}\n{Sql}";
    }
}
