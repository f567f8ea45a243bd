using System.Text.Json;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Server.Elsa;

/// <summary>
/// Writes the references in expressions of the types <c>Input</c> and <c>Variable</c> as objects, as a stock server does: the Studio's
/// pickers show nothing for a bare name, and a stock server reads it as nothing.
/// </summary>
/// <param name="document">The definition whose inputs and variables are referred to.</param>
sealed class ReferenceView(JsonElement document)
{
    readonly Dictionary<string, JsonElement> inputs = Index(document, "inputs", StringComparer.OrdinalIgnoreCase, "name");
    readonly Dictionary<string, JsonElement> variables = Index(document, "variables", StringComparer.Ordinal, "name", "id");

    /// <summary>Writes the value of an activity's input, or anything else as it is.</summary>
    public void Write(Utf8JsonWriter writer, JsonElement value)
    {
        if (value.ValueKind is not JsonValueKind.Object || !value.TryGetProperty("expression", out _))
        {
            DefinitionView.WriteRaw(writer, value);
            return;
        }
        writer.WriteStartObject();
        foreach (var property in value.EnumerateObject()) WriteProperty(writer, property);
        writer.WriteEndObject();
    }

    /// <summary>Writes a property of an activity's input.</summary>
    public void WriteProperty(Utf8JsonWriter writer, JsonProperty property)
    {
        writer.WritePropertyName(property.Name);
        if (property.NameEquals("expression") && TypeOf(property.Value) is { } type) WriteExpression(writer, property.Value, type);
        else DefinitionView.WriteRaw(writer, property.Value);
    }

    /// <summary>Whether an expression refers to something by a text.</summary>
    public static bool IsText(JsonElement expression) => TypeOf(expression) is not null;

    /// <summary>Writes the variable that an activity names without an expression.</summary>
    public void WriteVariable(Utf8JsonWriter writer, JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.String) WriteReference(writer, value.GetString()!, ExpressionTypes.Variable);
        else DefinitionView.WriteRaw(writer, value);
    }

    /// <summary>Writes an expression that refers to something by a text.</summary>
    public void WriteExpression(Utf8JsonWriter writer, JsonElement expression, string? type = null)
    {
        writer.WriteStartObject();
        foreach (var property in expression.EnumerateObject())
        {
            writer.WritePropertyName(property.Name);
            if (property.NameEquals("value")) WriteReference(writer, property.Value.GetString()!, type ?? TypeOf(expression)!);
            else DefinitionView.WriteRaw(writer, property.Value);
        }
        writer.WriteEndObject();
    }

    void WriteReference(Utf8JsonWriter writer, string text, string type)
    {
        var isInput = type is ExpressionTypes.Input;
        if (string.IsNullOrWhiteSpace(text)) writer.WriteStringValue(text);
        else if (Reference.ObjectIn(text) is { } written) written.WriteTo(writer);
        else if ((isInput ? inputs : variables).TryGetValue(text, out var declared)) WriteDeclared(writer, declared, isInput);
        else
        {
            writer.WriteStartObject();
            if (!isInput) writer.WriteString("id", text);
            writer.WriteString("name", text);
            writer.WriteEndObject();
        }
    }

    static void WriteDeclared(Utf8JsonWriter writer, JsonElement declared, bool isInput)
    {
        var name = declared.GetProperty("name");
        writer.WriteStartObject();
        if (!isInput)
        {
            writer.WritePropertyName("id");
            DefinitionView.WriteRaw(writer, declared.TryGetProperty("id", out var id) && id.ValueKind is JsonValueKind.String ? id : name);
        }
        writer.WritePropertyName("name");
        DefinitionView.WriteRaw(writer, name);
        var typeProperty = isInput ? "type" : "typeName";
        if (declared.TryGetProperty(typeProperty, out var type))
        {
            writer.WritePropertyName(typeProperty);
            DefinitionView.WriteRaw(writer, type);
        }
        writer.WriteEndObject();
    }

    /// <returns>Input or Variable; null if the expression stays as it is.</returns>
    static string? TypeOf(JsonElement expression) =>
        expression.ValueKind is JsonValueKind.Object && expression.TryGetProperty("value", out var value) && value.ValueKind is JsonValueKind.String
        && expression.TryGetProperty("type", out var type) && type.ValueKind is JsonValueKind.String && type.GetString() is (ExpressionTypes.Input or ExpressionTypes.Variable) and var name ? name : null;

    // Of two entries with one key the first counts; ids, which come last, override names.
    static Dictionary<string, JsonElement> Index(JsonElement document, string list, StringComparer comparer, params string[] keys)
    {
        var found = new Dictionary<string, JsonElement>(comparer);
        if (document.ValueKind is not JsonValueKind.Object || !document.TryGetProperty(list, out var items) || items.ValueKind is not JsonValueKind.Array) return found;
        foreach (var key in keys)
        {
            var own = new HashSet<string>(comparer);
            foreach (var item in items.EnumerateArray())
                if (TextOf(item, "name") is not null && TextOf(item, key) is { } text && own.Add(text)) found[text] = item;
        }
        return found;
    }

    static string? TextOf(JsonElement item, string name) =>
        item.ValueKind is JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
