using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>
/// Makes the stored document from a received one: members that the store itself knows are corrected, everything else stays letter for
/// letter.
/// </summary>
static class DefinitionDocument
{
    /// <summary>Members that describe the origin of a document, not the workflow.</summary>
    static readonly HashSet<string> Dropped = new(["$schema", "id", "createdAt", "isLatest", "isPublished", "links", "tenantId", "nodeId"], StringComparer.Ordinal);

    /// <summary>Members that the designer knows, so that leaving one out removes it.</summary>
    static readonly HashSet<string> KnownToDesigner = new(
        ["definitionId", "version", "name", "description", "toolVersion", "variables", "inputs", "outputs", "outcomes", "customProperties", "isReadonly", "isSystem", "options", "root", "publish"],
        StringComparer.Ordinal);

    static readonly HashSet<string> KnownOfItems = new(
        ["id", "name", "type", "typeName", "isArray", "value", "displayName", "description", "category", "uiHint", "storageDriverType", "storageDriverTypeName"], StringComparer.Ordinal);

    static readonly JsonWriterOptions Writing = new() { Encoder = DefinitionJson.Compact.Encoder, MaxDepth = DefinitionJson.MaximumDepth, SkipValidation = true };

    /// <summary>The document of a version.</summary>
    /// <param name="before">
    /// The version before: the designer sends back what it knows only, so members that it doesn't know are taken from here unless the new document names them.
    /// <see langword="null"/> if the new document is complete.
    /// </param>
    public static string Compose(JsonElement given, string definitionId, int version, JsonElement? before = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Writing))
        {
            writer.WriteStartObject();
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var property in given.EnumerateObject())
            {
                names.Add(property.Name);
                if (Dropped.Contains(property.Name)) continue;
                writer.WritePropertyName(property.Name);
                if (property.NameEquals("definitionId")) writer.WriteStringValue(definitionId);
                else if (property.NameEquals("version")) writer.WriteNumberValue(version);
                else if (before is { } old && property.Name is "inputs" or "outputs" or "variables" && before.Value.TryGetProperty(property.Name, out var items))
                    WriteItems(writer, property.Value, items);
                else if (property.NameEquals("root") && before is { } earlier && earlier.TryGetProperty("root", out var root))
                    new DesignerOrder(root).Write(writer, property.Value);
                else WriteRaw(writer, property.Value);
            }
            if (!names.Contains("definitionId")) writer.WriteString("definitionId", definitionId);
            if (!names.Contains("version")) writer.WriteNumber("version", version);
            foreach (var property in before?.EnumerateObject() ?? default)
                if (!names.Contains(property.Name) && !KnownToDesigner.Contains(property.Name) && !Dropped.Contains(property.Name)) WriteProperty(writer, property);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>
    /// Returns the workflows that a document starts by id: inputs <c>workflowDefinitionId</c> with a literal, anywhere below the root.
    /// </summary>
    public static string[] FindConsumed(JsonElement document)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        if (!document.TryGetProperty("root", out var root)) return [];
        var open = new Stack<JsonElement>([root]);
        while (open.TryPop(out var next))
        {
            if (next.ValueKind is JsonValueKind.Array) foreach (var item in next.EnumerateArray()) Push(item);
            if (next.ValueKind is not JsonValueKind.Object) continue;
            foreach (var property in next.EnumerateObject())
            {
                if (property.NameEquals("workflowDefinitionId") && LiteralOf(property.Value) is { Length: > 0 } id && !id.Contains('\0', StringComparison.Ordinal)) found.Add(id);
                Push(property.Value);
            }
        }
        return [.. found];

        void Push(JsonElement value)
        {
            if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) open.Push(value);
        }
    }

    /// <summary>A text of the document; <see langword="null"/> if there is none.</summary>
    public static string? TextOf(JsonElement document, string property) =>
        document.TryGetProperty(property, out var value) && value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    /// <summary>Whether a member is true.</summary>
    public static bool IsSet(JsonElement document, string property) => document.TryGetProperty(property, out var value) && value.ValueKind is JsonValueKind.True;

    static string? LiteralOf(JsonElement input)
    {
        if (input.ValueKind is JsonValueKind.String) return input.GetString();
        return input.ValueKind is JsonValueKind.Object && input.TryGetProperty("expression", out var expression) && expression.ValueKind is JsonValueKind.Object
            && TextOf(expression, "type") is "Literal" ? TextOf(expression, "value") : null;
    }

    static void WriteItems(Utf8JsonWriter writer, JsonElement items, JsonElement before)
    {
        if (items.ValueKind is not JsonValueKind.Array || before.ValueKind is not JsonValueKind.Array)
        {
            WriteRaw(writer, items);
            return;
        }
        var old = before.EnumerateArray().Where(item => item.ValueKind is JsonValueKind.Object && TextOf(item, "name") is not null)
            .DistinctBy(item => TextOf(item, "name"), StringComparer.Ordinal).ToDictionary(item => TextOf(item, "name")!, StringComparer.Ordinal);
        writer.WriteStartArray();
        foreach (var item in items.EnumerateArray())
        {
            if (item.ValueKind is not JsonValueKind.Object || TextOf(item, "name") is not { } name || !old.TryGetValue(name, out var was))
            {
                WriteRaw(writer, item);
                continue;
            }
            writer.WriteStartObject();
            foreach (var property in item.EnumerateObject()) WriteProperty(writer, property);
            foreach (var property in was.EnumerateObject())
                if (!KnownOfItems.Contains(property.Name) && !item.TryGetProperty(property.Name, out _)) WriteProperty(writer, property);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    static void WriteProperty(Utf8JsonWriter writer, JsonProperty property)
    {
        writer.WritePropertyName(property.Name);
        WriteRaw(writer, property.Value);
    }

    static void WriteRaw(Utf8JsonWriter writer, JsonElement value) => writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
}
