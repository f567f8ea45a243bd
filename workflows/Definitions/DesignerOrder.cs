using System.Runtime.InteropServices;
using System.Text.Json;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>
/// Keeps the order of the activities and connections of flowcharts. The designer writes them in the order of its canvas, which is
/// accidental, yet outcomes are followed in the order of the list. New ones come last. The steps of a sequence keep the order that a person
/// gave them.
/// </summary>
sealed class DesignerOrder
{
    static ReadOnlySpan<byte> Flowchart => "\"Elsa.Flowchart\""u8;

    readonly Dictionary<string, Dictionary<string, int>> before = new(StringComparer.Ordinal);

    /// <param name="root">The root activity of the version before.</param>
    public DesignerOrder(JsonElement root)
    {
        var open = new Stack<JsonElement>([root]);
        while (open.TryPop(out var next))
        {
            if (next.ValueKind is JsonValueKind.Array) foreach (var item in next.EnumerateArray()) open.Push(item);
            if (next.ValueKind is not JsonValueKind.Object) continue;
            if (IsFlowchart(next, out var id)) before.TryAdd(id, PlacesIn(next));
            foreach (var property in next.EnumerateObject())
                if (property.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) open.Push(property.Value);
        }
    }

    /// <summary>Writes an activity with everything in it. Parts without a flowchart stay letter for letter.</summary>
    public void Write(Utf8JsonWriter writer, JsonElement value)
    {
        if (value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array) || !HoldsFlowchart(value))
        {
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
        }
        else if (value.ValueKind is JsonValueKind.Array)
        {
            writer.WriteStartArray();
            foreach (var item in value.EnumerateArray()) Write(writer, item);
            writer.WriteEndArray();
        }
        else
        {
            var places = IsFlowchart(value, out var id) ? before.GetValueOrDefault(id) : null;
            writer.WriteStartObject();
            foreach (var property in value.EnumerateObject())
            {
                writer.WritePropertyName(property.Name);
                if (places is not null && property.Name is "activities" or "connections" && property.Value.ValueKind is JsonValueKind.Array)
                    WriteOrdered(writer, property.Value, places!);
                else Write(writer, property.Value);
            }
            writer.WriteEndObject();
        }
    }

    void WriteOrdered(Utf8JsonWriter writer, JsonElement items, Dictionary<string, int> places)
    {
        writer.WriteStartArray();
        foreach (var item in items.EnumerateArray().OrderBy(item => places.GetValueOrDefault(KeyOf(item), int.MaxValue)))
            Write(writer, item);
        writer.WriteEndArray();
    }

    static Dictionary<string, int> PlacesIn(JsonElement flowchart)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var list in (string[])["activities", "connections"])
        {
            if (!flowchart.TryGetProperty(list, out var items) || items.ValueKind is not JsonValueKind.Array) continue;
            foreach (var item in items.EnumerateArray()) places.TryAdd(KeyOf(item), places.Count);
        }
        return places;
    }

    /// <summary>Returns the key of an activity or a connection: its id, or both ends with their ports.</summary>
    static string KeyOf(JsonElement item)
    {
        if (item.ValueKind is not JsonValueKind.Object) return "";
        if (DefinitionDocument.TextOf(item, "id") is { } id) return id;
        var cursor = new JsonCursor(item, JsonPath.Root, new());
        var (source, target) = (ConnectionEnd.Find(cursor, "source"), ConnectionEnd.Find(cursor, "target"));
        return $"{source?.ActivityId}\n{source?.Port ?? "Done"}\n{target?.ActivityId}\n{target?.Port ?? "In"}";
    }

    // Inspects the text, which is quick at any depth. A type that is written with escapes only keeps the order of the canvas.
    static bool HoldsFlowchart(JsonElement value) =>
        value.ValueKind is JsonValueKind.Object or JsonValueKind.Array && JsonMarshal.GetRawUtf8Value(value).IndexOf(Flowchart) >= 0;

    static bool IsFlowchart(JsonElement value, out string id)
    {
        id = DefinitionDocument.TextOf(value, "id") ?? "";
        return id.Length > 0 && DefinitionDocument.TextOf(value, "type") is ControlActivity.FlowchartType;
    }
}
