using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Workflows.Values;

/// <summary>The type names that variables, inputs and outputs of a definition may have.</summary>
public static class TypeNames
{
    static readonly Dictionary<string, Type> Types = new(StringComparer.Ordinal)
    {
        ["Object"] = typeof(object), ["String"] = typeof(string), ["Boolean"] = typeof(bool),
        ["Byte"] = typeof(byte), ["Int16"] = typeof(short), ["Int32"] = typeof(int), ["Int64"] = typeof(long),
        ["Single"] = typeof(float), ["Double"] = typeof(double), ["Decimal"] = typeof(decimal),
        ["Guid"] = typeof(Guid), ["DateTime"] = typeof(DateTime), ["DateTimeOffset"] = typeof(DateTimeOffset),
        ["DateOnly"] = typeof(DateOnly), ["TimeOnly"] = typeof(TimeOnly), ["TimeSpan"] = typeof(TimeSpan),
        ["Uri"] = typeof(Uri), ["JsonElement"] = typeof(JsonElement), ["JsonNode"] = typeof(JsonNode), ["JsonObject"] = typeof(JsonObject),
        ["JsonArray"] = typeof(JsonArray), ["ObjectDictionary"] = typeof(Dictionary<string, object>), ["StringDictionary"] = typeof(Dictionary<string, string>),
    };

    static readonly Dictionary<Type, string> Names = Types.ToDictionary(type => type.Value, type => type.Key);

    /// <summary>All names, in the order a designer would show them.</summary>
    public static IReadOnlyCollection<string> All => Types.Keys;

    /// <summary>Returns the type of a name; <see cref="object"/> for an unknown one, which keeps any JSON as it is.</summary>
    public static Type TypeOf(string name, bool isArray)
    {
        var type = Types.GetValueOrDefault(name, typeof(object));
        return isArray ? type.MakeArrayType() : type;
    }

    /// <summary>
    /// Returns the name of a type: <c>String</c>, <c>Int32[]</c>, <c>List&lt;Object&gt;</c>; the class's own name for one that definitions
    /// do not know.
    /// </summary>
    public static string NameOf(Type type)
    {
        if (Names.TryGetValue(type, out var name)) return name;
        if (Nullable.GetUnderlyingType(type) is { } underlying) return NameOf(underlying);
        if (type.IsArray) return $"{NameOf(type.GetElementType()!)}[]";
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>) ? $"List<{NameOf(type.GetGenericArguments()[0])}>" : type.Name;
    }
}
