using System.Globalization;

namespace Orchestrator.Workflows.Values;

/// <summary>
/// What the names of events and the ids that tie runs together may be: the store finds them by an index, and people type them.
/// </summary>
public static class EventNames
{
    /// <summary>Characters that a name may have at most.</summary>
    public const int Longest = 200;

    /// <summary>Code of a name that is none.</summary>
    public const string BadName = "event.bad_name";

    /// <summary>Code of a correlation id that is none.</summary>
    public const string BadCorrelation = "run.bad_correlation_id";

    /// <summary>Why a text cannot be the name of an event; <see langword="null"/> if it can.</summary>
    public static string? ProblemOf(string name) => Problem("The name of an event", name);

    /// <summary>Why a text cannot tie runs together; <see langword="null"/> if it can.</summary>
    public static string? ProblemOfCorrelation(string id) => Problem("A correlation id", id);

    static string? Problem(string what, string text) =>
        string.IsNullOrWhiteSpace(text) || text.Length > Longest
            ? string.Create(CultureInfo.InvariantCulture, $"{what} has 1 to {Longest} characters, this one has {text.Trim().Length}.")
        : text.Any(char.IsControl) || text.EnumerateRunes().Any(rune => rune.Value is 0xFFFD)
            ? $"{what} has no control characters, but this one is {JsonCursor.Shorten(System.Text.Json.JsonSerializer.Serialize(text))}."
        : null;
}
