using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Orchestrator.Workflows.Values;

/// <summary>Settings and methods by which this platform reads and writes JSON of people and scripts.</summary>
static class DefinitionJson
{
    // 500 nested activities need about 1,010 levels.
    internal const int MaximumDepth = 1_024;

    internal static readonly JsonDocumentOptions Reading = new() { MaxDepth = MaximumDepth, AllowDuplicateProperties = false };

    /// <summary>Options for a value within a document, which only has to be read.</summary>
    internal static readonly JsonDocumentOptions Lenient = new() { MaxDepth = MaximumDepth };

    // Relaxed escaping: the text is a value or a file for people, never part of a page.
    internal static readonly JsonSerializerOptions Compact = new() { MaxDepth = MaximumDepth, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="JsonException">The text is not JSON.</exception>
    /// <exception cref="EncoderFallbackException">The text contains an unpaired surrogate.</exception>
    /// <exception cref="InvalidOperationException">A text within contains an unpaired surrogate, written as an escape.</exception>
    public static JsonElement Parse(string json, JsonDocumentOptions options)
    {
        var bytes = Strict.GetBytes(json);
        // An unpaired surrogate is legal JSON but no text: every later read of it would throw.
        if (bytes.AsSpan().IndexOf(@"\u"u8) >= 0) CheckTexts(bytes, options.MaxDepth);
        return JsonElement.Parse(bytes, options);
    }

    static void CheckTexts(ReadOnlySpan<byte> json, int maximumDepth)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maximumDepth });
        while (reader.Read())
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) reader.GetString();
    }
}
