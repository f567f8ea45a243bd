using System.Globalization;
using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Spark.Parquet;

/// <summary>
/// Parquet files in DuckDB's SQL: the only way in which the product opens and writes them in this process. A path names exactly one file,
/// whatever characters it has, and columns are those that the file has inside: <c>month=2026-10</c> in a path adds none and replaces none.
/// </summary>
public static class ParquetSql
{
    const string Format = "format parquet, compression zstd";

    // Measured on a million facts: level 1 and no dictionaries for columns of many values halve the time and save a tenth of the bytes.
    const string FastFormat = $"{Format}, compression_level 1, dictionary_size_limit 1000";

    /// <summary>Gives the rows of files of one schema as a table function.</summary>
    /// <param name="paths">Full paths.</param>
    /// <param name="hasRowNumbers">Whether the column <c>file_row_number</c>, from 0, is added.</param>
    public static string Rows(IEnumerable<string> paths, bool hasRowNumbers = false) =>
        $"read_parquet([{string.Join(", ", paths.Select(path => SqlText.Literal(SqlText.PatternOf(path))))}], hive_partitioning = false" +
        $"{(hasRowNumbers ? ", file_row_number = true" : "")})";

    /// <summary>Gives the number of rows that a file's footer states as a query.</summary>
    public static string RowCount(string path) => $"select num_rows from parquet_file_metadata({SqlText.Literal(SqlText.PatternOf(path))})";

    /// <summary>Gives names and types of a file's columns as a query.</summary>
    public static string Columns(string path) => $"describe select * from {Rows([path])}";

    /// <summary>Gives a statement that writes rows as one file.</summary>
    /// <param name="source">A table, or a query in parentheses.</param>
    public static string Copy(string source, string path) => $"copy {source} to {SqlText.Literal(path)} ({Format})";

    /// <summary>Gives a statement that writes rows as files of limited size and returns path, rows and bytes of each.</summary>
    /// <param name="query">A query.</param>
    /// <param name="folder">A folder that does not exist.</param>
    public static string CopyToFolder(string query, string folder, int fileSizeMiB) => string.Create(CultureInfo.InvariantCulture, $"""
        copy (
        {query}
        ) to {SqlText.Literal(folder)} ({FastFormat}, file_size_bytes '{fileSizeMiB}MiB', filename_pattern 'part-{"{i}"}', return_stats)
        """);

    /// <summary>Writes a table, or a query in parentheses, as one Parquet file.</summary>
    /// <exception cref="LocalDatabaseException">The query failed, or the file cannot be written.</exception>
    public static void WriteParquet(this LocalDatabase database, string source, string file) => database.Execute(Copy(source, file));
}
