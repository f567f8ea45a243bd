using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Server.Api;

/// <summary>
/// Reads any JSON of a request and refuses texts with half a surrogate pair such as <c>"\ud800"</c>: they are not valid Unicode, and
/// nothing behind the API could read or store them.
/// </summary>
sealed class WholeTextConverter : JsonConverter<JsonElement>
{
    public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var element = JsonElement.ParseValue(ref reader);
        try
        {
            Visit(element);
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException("A text has half a surrogate pair, such as \\ud800. Send whole characters.", error);
        }
        return element;
    }

    public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options) => value.WriteTo(writer);

    static void Visit(JsonElement element)
    {
        if (element.ValueKind is JsonValueKind.String) element.GetString();
        if (element.ValueKind is JsonValueKind.Array)
            foreach (var item in element.EnumerateArray()) Visit(item);
        if (element.ValueKind is not JsonValueKind.Object) return;
        foreach (var member in element.EnumerateObject())
        {
            _ = member.Name;
            Visit(member.Value);
        }
    }
}
