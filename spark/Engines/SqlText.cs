namespace Orchestrator.Spark.Engines;

/// <summary>Texts and names as SQL writes them.</summary>
public static class SqlText
{
    /// <summary>Writes a text as a literal.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>Writes a name as an identifier.</summary>
    public static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
