using System.Text;
using System.Text.Json;

namespace Orchestrator.Tests.Integration.ApiProperties;

/// <summary>A request to an operation.</summary>
/// <param name="Body">JSON text; <see langword="null"/> for none.</param>
/// <param name="Misfit">What does not keep to the document; <see langword="null"/> if all does, or if the document cannot say.</param>
sealed record ApiRequest(string Method, string Address, IReadOnlyList<(string Name, string Value)> Headers, string? Body, string? Misfit)
{
    /// <summary>Makes one.</summary>
    /// <param name="hostility">Share of values that do not keep to the document; 0 for a request of good will.</param>
    public static ApiRequest Of(ApiDocument document, ApiOperation operation, ValueGenerator values, Random random, double hostility)
    {
        var (address, query, headers) = (operation.Path, new List<string>(), new List<(string, string)>());
        string? misfit = null;
        foreach (var parameter in operation.Parameters)
        {
            var (name, place, schema) = (parameter.GetProperty("name").GetString()!, parameter.GetProperty("in").GetString(),
                parameter.GetProperty("schema"));
            var isRequired = parameter.TryGetProperty("required", out var required) && required.GetBoolean();
            if (!isRequired && random.Next(2) == 0) continue;
            var text = HeaderValue(name, random) ?? values.Parameter(schema, hostility);
            if (place is "path")
            {
                // Other addresses: nothing, and what a client resolves itself.
                if (text is "" or "." or ".." or "../..") text = "x";
                address = address.Replace($"{{{name}}}", Uri.EscapeDataString(text), StringComparison.Ordinal);
            }
            else if (place is "query")
            {
                query.Add($"{name}={Uri.EscapeDataString(text)}");
            }
            else
            {
                text = new([.. text.Where(static character => character is > ' ' and < (char)127)]);
                headers.Add((name, text));
            }
            misfit ??= document.Misfits(ValueOf(document, schema, text), schema, name).FirstOrDefault();
        }
        string? body = null;
        if (operation.Body is { } of && (operation.IsBodyRequired || random.Next(3) > 0))
        {
            body = values.Json(of, hostility);
            misfit ??= MisfitOf(document, body, of);
        }
        return new(operation.Method, query.Count == 0 ? address : $"{address}?{string.Join('&', query)}", headers, body, misfit);
    }

    /// <summary>As it is sent.</summary>
    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(new(Method), Address);
        foreach (var (name, value) in Headers) message.Headers.TryAddWithoutValidation(name, value);
        if (Body is not null) message.Content = new StringContent(Body, Encoding.UTF8, "application/json");
        return message;
    }

    public override string ToString() => $"{Method} {Address} {string.Join(' ', Headers)} {Body}";

    static string? HeaderValue(string name, Random random) => name is "If-Match" or "If-None-Match" ? new[] { "*", "\"1\"", "\"2\"",
        "W/\"1\"", "\"99999999999999999999\"", "x" }[random.Next(6)] : null;

    static string? MisfitOf(ApiDocument document, string body, JsonElement schema)
    {
        try
        {
            var value = JsonElement.Parse(body);
            // Texts are looked at too: half a surrogate pair is none.
            return document.Misfits(value, schema, "body").FirstOrDefault();
        }
        catch (InvalidOperationException)
        {
            return "a text has half a surrogate pair";
        }
    }

    // A parameter is text: it is what its schema can take it for.
    static JsonElement ValueOf(ApiDocument document, JsonElement of, string text)
    {
        var schema = document.Resolve(of);
        var isText = !schema.TryGetProperty("type", out var type) || ApiDocument.TypesOf(type).Contains("string");
        if (isText) return JsonSerializer.SerializeToElement(text);
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }
}
