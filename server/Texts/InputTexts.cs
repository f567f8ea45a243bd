using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Texts;

/// <summary>Reads the value of an input from a text, as the workflow declares the input.</summary>
static class InputTexts
{
    /// <summary>Parses the value of an input from a text; a text never names a file.</summary>
    /// <param name="problems">Receives the problems.</param>
    /// <returns>The value; <see langword="null"/> if there are problems.</returns>
    public static JsonElement? ValueOf(ArgumentDefinition declared, string text, List<string> problems)
    {
        var type = TypeNames.TypeOf(declared.TypeName, declared.IsArray);
        if (type == typeof(string)) return JsonSerializer.SerializeToElement(text);
        if (Number(text, type) is { } number) return number;
        var (isJson, wanted) = Wanted(type);
        if (type == typeof(bool) && bool.TryParse(text, out var flag)) return JsonSerializer.SerializeToElement(flag);
        if (isJson && TryParseJson(text, type) is { } json) return json;
        if (wanted.Length == 0) return JsonSerializer.SerializeToElement(text);
        problems.Add($"Input '{declared.Name}' is '{Shorten(text)}', but takes {wanted} ({declared.TypeName}).");
        return null;
    }

    static JsonElement? Number(string text, Type type)
    {
        const NumberStyles Whole = NumberStyles.AllowLeadingSign;
        var culture = CultureInfo.InvariantCulture;
        return type switch
        {
            _ when type == typeof(byte) && byte.TryParse(text, Whole, culture, out var value) => JsonSerializer.SerializeToElement(value),
            _ when type == typeof(short) && short.TryParse(text, Whole, culture, out var value) => JsonSerializer.SerializeToElement(value),
            _ when type == typeof(int) && int.TryParse(text, Whole, culture, out var value) => JsonSerializer.SerializeToElement(value),
            _ when type == typeof(long) && long.TryParse(text, Whole, culture, out var value) => JsonSerializer.SerializeToElement(value),
            _ when type == typeof(decimal) && decimal.TryParse(text, NumberStyles.Float, culture, out var value) => JsonSerializer.SerializeToElement(value),
            _ when (type == typeof(double) || type == typeof(float)) && double.TryParse(text, NumberStyles.Float, culture, out var value) && double.IsFinite(value)
                => JsonSerializer.SerializeToElement(value),
            _ => null,
        };
    }

    static (bool IsJson, string Wanted) Wanted(Type type) => type switch
    {
        _ when type == typeof(byte) || type == typeof(short) || type == typeof(int) || type == typeof(long) => (false, "a whole number"),
        _ when type == typeof(decimal) || type == typeof(double) || type == typeof(float) => (false, "a number such as 0.05"),
        _ when type == typeof(bool) => (false, "true or false"),
        _ when type.IsArray || type == typeof(JsonArray) => (true, "a JSON array, or @ and the path of a file with one"),
        _ when type == typeof(JsonObject) || typeof(System.Collections.IDictionary).IsAssignableFrom(type) => (true, "a JSON object, or @ and the path of a file with one"),
        _ when type == typeof(JsonElement) || type == typeof(JsonNode) || type == typeof(object) => (true, ""),
        // Dates, ids and addresses stay text; the activity converts them.
        _ => (false, ""),
    };

    static JsonElement? TryParseJson(string text, Type type)
    {
        try
        {
            var json = JsonElement.Parse(text);
            var isAny = type == typeof(object) || type == typeof(JsonElement) || type == typeof(JsonNode);
            var isList = type.IsArray || type == typeof(JsonArray);
            if (isAny || (isList && json.ValueKind is JsonValueKind.Array)) return json;
            return !isList && json.ValueKind is JsonValueKind.Object ? json : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string Shorten(string text) => text.Length <= 40 ? text : $"{text[..40]}…";
}
