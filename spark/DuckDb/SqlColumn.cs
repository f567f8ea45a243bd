namespace Orchestrator.Spark.DuckDb;

/// <summary>A column as SQL names it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type in lower-case SQL, such as <c>decimal(18,2)</c>.</param>
public sealed record SqlColumn(string Name, string Type);
