using System.Globalization;
using System.Text;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>Shows text of a source in a message: bounded, and without characters that a terminal obeys.</summary>
static class Excerpt
{
    const int MaxCharacters = 120, MaxNames = 40;

    /// <summary>Shows bytes of a file.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => Of(Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 4 * MaxCharacters)]));

    /// <summary>Shows a text.</summary>
    public static string Of(string text)
    {
        var shown = string.Concat(text.EnumerateRunes().Take(MaxCharacters + 1).Select(Shown));
        return shown.Length > MaxCharacters ? $"{string.Concat(shown.EnumerateRunes().Take(MaxCharacters))}…" : shown;
    }

    /// <summary>Shows names.</summary>
    public static string Of(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(MaxNames).Select(Of))
            + (names.Count > MaxNames ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - MaxNames} more") : "");

    static string Shown(Rune rune) => rune.Value == '\t' ? " " : IsHidden(rune) ? "\uFFFD" : rune.ToString();

    static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}
