using System.Buffers;
using System.Text.Json;

namespace Orchestrator.Workflows.Values;

/// <summary>Changes the texts in JSON.</summary>
static class JsonTexts
{
    static readonly JsonWriterOptions Writing = new() { MaxDepth = DefinitionJson.MaximumDepth, SkipValidation = true };

    /// <summary>Returns the value with each text replaced.</summary>
    /// <param name="replace">Returns the replacement of a text.</param>
    /// <param name="isOutside">Whether the value came from outside, so that names of members and numbers are replaced too: a number then
    /// becomes a text.</param>
    public static JsonElement Replace(JsonElement value, Func<string, string> replace, bool isOutside = false)
    {
        if (value.ValueKind is JsonValueKind.Undefined) return value;
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Writing)) Write(writer, value, replace, isOutside);
        var reader = new Utf8JsonReader(buffer.WrittenSpan, new JsonReaderOptions { MaxDepth = DefinitionJson.MaximumDepth });
        return JsonElement.ParseValue(ref reader);
    }

    static void Write(Utf8JsonWriter writer, JsonElement value, Func<string, string> replace, bool isOutside)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String: writer.WriteStringValue(replace(value.GetString()!)); break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) Write(writer, item, replace, isOutside);
                writer.WriteEndArray();
                break;
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    writer.WritePropertyName(isOutside ? replace(member.Name) : member.Name);
                    Write(writer, member.Value, replace, isOutside);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Number when isOutside && value.GetRawText() is var number && replace(number) is var replaced && replaced != number:
                writer.WriteStringValue(replaced);
                break;
            case JsonValueKind.Undefined or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null: value.WriteTo(writer); break;
        }
    }
}
