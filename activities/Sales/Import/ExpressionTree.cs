using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Spark.DuckDb;
using static Orchestrator.Spark.DuckDb.SqlText;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>An expression of a mapping as DuckDB's parser sees it: a tree of JSON that is read, changed and written as SQL again.</summary>
sealed class ExpressionTree
{
    /// <summary>Most levels of JSON that an expression may take.</summary>
    public const int DeepestTree = 1_000;

    readonly LocalDatabase database;
    readonly JsonNode query;

    ExpressionTree(LocalDatabase database, JsonNode query) => (this.database, this.query) = (database, query);

    /// <summary>The expression.</summary>
    public JsonObject Root
    {
        get => Select[0]!.AsObject();
        set => Select[0] = value;
    }

    JsonArray Select => query["statements"]![0]!["node"]!["select_list"]!.AsArray();

    /// <summary>Parses an expression; nothing of it is executed.</summary>
    /// <returns>Null if it is no expression, or is nested too deeply.</returns>
    public static ExpressionTree? Parse(LocalDatabase database, string expression)
    {
        JsonNode parsed;
        try
        {
            parsed = JsonNode.Parse(
                database.Query($"select json_serialize_sql({Literal($"select (\n{expression}\n)")})", row => row.GetString(0))[0]!,
                documentOptions: new() { MaxDepth = DeepestTree })!;
        }
        catch (JsonException)
        {
            return null;
        }
        return parsed["error"]!.GetValue<bool>() || parsed["statements"]!.AsArray() is not [var statement]
            || statement!["node"]!["select_list"] is not JsonArray { Count: 1 }
            ? null
            : new(database, parsed);
    }

    /// <summary>Writes the expression, or a part of it, as SQL.</summary>
    public string Sql(JsonObject? part = null)
    {
        var copy = query.DeepClone();
        if (part is not null) copy["statements"]![0]!["node"]!["select_list"]![0] = part.DeepClone();
        return database.Query($"select json_deserialize_sql({Literal(copy.ToJsonString())})",
            row => row.GetString(0))[0]["SELECT ".Length..];
    }

    /// <summary>All nodes of a class, the inner ones first.</summary>
    public List<JsonObject> Nodes(string className)
    {
        var found = new List<JsonObject>();
        Visit(Root);
        return found;

        void Visit(JsonNode? node)
        {
            if (node is JsonArray array)
                foreach (var item in array) Visit(item);
            if (node is not JsonObject entries) return;
            foreach (var (_, value) in entries) Visit(value);
            if ((string?)entries["class"] == className) found.Add(entries);
        }
    }

    /// <summary>The columns of the source that the expression reads.</summary>
    public IEnumerable<string> Columns => Nodes("COLUMN_REF").Select(node => (string)node["column_names"]![0]!);

    /// <summary>Puts a call of a function of one argument around a node.</summary>
    public void Wrap(JsonObject node, string function)
    {
        var call = Parse(database, $"{function}(0)")!.Root;
        call.Parent!.AsArray().Clear();
        if (node == Root) Root = call;
        else node.ReplaceWith(call);
        call["children"]![0] = node;
    }
}
