using System.Globalization;

namespace Orchestrator.Workflows.Values;

/// <summary>
/// Rules for the ids in a definition: they name folders and objects, and are part of addresses and of the store's indexes.
/// </summary>
static class Identifiers
{
    const int Longest = 200;

    /// <summary>Returns the reason if a text cannot be the id of an activity; null if it can.</summary>
    public static string? ProblemOfActivity(string id) =>
        id is "." or ".." || id.AsSpan().IndexOfAny('/', '\\') >= 0
            ? $"'{JsonCursor.Shorten(id)}' is no id: it has a slash or a backslash, or is made of dots. " +
                "Use letters, digits, '-', '_', '.' and spaces."
            : ProblemOf(id);

    /// <summary>
    /// Returns the reason if a text cannot be the id of a workflow; null if it can. An address drops parts that are made of dots.
    /// </summary>
    public static string? ProblemOfWorkflow(string id) =>
        id.Length > 0 && id.All(letter => letter is '.')
            ? $"'{JsonCursor.Shorten(id)}' is no id of a workflow: it is made of dots, so no address could name it. "
                + "Give it a letter or a digit."
            : ProblemOf(id);

    /// <summary>Returns the reason if a text cannot be an id; null if it can.</summary>
    public static string? ProblemOf(string id) =>
        id.Length > Longest ? string.Create(CultureInfo.InvariantCulture,
            $"An id has at most {Longest} characters, '{JsonCursor.Shorten(id)}' has {id.Length}. Give a shorter one.")
        : id.Any(char.IsControl) ? $"An id has no control characters, but this one has U+{(int)id.First(char.IsControl):X4}. Remove it."
        : null;
}
