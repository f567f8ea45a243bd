using System.Text.Json;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// Lets only those expressions of a mapping through that can do nothing but compute: DuckDB parses them, and every node of the tree must be
/// of a kind that is known to be harmless.
/// </summary>
sealed class MappingCheck(ImportDatabase database, SourceTable source)
{
    static readonly string[] Classes = ["COLUMN_REF", "CONSTANT", "FUNCTION", "CAST", "CASE", "COMPARISON", "CONJUNCTION", "OPERATOR", "BETWEEN", "COLLATE"];

    // Functions of one row's values alone, without those that DuckDB calls consistent though they look at the session, the plan or a query.
    // The last ones are macros: ours, and two of DuckDB's that expand to such functions.
    const string Functions = """
        select distinct function_name from duckdb_functions()
        where function_type = 'scalar' and stability = 'CONSISTENT' and not starts_with(function_name, 'current_')
          and function_name not in ('getvariable', 'version', 'vector_type', 'row', 'json_serialize_sql', 'json_serialize_plan', 'json_deserialize_sql')
        union all select unnest(['number', 'nullif', 'split_part'])
        """;

    readonly HashSet<string> functions = [.. database.Query(Functions, row => row.GetString(0))];

    /// <summary>Checks all expressions.</summary>
    /// <exception cref="ActivityFailedException"><c>import.mapping_refused</c>, <c>import.unknown_column</c>.</exception>
    public void Check(SalesMapping mapping)
    {
        var unknown = new List<string>();
        foreach (var (column, expression) in mapping.Columns)
        {
            using var parsed = JsonDocument.Parse(database.Query(
                $"select json_serialize_sql({ImportDatabase.Text(Query(expression))})", row => row.GetString(0))[0]);
            var reason = StatementProblem(parsed.RootElement) ?? Problem(parsed.RootElement.GetProperty("statements")[0].GetProperty("node").GetProperty("select_list")[0]);
            if (reason is not null) throw new ActivityFailedException("import.mapping_refused",
                $"The mapping of '{column}' is refused: {expression.Trim()} {reason}. A mapping's value is one expression over the source's columns, " +
                "without statements, queries and functions that reach outside of it.", isRetryable: false);
            unknown.AddRange(ColumnsIn(parsed.RootElement).Distinct(StringComparer.OrdinalIgnoreCase)
                .Except(source.Columns, StringComparer.OrdinalIgnoreCase).Select(name => $"'{name}' for {column}"));
        }
        if (unknown.Count > 0) throw new ActivityFailedException("import.unknown_column",
            $"The mapping names columns that the source does not have: {string.Join(", ", unknown)}. " +
            $"The source has: {Excerpt.Of([.. source.Columns, .. source.OtherNames])}.{source.HeaderHint}", isRetryable: false);
    }

    // On lines of their own, so that a comment at the end of the expression cannot swallow what follows.
    static string Query(string expression) => $"select (\n{expression}\n)";

    static string? StatementProblem(JsonElement parsed)
    {
        if (parsed.GetProperty("error").GetBoolean()) return $"is not an expression ({parsed.GetProperty("error_message").GetString()})";
        var statements = parsed.GetProperty("statements");
        if (statements.GetArrayLength() != 1) return "is more than one statement";
        var select = statements[0].GetProperty("node");
        var isBare = select.GetProperty("type").ValueEquals("SELECT_NODE")
            && select.GetProperty("select_list").GetArrayLength() == 1
            && select.GetProperty("from_table").GetProperty("type").ValueEquals("EMPTY")
            && select.GetProperty("modifiers").GetArrayLength() == 0
            && select.GetProperty("group_expressions").GetArrayLength() == 0
            && select.GetProperty("cte_map").GetProperty("map").GetArrayLength() == 0
            && new[] { "where_clause", "having", "sample", "qualify" }.All(clause => select.GetProperty(clause).ValueKind is JsonValueKind.Null);
        return isBare ? null : "is a query";
    }

    string? Problem(JsonElement node)
    {
        if (node.ValueKind is JsonValueKind.Array) return node.EnumerateArray().Select(Problem).FirstOrDefault(reason => reason is not null);
        if (node.ValueKind is not JsonValueKind.Object) return null;
        if (node.TryGetProperty("class", out var kind))
        {
            if (kind.ValueEquals("SUBQUERY")) return "has a query in it";
            if (!Classes.Contains(kind.GetString())) return $"uses {kind.GetString()!.ToLowerInvariant()}, which is not for mappings";
            if (kind.ValueEquals("FUNCTION") && !functions.Contains(node.GetProperty("function_name").GetString()!))
                return $"calls {node.GetProperty("function_name").GetString()}, which is not for mappings";
            if (kind.ValueEquals("CAST") && node.GetProperty("cast_type").GetProperty("id").ValueEquals("UNBOUND"))
                return $"names the type {node.GetProperty("cast_type").GetProperty("type_info").GetProperty("name").GetString()}, which is not there";
        }
        return node.EnumerateObject().Select(property => Problem(property.Value)).FirstOrDefault(reason => reason is not null);
    }

    static IEnumerable<string> ColumnsIn(JsonElement node)
    {
        if (node.ValueKind is JsonValueKind.Array) return node.EnumerateArray().SelectMany(ColumnsIn);
        if (node.ValueKind is not JsonValueKind.Object) return [];
        return node.TryGetProperty("class", out var kind) && kind.ValueEquals("COLUMN_REF")
            ? [node.GetProperty("column_names")[0].GetString()!]
            : node.EnumerateObject().SelectMany(property => ColumnsIn(property.Value));
    }
}
