namespace Orchestrator.Spark.DuckDb;

/// <summary>Texts and names as SQL writes them.</summary>
public static class SqlText
{
    /// <summary>Writes a text as a literal.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Writes a name as an identifier.</summary>
    public static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>
    /// Gives a pattern that matches the file of this path alone. DuckDB takes every path with <c>*</c>, <c>?</c> or <c>[</c> for a pattern
    /// (https://duckdb.org/docs/stable/data/multiple_files/overview), and in one, a class of one character is this character.
    /// </summary>
    public static string PatternOf(string path) => path.AsSpan().ContainsAny('*', '?', '[')
        ? string.Concat(path.Select(c => c is '*' or '?' or '[' or '{' ? $"[{c}]" : c.ToString()))
        : path;
}
