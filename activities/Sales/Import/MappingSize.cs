using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// Walks the expressions of a mapping as DuckDB parsed them: every node must be of a kind that is known to be harmless, and all of them
/// together must not make more text for a row than <see cref="MostBytes"/>. What cannot be bounded is refused.
/// </summary>
/// <param name="types">The source's columns with their types.</param>
sealed class MappingSize(IReadOnlyDictionary<string, string> types)
{
    /// <summary>Longest text of the source that a mapping reads, in bytes; a row with a longer one goes to quarantine.</summary>
    public const int LongestText = 2048;

    /// <summary>Most bytes of text that a mapping may make for a row.</summary>
    public const int MostBytes = 1 << 17;

    // A macro takes several copies of its arguments; without a limit, nesting them would multiply.
    const int MostNodes = 10_000, FixedBytes = 64;

    // Beyond it nothing is told apart, and products of two do not overflow.
    const long Countless = 1_000_000_000;

    readonly HashSet<string> reads = new(StringComparer.OrdinalIgnoreCase);
    string? problem;

    /// <summary>Columns that the last expression reads.</summary>
    public IReadOnlyCollection<string> Reads => reads;

    /// <summary>Most bytes of text that all expressions make for a row.</summary>
    public long Bytes { get; private set; }

    /// <summary>The reason why an expression is refused; <see langword="null"/> if it is not.</summary>
    public string? ProblemOf(JsonNode expression)
    {
        problem = null;
        reads.Clear();
        var weight = Weigh(expression);
        Bytes += weight.Made;
        if (problem is null && weight.Nodes > MostNodes) problem = "is nested too deeply";
        if (problem is null && Bytes > MostBytes) problem = string.Create(CultureInfo.InvariantCulture,
            $"makes texts too long: up to {Bytes} bytes for a row in all, " +
            $"but at most {MostBytes} are allowed, where a column of text counts {LongestText}");
        return problem;
    }

    Weight Weigh(JsonNode? node)
    {
        if (node is not JsonObject part) return Refuse("is not an expression");
        var kind = (string?)part["class"];
        return kind switch
        {
            "COLUMN_REF" => Column((string)part["column_names"]![0]!),
            "CONSTANT" => new(Encoding.UTF8.GetByteCount(TextOf(part)), 1, 0),
            "FUNCTION" => Function(part),
            "CAST" => Cast(part),
            "CASE" => Largest([.. part["case_checks"]!.AsArray().SelectMany(PartsOfCheck), part["else_expr"]]),
            "COMPARISON" => Fixed([part["left"], part["right"]]),
            "CONJUNCTION" => Fixed(part["children"]!.AsArray()),
            "BETWEEN" => Fixed([part["input"], part["lower"], part["upper"]]),
            "OPERATOR" when MappingFunctions.Operators.Contains((string)part["type"]!) => Largest(part["children"]!.AsArray()),
            "COLLATE" => Weigh(part["child"]),
            "SUBQUERY" => Refuse("has a query in it"),
            "OPERATOR" => Refuse($"uses {((string)part["type"]!).ToLowerInvariant()}, which is not for mappings"),
            _ => Refuse($"uses {kind?.ToLowerInvariant()}, which is not for mappings"),
        };
    }

    Weight Column(string name)
    {
        reads.Add(name);
        // An unknown one is told with all others.
        return !types.TryGetValue(name, out var type) || IsText(type) ? new(LongestText, 1, 0)
            : type is "BLOB" ? new(4 * LongestText, 1, 0)
            : type.StartsWith("DECIMAL(", StringComparison.Ordinal) || MappingFunctions.Types.Contains(type) ? new(FixedBytes, 1, 0)
            : Refuse($"reads '{name}', a column of the type {type}, which is not for mappings");
    }

    /// <summary>Expression for the bytes of a column's texts; <see langword="null"/> if its values have a fixed size.</summary>
    public static string? LengthOf(string name, string type) =>
        IsText(type) ? $"strlen({name})" : type is "BLOB" ? $"octet_length({name})" : null;

    static IEnumerable<JsonNode?> PartsOfCheck(JsonNode? check) => [check!["when_expr"], check["then_expr"]];

    static bool IsText(string type) => type is "VARCHAR" or "JSON";

    Weight Function(JsonObject part)
    {
        var name = (string)part["function_name"]!;
        var children = part["children"]!.AsArray();
        var arguments = children.Select(Weigh).ToList();
        if (problem is not null) return default;
        if (!MappingFunctions.All.TryGetValue(name, out var growth)) return Refuse($"calls {name}, which is not for mappings");
        if (part["filter"] is not null || part["order_bys"]!["orders"]!.AsArray().Count > 0 || (bool)part["distinct"]!)
            return Refuse($"calls {name} as an aggregate, which is not for mappings");
        var all = arguments.Sum(argument => argument.Bytes);
        var bytes = growth switch
        {
            Growth.Fixed => FixedBytes,
            Growth.Match => Match(name, children),
            Growth.Part => children.Count < 3 || IsConstant(children[2])
                ? all
                : Refuse($"calls {name} for several parts, which is not for mappings").Bytes,
            Growth.Letters => 2 * all,
            Growth.Pieces => 20 * all,
            Growth.Separated => all + (BytesOf(arguments, 0) * arguments.Count),
            Growth.Replaced => (BytesOf(arguments, 0) + 1) * Math.Max(1, BytesOf(arguments, 2)),
            Growth.Rewritten => (BytesOf(arguments, 0) + 1) * ((2 * BytesOf(arguments, 2)) + 1),
            Growth.Padded => BytesOf(arguments, 0) + (4 * NumberIn(name, children)),
            Growth.Repeated => BytesOf(arguments, 0) * NumberIn(name, children),
            Growth.Formatted => FixedBytes * (all + 1),
            Growth.Path => IsPlainPath(children) ? all
                : children.Count == 2 && IsConstant(children[1]) ? 20 * all
                : Refuse($"calls {name} for several paths, which is not for mappings").Bytes,
            Growth.Text or _ => all,
        };
        var copies = MappingFunctions.CopiesInMacros.GetValueOrDefault(name, 1);
        // What an argument makes on its way is made once for each copy.
        var made = Math.Min(bytes, Countless) + ((copies - 1) * all) + (copies * arguments.Sum(argument => argument.Made));
        var nodes = copies * (1 + arguments.Sum(argument => argument.Nodes));
        return new(Math.Min(bytes, Countless), Math.Min(nodes, Countless), Math.Min(made, Countless));
    }

    Weight Cast(JsonObject part)
    {
        var child = Weigh(part["child"]);
        if (problem is not null) return default;
        var type = (string)part["cast_type"]!["id"]!;
        if (type == "UNBOUND") return Refuse($"names the type {(string?)part["cast_type"]!["type_info"]!["name"]}, which is not there");
        if (!MappingFunctions.Types.Contains(type)) return Refuse($"casts to {type.ToLowerInvariant()}, which is not for mappings");
        var bytes = type == "VARCHAR" ? Math.Max(FixedBytes, child.Bytes) : FixedBytes;
        return new(bytes, child.Nodes + 1, Math.Min(child.Made + bytes, Countless));
    }

    Weight Largest(IEnumerable<JsonNode?> children)
    {
        var weights = children.Select(Weigh).ToList();
        return new(weights.Select(weight => weight.Bytes).DefaultIfEmpty(FixedBytes).Max(), 1 + weights.Sum(weight => weight.Nodes),
            Math.Min(weights.Sum(weight => weight.Made), Countless));
    }

    Weight Fixed(IEnumerable<JsonNode?> children) => Largest(children) with { Bytes = FixedBytes };

    // The first reason is the one that is told.
    Weight Refuse(string reason)
    {
        problem ??= reason;
        return default;
    }

    // DuckDB tries out all ways in which wildcards may match, except for % alone in a constant: each of them multiplies the work.
    long Match(string name, JsonArray children)
    {
        var pattern = IsConstant(children[1]) ? TextOf(children[1]!) : null;
        var isPlain = name is "~~" or "!~~" && pattern?.Contains('_', StringComparison.Ordinal) is false;
        if (pattern is null || (!isPlain && pattern.Count(letter => letter is '%' or '*') > 2))
            Refuse("matches a pattern that is not a constant or has more than two wildcards; use regexp_matches");
        return FixedBytes;
    }

    static bool IsPlainPath(JsonArray children) =>
        children.Count == 2 && IsConstant(children[1]) && !TextOf(children[1]!).Contains('*', StringComparison.Ordinal);

    static bool IsConstant(JsonNode? node) => (string?)node!["class"] == "CONSTANT";

    static string TextOf(JsonNode constant) => constant["value"]!["value"] is { } value
        ? value.GetValueKind() is JsonValueKind.String ? (string)value! : value.ToJsonString()
        : "";

    static long BytesOf(List<Weight> arguments, int number) => number < arguments.Count ? arguments[number].Bytes : 0;

    long NumberIn(string name, JsonArray children)
    {
        if (children.Count > 1 && IsConstant(children[1])
            && int.TryParse(TextOf(children[1]!), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count))
            return Math.Max(0, count);
        Refuse($"calls {name} with a length that is not a constant number");
        return 0;
    }

    /// <param name="Bytes">Most bytes of its value.</param>
    /// <param name="Nodes">Nodes that it has once macros are copied in.</param>
    /// <param name="Made">Most bytes of text that all its parts make.</param>
    [StructLayout(LayoutKind.Auto)]
    readonly record struct Weight(long Bytes, long Nodes, long Made);
}
