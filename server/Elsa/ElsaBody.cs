using System.Text.Json;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Elsa;

/// <summary>The JSON that came with a request. As in Elsa, members that nobody knows are ignored, and no body is as good as an empty object.</summary>
/// <param name="Value">What it says.</param>
sealed record ElsaBody<T>(T Value) where T : class
{
    /// <summary>Reads it; ASP.NET finds this by its name.</summary>
    /// <exception cref="ApiException">It is not JSON, or has a value of the wrong kind: the message has its path.</exception>
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
        catch (JsonException wrong)
        {
            throw new ApiException(400, "request.malformed", $"{wrong.Path ?? "$"}: the body cannot be read. {wrong.Message}");
        }
        catch (InvalidOperationException wrong)
        {
            throw new ApiException(400, "request.malformed", $"$: the body cannot be read. {wrong.Message}");
        }
    }

    // Half a character, written as an escape, is JSON and yet no text: every later look at it would throw.
    static void CheckTexts(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf(@"\u"u8) < 0) return;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ElsaJson.Options.MaxDepth });
        while (reader.Read())
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) reader.GetString();
    }
}
