using System.Globalization;

namespace Orchestrator.Workflows.Values;

/// <summary>Rules for names of events and correlation ids: the store finds them by an index, and people type them.</summary>
public static class EventNames
{
    /// <summary>Largest number of characters of a name.</summary>
    public const int Longest = 200;

    /// <summary>Error code of an invalid name.</summary>
    public const string BadName = "event.bad_name";

    /// <summary>Error code of an invalid correlation id.</summary>
    public const string BadCorrelation = "run.bad_correlation_id";

    /// <summary>Returns the reason if a text cannot be the name of an event; <see langword="null"/> if it can.</summary>
    public static string? ProblemOf(string name) => Problem("The name of an event", name);

    /// <summary>Returns the reason if a text cannot be a correlation id; <see langword="null"/> if it can.</summary>
    public static string? ProblemOfCorrelation(string id) => Problem("A correlation id", id);

    static string? Problem(string what, string text) =>
        string.IsNullOrWhiteSpace(text) || text.Length > Longest
            ? string.Create(CultureInfo.InvariantCulture, $"{what} has 1 to {Longest} characters, this one has {text.Trim().Length}.")
        : text.Any(char.IsControl) || text.EnumerateRunes().Any(rune => rune.Value is 0xFFFD)
            ? $"{what} has no control characters, but this one is {JsonCursor.Shorten(System.Text.Json.JsonSerializer.Serialize(text))}."
        : null;
}
