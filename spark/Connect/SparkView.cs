using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Orchestrator.Spark.Connect.Protocol;

namespace Orchestrator.Spark.Connect;

/// <summary>Rows that the server knows by a name. The name says what they are: whoever asks for the same again finds them.</summary>
/// <param name="Name">Its name on the server.</param>
/// <param name="Rows">What it stands for.</param>
/// <param name="IsKept">Whether its rows are kept once they are computed.</param>
/// <param name="Reads">The tables that it reads itself.</param>
sealed record ServerTable(string Name, Relation Rows, bool IsKept, IReadOnlyList<ServerTable> Reads)
{
    /// <summary>A table named by what it holds.</summary>
    public static ServerTable Of(Relation rows, bool isKept, IReadOnlyList<ServerTable> reads) =>
        new($"orchestrator_{SparkPlans.Fingerprint(rows)}", rows, isKept, reads);
}

/// <summary>A query that needs no other names than those of the server's tables.</summary>
/// <param name="Sql">Its text.</param>
/// <param name="Tables">The tables.</param>
sealed partial record SparkView(string Sql, ImmutableList<ServerTable> Tables)
{
    /// <summary>A table as a view.</summary>
    public static SparkView Of(ServerTable table) => new($"select * from {table.Name}", [table]);

    /// <summary>A query over views. Each that it names goes before it, as the text that it has now.</summary>
    public static SparkView Of(string sql, IReadOnlyDictionary<string, SparkView> views)
    {
        // A word that is no table's name, such as a column's, does no harm: what nobody reads is not computed.
        var read = Words().Matches(sql).Select(word => word.Value).Distinct(StringComparer.OrdinalIgnoreCase).Where(views.ContainsKey)
            .Order(StringComparer.Ordinal).ToList();
        return read.Count == 0 ? new(sql, []) : new(
            $"with {string.Join(",\n", read.Select(name => $"{name} as (\n{views[name].Sql}\n)"))}\n(\n{sql}\n)",
            [.. read.SelectMany(name => views[name].Tables).Distinct()]);
    }

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Words();
}
