using System.Text.RegularExpressions;

namespace Orchestrator.Workflows.Storage;

/// <summary>
/// Text as PostgreSQL can hold it: it has no U+0000, and nothing that is not Unicode. Both may come from a script, a file or a request; in
/// a statement they would make it fail each time. They become U+FFFD, the mark for a character that could not be kept.
/// </summary>
static partial class StoredText
{
    const char Lost = '\uFFFD';

    /// <summary>A text that a statement can take.</summary>
    public static string Of(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0) text = string.Concat(text.EnumerateRunes());
        return text.Replace('\0', Lost);
    }

    /// <summary>JSON whose texts PostgreSQL can take out of it.</summary>
    public static string OfJson(string json) => json.Contains(@"\u0000", StringComparison.Ordinal)
        ? Escape().Replace(json, escape => escape.Value is @"\u0000" ? @"\uFFFD" : escape.Value)
        : json;

    /// <summary>A value of any type as a parameter takes it.</summary>
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
