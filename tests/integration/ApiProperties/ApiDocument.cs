using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Orchestrator.Tests.Integration.ApiProperties;

/// <summary>An operation of the OpenAPI document.</summary>
sealed record ApiOperation(string Method, string Path, JsonElement Description)
{
    public IEnumerable<JsonElement> Parameters => Description.TryGetProperty("parameters", out var all) ? all.EnumerateArray() : [];

    /// <summary>Schema of the body; <see langword="null"/> if it takes none.</summary>
    public JsonElement? Body => Description.TryGetProperty("requestBody", out var body)
        ? body.GetProperty("content").GetProperty("application/json").GetProperty("schema") : null;

    public bool IsBodyRequired => Description.TryGetProperty("requestBody", out var body) && body.TryGetProperty("required",
        out var required) && required.GetBoolean();

    public JsonElement Responses => Description.GetProperty("responses");

    public override string ToString() => $"{Method} {Path}";
}

/// <summary>The OpenAPI document of a server, and whether values fit its schemas.</summary>
sealed class ApiDocument(JsonElement document)
{
    public IReadOnlyList<ApiOperation> Operations { get; } =
    [
        .. document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
            .Select(operation => new ApiOperation(operation.Name.ToUpperInvariant(), path.Name, operation.Value))),
    ];

    /// <summary>The schema that a reference names, or the schema itself.</summary>
    public JsonElement Resolve(JsonElement schema)
    {
        while (schema.TryGetProperty("$ref", out var reference))
        {
            var at = document;
            foreach (var part in reference.GetString()!.TrimStart('#', '/').Split('/')) at = at.GetProperty(part);
            schema = at;
        }
        return schema;
    }

    /// <summary>What does not fit; empty if all does.</summary>
    public IEnumerable<string> Misfits(JsonElement value, JsonElement of, string at = "$")
    {
        var schema = Resolve(of);
        if (schema.TryGetProperty("anyOf", out var any) && !any.EnumerateArray().Any(one => !Misfits(value, one,
            at).Any())) yield return $"{at} fits none of its alternatives: {value}";
        if (schema.TryGetProperty("oneOf", out _)) yield return $"{at} has oneOf";
        if (schema.TryGetProperty("enum", out var values) && values.EnumerateArray().All(one => !JsonElement.DeepEquals(one,
            value))) yield return $"{at} is {value}, none of {values}";
        if (schema.TryGetProperty("type", out var type) && !TypesOf(type).Any(one => IsOf(value, one)))
        {
            yield return $"{at} is {value.ValueKind}, not {type}";
            yield break;
        }
        var misfits = value.ValueKind switch
        {
            JsonValueKind.String => OfText(value.GetString()!, schema, at),
            JsonValueKind.Number => OfNumber(value, schema, at),
            JsonValueKind.Array when schema.TryGetProperty("items", out var items) => value.EnumerateArray().SelectMany((item, index) =>
                Misfits(item, items, $"{at}[{index}]")),
            JsonValueKind.Object => OfObject(value, schema, at),
            JsonValueKind.Array or JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null or JsonValueKind.Undefined or _ => [],
        };
        foreach (var misfit in misfits) yield return misfit;
    }

    /// <summary>The types that a schema allows.</summary>
    public static IEnumerable<string> TypesOf(JsonElement type) =>
        type.ValueKind is JsonValueKind.Array ? type.EnumerateArray().Select(static one => one.GetString()!) : [type.GetString()!];

    static bool IsOf(JsonElement value, string type) => (type, value.ValueKind) switch
    {
        ("null", JsonValueKind.Null) or ("boolean", JsonValueKind.True or JsonValueKind.False) or ("string",
            JsonValueKind.String) or ("array", JsonValueKind.Array)
            or ("object", JsonValueKind.Object) or ("number", JsonValueKind.Number) => true,
        ("integer", JsonValueKind.Number) => value.GetRawText().All(static digit => char.IsAsciiDigit(digit) || digit == '-'),
        _ => false,
    };

    IEnumerable<string> OfObject(JsonElement value, JsonElement schema, string at)
    {
        var properties = schema.TryGetProperty("properties", out var declared) ? declared.EnumerateObject().ToDictionary(member =>
            member.Name, member => member.Value) : [];
        foreach (var required in schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name =>
            name.GetString()!) : [])
            if (!value.TryGetProperty(required, out _)) yield return $"{at}.{required} is missing";
        var isClosed = schema.TryGetProperty("additionalProperties", out var further) && further.ValueKind is JsonValueKind.False;
        foreach (var member in value.EnumerateObject())
        {
            if (properties.TryGetValue(member.Name, out var property))
                foreach (var misfit in Misfits(member.Value, property, $"{at}.{member.Name}")) yield return misfit;
            else if (isClosed) yield return $"{at}.{member.Name} is not declared";
            else if (further.ValueKind is JsonValueKind.Object)
                foreach (var misfit in Misfits(member.Value, further, $"{at}.{member.Name}")) yield return misfit;
        }
    }

    static IEnumerable<string> OfText(string text, JsonElement schema, string at)
    {
        if (schema.TryGetProperty("minLength", out var least)
            && text.Length < least.GetInt32()) yield return $"{at} is shorter than {least}";
        if (schema.TryGetProperty("maxLength", out var most) && text.Length > most.GetInt32()) yield return $"{at} is longer than {most}";
        // As in JSON Schema '$' is the end of the text.
        if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(text, pattern.GetString()!.Replace("$", "\\z",
            StringComparison.Ordinal))) yield return $"{at} is '{text}', not {pattern}";
        var fits = (schema.TryGetProperty("format", out var format) ? format.GetString() : null) switch
        {
            "uuid" => Guid.TryParseExact(text, "D", out _),
            "date-time" => Regex.IsMatch(text, @"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\z")
                && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
            "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
            "decimal" => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
            _ => true,
        };
        if (!fits) yield return $"{at} is '{text}', not {format}";
    }

    static IEnumerable<string> OfNumber(JsonElement value, JsonElement schema, string at)
    {
        var number = value.GetDouble();
        if (schema.TryGetProperty("minimum", out var least) && number < least.GetDouble()) yield return $"{at} is {value}, below {least}";
        if (schema.TryGetProperty("maximum", out var most) && number > most.GetDouble()) yield return $"{at} is {value}, above {most}";
        if (!schema.TryGetProperty("format", out var format)) yield break;
        if (format.GetString() is "int32" ? !value.TryGetInt32(out _) : format.GetString() is "int64"
            && !value.TryGetInt64(out _)) yield return $"{at} is {value}, not {format}";
    }
}
