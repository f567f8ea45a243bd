using System.Text.Json;

namespace Orchestrator.Tests.Integration.ApiProperties;

/// <summary>Makes values of a schema, or some that no program of good will would send.</summary>
sealed class ValueGenerator(ApiDocument document, Random random, IReadOnlyList<string> knownIds)
{
    static readonly string[] HostileTexts =
    [
        "", " ", "\0", "a\0b", "'; drop table orchestrator.run; --", "%", "%00", "../..", "..", "<script>", "\u202e", "\U0001F600", "NaN",
            "-1", "1e400", "null", "{}", "\\", "a/b",
        "Infinity", "0x10", "2026-13", "9999-12", "0000-01", "24:00:00", "2026-02-30T00:00:00Z", new('x', 3_000), new('\u00e9', 300),
            "true", "[]", "-0", "007", "99999999999999999999",
    ];

    // What JSON can say and few programs expect: half a surrogate pair, numbers beyond every type, U+0000.
    static readonly string[] HostileJson =
    [
        "null", "true", "0", "-1", "1.5", "2147483648", "-2147483649", "9223372036854775808", "1e308", "1e400",
            "123456789012345678901234567890", "[]", "{}", "[[[[]]]]",
        "\"\\ud800\"", "{\"a\":\"\\udc00\"}", "{\"\\ud800\":1}", "\"\\u0000\"", "{\"\\u0000\":\"\\u0000\"}", "\"\"", "\"text\"",
            "{\"type\":\"x\",\"value\":null}",
    ];

    static readonly string[] KnownTexts = ["one", "nightly", "spark", "shop-api", "ada", "admin", "sales/raw", "2026-10", "none",
        "Europe/Berlin", "30 2 * * *", "viewer", "go", "correct horse battery"];

    /// <summary>JSON text of a value.</summary>
    /// <param name="hostility">Share of values that do not keep to the schema.</param>
    public string Json(JsonElement of, double hostility, int depth = 0)
    {
        if (random.NextDouble() < hostility) return random.Next(2) == 0 ? Pick(HostileJson) : Quote(Pick(HostileTexts));
        var schema = document.Resolve(of);
        if (schema.TryGetProperty("anyOf", out var any)) return Json(Pick([.. any.EnumerateArray()]), hostility, depth);
        if (schema.TryGetProperty("enum", out var values)) return Pick([.. values.EnumerateArray()]).GetRawText();
        if (!schema.TryGetProperty("type", out var types)) return Pick(["null", "1", "\"a\"", "{\"a\":1}", "[1]"]);
        return Pick([.. ApiDocument.TypesOf(types)]) switch
        {
            "null" => "null",
            "boolean" => Pick(["true", "false"]),
            "integer" or "number" => Whole(schema).ToString(System.Globalization.CultureInfo.InvariantCulture),
            "string" => Quote(Text(schema)),
            "array" => depth > 3 ? "[]" : $"[{string.Join(',', Enumerable.Range(0, random.Next(3)).Select(_ => Json(schema.GetProperty("items"), hostility, depth + 1)))}]",
            _ => Object(schema, hostility, depth),
        };
    }

    /// <summary>Text of a parameter.</summary>
    public string Parameter(JsonElement of, double hostility)
    {
        if (random.NextDouble() < hostility) return Pick(HostileTexts);
        var json = Json(of, hostility: 0);
        return json.StartsWith('"') ? JsonSerializer.Deserialize<string>(json)! : json;
    }

    string Object(JsonElement schema, double hostility, int depth)
    {
        var texts = new List<string>();
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name =>
            name.GetString()!).ToHashSet() : [];
        foreach (var property in schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().ToArray() : [])
        {
            if (required.Contains(property.Name) ? random.NextDouble() >= hostility / 2 : random.Next(2) == 0)
                texts.Add($"{Quote(property.Name)}:{Json(property.Value, hostility, depth + 1)}");
        }
        if (random.NextDouble() < hostility / 2) texts.Add("\"unheardOf\":1");
        if (texts.Count == 0 && !schema.TryGetProperty("properties", out _)
            && random.Next(2) == 0) texts.Add($"\"x\":{(hostility > 0 ? Pick(HostileJson) : "1")}");
        return $"{{{string.Join(',', texts)}}}";
    }

    long Whole(JsonElement schema)
    {
        var least = schema.TryGetProperty("minimum", out var low) ? low.GetInt64() : -5;
        var most = schema.TryGetProperty("maximum", out var high) ? high.GetInt64() : int.MaxValue;
        return random.Next(3) switch { 0 => least, 1 => most, _ => Math.Min(most, Math.Max(least, random.Next(1, 50))) };
    }

    string Text(JsonElement schema)
    {
        var format = schema.TryGetProperty("format", out var named) ? named.GetString() : null;
        if (format is "uuid") return random.Next(2) == 0 && knownIds.Count > 0 ? Pick(knownIds) : new Guid(random.Next(), 0, 0x7000, 0x80,
            0, 0, 0, 0, 0, 0, (byte)random.Next(256)).ToString();
        if (format is "date-time") return Pick(["2026-10-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
            "2026-10-01T00:00:00.1234567+02:00"]);
        var element = schema;
        var candidates = KnownTexts.Concat(["01:00:00", "12:30:00", "90.00:00:00", "-created", "finished", "Queued", "failed, Running",
            "abc", "7"])
            .Where(text => !document.Misfits(JsonSerializer.SerializeToElement(text), element).Any()).ToList();
        return candidates.Count > 0 ? Pick(candidates)
            : throw new InvalidOperationException($"No text fits {schema}. Add one to the generator.");
    }

    static string Quote(string text) => JsonSerializer.Serialize(text);

    T Pick<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];
}
