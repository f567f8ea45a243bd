using System.Net;
using System.Text;
using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Activities;

/// <summary>Converts values between JSON and the contents of HTTP messages.</summary>
static class HttpContents
{
    const string Form = "application/x-www-form-urlencoded", Json = "application/json";

    // They control the transfer of the message, which only the sender knows, or its recipient.
    static readonly string[] NotGiven = ["Connection", "Content-Length", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade"];

    /// <summary>
    /// Writes the content of a request: text as it is, members of an object as a form if the type asks for one, anything else as JSON.
    /// </summary>
    /// <param name="headers">Headers of the content, such as <c>Content-Language</c>.</param>
    public static OutgoingContent? Write(JsonElement content, string? contentType, IEnumerable<(string Name, string Value)> headers)
    {
        if (content.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return null;
        var type = string.IsNullOrWhiteSpace(contentType) ? Json : contentType.Trim();
        var text = type.StartsWith(Form, StringComparison.OrdinalIgnoreCase) && FormOf(content) is { } form ? form
            : content.ValueKind is JsonValueKind.String ? content.GetString()!
            : ValueConversion.CompactText(content);
        var full = type.Contains("charset", StringComparison.OrdinalIgnoreCase) || type.StartsWith(Form, StringComparison.OrdinalIgnoreCase) ? type : $"{type}; charset=utf-8";
        return new(Encoding.UTF8.GetBytes(text), [("Content-Type", full), .. headers]);
    }

    /// <summary>The headers that a definition gives: an object of texts or lists of texts, or JSON text of one.</summary>
    /// <exception cref="ActivityFailedException"><c>http.bad_header</c>.</exception>
    public static List<(string Name, string Value)> Headers(JsonElement given)
    {
        if (given.ValueKind is JsonValueKind.String)
        {
            var text = given.GetString()!;
            if (string.IsNullOrWhiteSpace(text)) return [];
            try
            {
                given = JsonElement.Parse(text, DefinitionJson.Reading);
            }
            catch (JsonException)
            {
                throw Bad("The request's headers are no JSON. Give an object such as {\"Accept\": \"text/csv\"}.");
            }
        }
        if (given.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null) return [];
        if (given.ValueKind is not JsonValueKind.Object) throw Bad($"The request's headers are {JsonCursor.Describe(given)}. Give an object such as {{\"Accept\": \"text/csv\"}}.");
        var headers = new List<(string, string)>();
        foreach (var header in given.EnumerateObject())
            foreach (var value in header.Value.ValueKind is JsonValueKind.Array ? header.Value.EnumerateArray().ToArray() : [header.Value])
                headers.Add(Checked(header.Name, ValueConversion.Convert(value, typeof(string)) as string ?? ""));
        return headers;
    }

    /// <exception cref="ActivityFailedException"><c>http.bad_header</c>: it cannot be sent, or only the sender may set it.</exception>
    public static (string Name, string Value) Checked(string name, string value)
    {
        if (name.Length == 0 || name.Any(letter => !char.IsAsciiLetterOrDigit(letter) && !"!#$%&'*+-.^_`|~".Contains(letter)))
            throw Bad($"'{JsonCursor.Shorten(name)}' is no name of a header. Use letters, digits and hyphens.");
        if (NotGiven.Contains(name, StringComparer.OrdinalIgnoreCase)) throw Bad($"The header '{name}' is set by whoever sends the request. Leave it out.");
        // A line end would begin another header.
        if (value.Any(letter => letter is '\r' or '\n' or '\0')) throw Bad($"The value of the header '{name}' has a line end. Give one line.");
        if (value.Any(letter => !char.IsAscii(letter)))
            throw Bad($"The value of the header '{name}' has a letter that no header may have: only ASCII is sent. "
                + "Encode it as the server expects it, such as in Base64.");
        return (name, value);
    }

    /// <summary>
    /// Reads the content of a response: JSON as such, text as text, fields of a form by name, anything else as Base64; null for none.
    /// </summary>
    public static JsonElement Read(ReceivedAnswer answer)
    {
        if (answer.Content.Length == 0) return ValueConversion.ToJson(null);
        var type = answer.MediaType ?? "";
        if (IsJson(type) && TryParse(answer.Content) is { } json) return json;
        if (!IsText(type)) return ValueConversion.ToJson(Convert.ToBase64String(answer.Content));
        var text = TextOf(answer);
        if (!type.Equals(Form, StringComparison.OrdinalIgnoreCase)) return ValueConversion.ToJson(text);
        var fields = text.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(field => field.Split('=', 2))
            .GroupBy(field => WebUtility.UrlDecode(field[0])!, StringComparer.Ordinal).ToDictionary(field => field.Key, field => WebUtility.UrlDecode(field.Last().ElementAtOrDefault(1)) ?? "", StringComparer.Ordinal);
        return ValueConversion.ToJson(fields);
    }

    static bool IsJson(string type) => type.Equals(Json, StringComparison.OrdinalIgnoreCase) || type.Equals("text/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);

    static bool IsText(string type) => type.Length == 0 || IsJson(type) || type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || type.EndsWith("xml", StringComparison.OrdinalIgnoreCase)
        || type.EndsWith("javascript", StringComparison.OrdinalIgnoreCase) || type.Equals(Form, StringComparison.OrdinalIgnoreCase);

    static JsonElement? TryParse(byte[] content)
    {
        try
        {
            return JsonElement.Parse(content.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? content.AsSpan(Encoding.UTF8.Preamble.Length) : content, DefinitionJson.Reading);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string TextOf(ReceivedAnswer answer)
    {
        var encoding = Encoding.UTF8;
        try
        {
            if (answer.CharSet is { Length: > 0 } name) encoding = Encoding.GetEncoding(name.Trim('"'));
        }
        catch (ArgumentException)
        {
            // The server's charset is unknown here; UTF-8 is the usual meaning.
        }
        using var reader = new StreamReader(new MemoryStream(answer.Content), encoding, detectEncodingFromByteOrderMarks: true);
        // PostgreSQL keeps no NUL.
        return reader.ReadToEnd().Replace("\0", "\uFFFD", StringComparison.Ordinal);
    }

    static string? FormOf(JsonElement content)
    {
        if (content.ValueKind is JsonValueKind.String && TryParse(Encoding.UTF8.GetBytes(content.GetString()!)) is { ValueKind: JsonValueKind.Object } parsed) content = parsed;
        return content.ValueKind is not JsonValueKind.Object ? null : string.Join('&', content.EnumerateObject().Select(field =>
            $"{WebUtility.UrlEncode(field.Name)}={WebUtility.UrlEncode(ValueConversion.Convert(field.Value, typeof(string)) as string ?? "")}"));
    }

    static ActivityFailedException Bad(string message) => new("http.bad_header", message, isRetryable: false);
}
