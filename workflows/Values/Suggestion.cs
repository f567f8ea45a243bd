namespace Orchestrator.Workflows.Values;

/// <summary>Suggests the known names that a person may have meant.</summary>
static class Suggestion
{
    const int Listed = 10;

    /// <summary>A hostile document could have thousands of names, each compared with all others.</summary>
    const int Considered = 100;

    /// <returns>A sentence with a leading space: the nearest name, or the first ten of them; empty if there is none.</returns>
    public static string For(string name, IEnumerable<string> known, string listIntroduction = "Known are")
    {
        var names = known.Take(Considered).ToList();
        if (names.Count == 0) return "";
        // Distance takes time by the product of lengths; a long name is no typing error.
        var nearest = name.Length is 0 or > 40 ? null : names.Where(candidate => Math.Abs(candidate.Length - name.Length) <= 2)
            .Select(candidate => (Name: candidate, Distance: Distance(name, candidate))).Where(pair => pair.Distance <= 2).OrderBy(pair => pair.Distance).FirstOrDefault().Name;
        if (nearest is not null) return $" Did you mean '{nearest}'?";
        var more = names.Count > Listed ? " and others" : "";
        // Names with the same beginning come first: for a misnamed Orchestrator activity the other Orchestrator activities.
        var listed = names.OrderByDescending(candidate => candidate.AsSpan().CommonPrefixLength(name)).Take(Listed).Select(JsonCursor.Shorten);
        return $" {listIntroduction}: {string.Join(", ", listed)}{more}.";
    }

    /// <summary>Counts the letters to insert, remove or replace until the texts are equal; case does not matter.</summary>
    static int Distance(string left, string right)
    {
        var previous = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var current = new int[right.Length + 1];
            current[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var same = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]);
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (same ? 0 : 1));
            }
            previous = current;
        }
        return previous[^1];
    }
}
