using System.Text.Json;
using System.Text.RegularExpressions;

namespace Orchestrator.Activities.Tuning;

/// <summary>A node of a plan that was executed, from <c>explain (analyze, verbose, buffers, format json)</c>.</summary>
/// <param name="Type">Node type, such as <c>Seq Scan</c>.</param>
/// <param name="Relation">Table that it scans; <see langword="null"/> if it scans none.</param>
/// <param name="Alias">Name of the table in the query; all partitions of a table have the same.</param>
/// <param name="Index">Index that it uses; <see langword="null"/> for none.</param>
/// <param name="Rows">Rows it gave, of all loops.</param>
/// <param name="Loops">How often it was executed.</param>
/// <param name="Buffers">Pages it and its children hit or read.</param>
/// <param name="Conditions">Its filters, index and join conditions.</param>
/// <param name="SortKeys">What it sorts by.</param>
/// <param name="GroupKeys">What it groups by.</param>
/// <param name="Output">Expressions it gives.</param>
/// <param name="Children">What it reads from.</param>
public sealed partial record PlanNode(
    string Type, string? Relation, string? Alias, string? Index, double Rows, double Loops, long Buffers, IReadOnlyList<string> Conditions,
    IReadOnlyList<string> SortKeys, IReadOnlyList<string> GroupKeys, IReadOnlyList<string> Output, IReadOnlyList<PlanNode> Children)
{
    static readonly string[] ConditionNames = ["Filter", "Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter"];

    /// <summary>This node and all below it.</summary>
    public IEnumerable<PlanNode> All => Children.SelectMany(child => child.All).Prepend(this);

    /// <summary>Whether it reads a table itself.</summary>
    public bool IsScan => Relation is not null;

    /// <summary>Reads the node <c>Plan</c> of the document.</summary>
    public static PlanNode Parse(JsonElement node) => new(
        Text(node, "Node Type")!, Text(node, "Relation Name"), Text(node, "Alias") is { } alias
            ? PartitionSuffix().Replace($"{alias}.", "$1.")[..^1] : null, Text(node, "Index Name"),
        Number(node, "Actual Rows") * Math.Max(1, Number(node, "Actual Loops")), Number(node, "Actual Loops"),
        (long)(Number(node, "Shared Hit Blocks") + Number(node, "Shared Read Blocks")),
        [.. ConditionNames.Select(name => Text(node, name)).OfType<string>().Select(InNamesOfTheQuery)],
        Texts(node, "Sort Key"), Texts(node, "Group Key"), Texts(node, "Output"),
        node.TryGetProperty("Plans", out var children) ? [.. children.EnumerateArray().Select(Parse)] : []);

    static string? Text(JsonElement node, string name) => node.TryGetProperty(name, out var value) ? value.GetString() : null;

    static double Number(JsonElement node, string name) => node.TryGetProperty(name, out var value) ? value.GetDouble() : 0;

    static IReadOnlyList<string> Texts(JsonElement node, string name) =>
        node.TryGetProperty(name, out var values)
            ? [.. values.EnumerateArray().Select(value => InNamesOfTheQuery(value.GetString()!))] : [];

    // PostgreSQL calls the partitions of a table with the alias f f_1, f_2 and so on.
    static string InNamesOfTheQuery(string expression) => PartitionSuffix().Replace(expression, "$1.");

    [GeneratedRegex(@"\b([a-z][a-z0-9_]*?)_\d+\.")]
    private static partial Regex PartitionSuffix();
}
