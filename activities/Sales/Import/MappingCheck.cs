using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Orchestrator.Spark.DuckDb;
using static Orchestrator.Spark.DuckDb.SqlText;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>A mapping that was checked, as it is executed.</summary>
/// <param name="Columns">Column of a sale → SQL expression, whose casts of text to dates are strict.</param>
/// <param name="Source">Query of the rows with the columns that the mapping reads; texts that are too long are null there.</param>
/// <param name="HasLongText">Expression over <c>Source</c>: whether a text of the row is too long.</param>
/// <param name="BytesPerRow">Most bytes of text that the expressions make for a row.</param>
sealed record CheckedMapping(IReadOnlyDictionary<string, string> Columns, string Source, string HasLongText, long BytesPerRow);

/// <summary>
/// Lets only those expressions of a mapping through that can do nothing but compute, in bounded memory: DuckDB parses them, and every node
/// of the tree must be of a kind that is known to be harmless.
/// </summary>
sealed partial class MappingCheck(LocalDatabase database, SourceTable source)
{
    const int LongestExpression = 4_000, ShownCharacters = 200;

    // A case with an operand is parsed into one copy of the operand for each of its branches, so cases inside operands multiply.
    const double MostCopies = 1_000;

    readonly Dictionary<string, string> types = database.Query("describe select * from source", row => (row.GetString(0), row.GetString(1)))
        .ToDictionary(column => column.Item1, column => column.Item2, StringComparer.OrdinalIgnoreCase);

    /// <summary>Refuses expressions that take too much to be parsed; nothing else may look at a mapping before.</summary>
    /// <exception cref="ActivityFailedException"><c>import.mapping_refused</c>.</exception>
    public static void CheckShape(SalesMapping mapping)
    {
        foreach (var (column, expression) in mapping.Columns)
            if (ShapeProblem(expression) is { } reason) throw Refused(column, expression, reason);
    }

    /// <summary>Checks all expressions.</summary>
    /// <exception cref="ActivityFailedException"><c>import.mapping_refused</c>, <c>import.unknown_column</c>.</exception>
    public CheckedMapping Check(SalesMapping mapping)
    {
        var (columns, unknown, size) = (new Dictionary<string, string>(StringComparer.Ordinal), new List<string>(), new MappingSize(types));
        var read = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (column, expression) in mapping.Columns)
        {
            columns[column] = Check(column, expression, size);
            unknown.AddRange(size.Reads.Except(source.Columns, StringComparer.OrdinalIgnoreCase).Select(name => $"'{name}' for {column}"));
            read.UnionWith(size.Reads);
        }
        if (unknown.Count > 0) throw new ActivityFailedException("import.unknown_column",
            $"The mapping names columns that the source does not have: {string.Join(", ", unknown)}. " +
            $"The source has: {Excerpt.Of([.. source.Columns, .. source.OtherNames])}.{source.HeaderHint}", isRetryable: false);
        var lengths = read.Select(name => (Name: Identifier(name), Length: MappingSize.LengthOf(Identifier(name), types[name]))).ToList();
        var bounded = lengths.Select(column => column.Length is null
            ? column.Name
            : $"case when {column.Length} <= {MappingSize.LongestText} then {column.Name} end as {column.Name}");
        var tooLong = lengths.Where(column => column.Length is not null)
            .Select(column => $"coalesce({column.Length} > {MappingSize.LongestText}, false)");
        var isLong = string.Join(" or ", tooLong.DefaultIfEmpty("false"));
        string[] selected = [source.File, source.Line, $"{isLong} as {source.HasLongText}", .. bounded];
        return new(columns, $"select {string.Join(", ", selected)} from {SourceTable.View}", source.HasLongText, size.Bytes);
    }

    string Check(string column, string expression, MappingSize size)
    {
        var parsed = Parse(expression, out var reason);
        reason ??= size.ProblemOf(ExpressionIn(parsed!));
        if (reason is null && HasDateCast(ExpressionIn(parsed!)))
        {
            expression = WithStrictDates(parsed!);
            // What is executed is what was checked.
            parsed = Parse(expression, out reason);
            reason ??= size.ProblemOf(ExpressionIn(parsed!));
        }
        return reason is null ? expression : throw Refused(column, expression, reason);
    }

    static ActivityFailedException Refused(string column, string expression, string reason) => new("import.mapping_refused",
        $"The mapping of '{column}' is refused: {ShownOf(expression.Trim())} {reason}. A mapping's value is one expression over the " +
        "source's columns, " +
        "without statements, queries and functions that reach outside of it.", isRetryable: false);

    static string ShownOf(string expression) => expression.Length <= ShownCharacters ? expression : $"{expression[..ShownCharacters]}…";

    static string? ShapeProblem(string expression)
    {
        if (expression.Length > LongestExpression) return $"is longer than {LongestExpression} characters";
        if (expression.Contains('\0', StringComparison.Ordinal)) return "has the character U+0000";
        var cases = CaseWithOperand().Count(expression);
        var branches = Branch().Count(expression);
        // Words in comments and constants count too, so it is the worst number of cases that decides, not the one that was found.
        return Enumerable.Range(1, cases).Any(inside => Math.Pow((double)branches / inside, inside) > MostCopies)
            ? "has too many cases inside each other"
            : null;
    }

    JsonNode? Parse(string expression, out string? problem)
    {
        try
        {
            var parsed = JsonNode.Parse(
                database.Query($"select json_serialize_sql({Literal(Query(expression))})", row => row.GetString(0))[0],
                documentOptions: new() { MaxDepth = ExpressionTree.DeepestTree })!;
            problem = StatementProblem(parsed);
            return parsed;
        }
        catch (JsonException)
        {
            problem = "is nested too deeply";
            return null;
        }
    }

    // On lines of their own, so that a comment at the end of the expression cannot swallow what follows.
    static string Query(string expression) => $"select (\n{expression}\n)";

    static string? StatementProblem(JsonNode parsed)
    {
        if ((bool)parsed["error"]!) return $"is not an expression ({(string?)parsed["error_message"]})";
        if (parsed["statements"]!.AsArray().Count != 1) return "is more than one statement";
        var select = parsed["statements"]![0]!["node"]!;
        var isBare = (string?)select["type"] == "SELECT_NODE"
            && select["select_list"]!.AsArray().Count == 1
            && (string?)select["from_table"]!["type"] == "EMPTY"
            && select["modifiers"]!.AsArray().Count == 0
            && select["group_expressions"]!.AsArray().Count == 0
            && select["cte_map"]!["map"]!.AsArray().Count == 0
            && new[] { "where_clause", "having", "sample", "qualify" }.All(clause => select[clause] is null);
        return isBare ? null : "is a query";
    }

    static JsonNode ExpressionIn(JsonNode parsed) => parsed["statements"]![0]!["node"]!["select_list"]![0]!;

    static bool HasDateCast(JsonNode? node) => node switch
    {
        JsonArray items => items.Any(HasDateCast),
        JsonObject part => IsDateCast(part) || part.Any(property => HasDateCast(property.Value)),
        _ => false,
    };

    static bool IsDateCast(JsonObject part) => (string?)part["class"] == "CAST" && (string?)part["cast_type"]!["id"] == "DATE";

    string WithStrictDates(JsonNode parsed)
    {
        Replace(parsed["statements"]![0]!["node"]!["select_list"]!);
        var select = database.Query($"select json_deserialize_sql({Literal(parsed.ToJsonString())})", row => row.GetString(0))[0];
        return select["SELECT ".Length..];
    }

    static void Replace(JsonNode node)
    {
        foreach (var child in node is JsonArray items ? [.. items] : node.AsObject().Select(property => property.Value).ToList())
        {
            if (child is not (JsonArray or JsonObject)) continue;
            Replace(child);
            if (child is JsonObject cast && IsDateCast(cast)) cast.ReplaceWith(StrictOf(cast));
        }
    }

    static JsonObject StrictOf(JsonObject cast) => new()
    {
        ["class"] = "FUNCTION", ["type"] = "FUNCTION", ["alias"] = "", ["query_location"] = 0, ["schema"] = "", ["catalog"] = "",
        ["filter"] = null,
        ["function_name"] = (bool)cast["try_cast"]! ? StrictDates.TryDayOf : StrictDates.DayOf,
        ["children"] = new JsonArray(cast["child"]!.DeepClone()),
        ["order_bys"] = new JsonObject { ["type"] = "ORDER_MODIFIER", ["orders"] = new JsonArray() },
        ["distinct"] = false, ["is_operator"] = false, ["export_state"] = false,
    };

    [GeneratedRegex(@"case(?!\s+when)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CaseWithOperand();

    [GeneratedRegex("when", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Branch();
}
