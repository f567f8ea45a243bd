namespace Orchestrator.Spark.Engines;

/// <summary>
/// Parquet files in DuckDB's SQL: the only way in which the product opens them. A path names exactly one file, whatever characters it has,
/// and columns are those that the file has inside: <c>month=2026-10</c> in a path adds none and replaces none.
/// </summary>
public static class ParquetSql
{
    /// <summary>Gives the rows of files of one schema as a table function.</summary>
    /// <param name="paths">Full paths.</param>
    /// <param name="hasRowNumbers">Whether the column <c>file_row_number</c>, from 0, is added.</param>
    public static string Rows(IEnumerable<string> paths, bool hasRowNumbers = false) =>
        $"read_parquet([{string.Join(", ", paths.Select(path => SqlText.Literal(PatternOf(path))))}], hive_partitioning = false{(hasRowNumbers ? ", file_row_number = true" : "")})";

    /// <summary>Gives the number of rows that a file's footer states as a query.</summary>
    public static string RowCount(string path) => $"select num_rows from parquet_file_metadata({SqlText.Literal(PatternOf(path))})";

    /// <summary>
    /// A pattern that matches the file of this path alone. DuckDB takes every path with <c>*</c>, <c>?</c> or <c>[</c> for a pattern
    /// (https://duckdb.org/docs/stable/data/multiple_files/overview), and in one, a class of one character is this character.
    /// </summary>
    public static string PatternOf(string path) =>
        path.AsSpan().ContainsAny('*', '?', '[') ? string.Concat(path.Select(c => c is '*' or '?' or '[' or '{' ? $"[{c}]" : c.ToString())) : path;
}
