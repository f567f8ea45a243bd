using System.Text.RegularExpressions;

namespace Orchestrator.Workflows.Storage;

/// <summary>
/// Converts text to a form that PostgreSQL can hold: without U+0000, and with valid Unicode only. Invalid characters may come from a
/// script, a file or a request; a statement with them would fail each time. They become U+FFFD, the replacement character.
/// </summary>
static partial class StoredText
{
    const char Lost = '\uFFFD';

    /// <summary>Returns a text that a statement accepts.</summary>
    public static string Of(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0) text = string.Concat(text.EnumerateRunes());
        return text.Replace('\0', Lost);
    }

    /// <summary>Returns JSON whose texts PostgreSQL can read.</summary>
    public static string OfJson(string json) => json.Contains(@"\u0000", StringComparison.Ordinal)
        ? Escape().Replace(json, escape => escape.Value is @"\u0000" ? @"\uFFFD" : escape.Value)
        : json;

    /// <summary>Returns a value of any type as a parameter accepts it.</summary>
    public static object? OfParameter(object? value) => value switch
    {
        string text => Of(text),
        IReadOnlyList<string?> texts when texts.Any(text => text is not null && Of(text) != text) =>
            texts.Select(text => text is null ? null : Of(text)).ToArray(),
        _ => value,
    };

    // A backslash that is escaped itself does not begin an escape.
    [GeneratedRegex(@"\\(?:u0000|.)", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Escape();
}
