using System.Text.Json;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Elsa;

/// <summary>
/// Body of a request to the Elsa API. As in Elsa, unknown members are ignored, and a missing body counts as an empty object.
/// </summary>
/// <param name="Value">The deserialized body.</param>
sealed record ElsaBody<T>(T Value) where T : class
{
    /// <summary>Reads the body of a request; ASP.NET finds this method by its name.</summary>
    /// <exception cref="ApiException">The body is not JSON, or a value has the wrong type; the message has its path.</exception>
    public static async ValueTask<ElsaBody<T>> BindAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var json = body.TryGetBuffer(out var bytes) && bytes.Count > 0 ? bytes.AsSpan() : "{}"u8;
        if (json.StartsWith("\uFEFF"u8)) json = json[3..];
        try
        {
            CheckTexts(json);
            return new(JsonSerializer.Deserialize<T>(json, ElsaJson.Options) ?? throw new JsonException("The body is null.", "$", null, null));
        }
        catch (JsonException error)
        {
            throw new ApiException(400, "request.malformed", $"{error.Path ?? "$"}: the body cannot be read. {error.Message}");
        }
        catch (InvalidOperationException error)
        {
            throw new ApiException(400, "request.malformed", $"$: the body cannot be read. {error.Message}");
        }
    }

    // An escaped half of a surrogate pair is valid JSON but not text: reading it later would throw.
    static void CheckTexts(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf(@"\u"u8) < 0) return;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ElsaJson.Options.MaxDepth });
        while (reader.Read())
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) reader.GetString();
    }
}
