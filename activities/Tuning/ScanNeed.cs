using System.Text.RegularExpressions;

namespace Orchestrator.Activities.Tuning;

/// <summary>The needs of a query from a table, as its executed plan shows them.</summary>
/// <param name="Query">The query.</param>
/// <param name="Table">The table, partitions counted as one.</param>
/// <param name="Leaves">The partitions of it that were read.</param>
/// <param name="Buffers">Pages that reading the table took.</param>
/// <param name="Equal">Columns compared with one value, or with the values of few joined rows: their number.</param>
/// <param name="Ranges">Columns compared with bounds: the conditions, with <c>t</c> as the table's alias.</param>
/// <param name="Order">Columns the rows are sorted or else grouped by, in order; empty if others take part.</param>
/// <param name="Limit">Rows that are enough in that order; <see langword="null"/> if all are needed.</param>
/// <param name="Columns">All columns of the table that the query uses.</param>
public sealed partial record ScanNeed(
    string Query, string Table, IReadOnlyList<string> Leaves, long Buffers, IReadOnlyDictionary<string, EqualTo> Equal,
    IReadOnlyDictionary<string, string> Ranges,
    IReadOnlyList<string> Order, double? Limit, IReadOnlySet<string> Columns)
{
    /// <summary>Reads the needs from a plan.</summary>
    /// <param name="tableOf">Partition → table, for the tables of the warehouse.</param>
    public static IReadOnlyList<ScanNeed> Of(string query, PlanNode plan, IReadOnlyDictionary<string, string> tableOf)
    {
        var scans = new List<(string Table, PlanNode Scan, IReadOnlyList<PlanNode> Above)>();
        Walk(plan, []);
        return [.. scans.GroupBy(found => (found.Table, found.Scan.Alias))
            .Select(group => Read(query, group.Key.Table, group.Key.Alias!, [.. group.Select(found => (found.Scan, found.Above))], plan))];

        void Walk(PlanNode node, IReadOnlyList<PlanNode> above)
        {
            if (node.IsScan && tableOf.TryGetValue(node.Relation!, out var table)) scans.Add((table, node, above));
            foreach (var child in node.Children) Walk(child, [node, .. above]);
        }
    }

    static ScanNeed Read(string query, string table, string alias, IReadOnlyList<(PlanNode Scan, IReadOnlyList<PlanNode> Above)> scans,
        PlanNode plan)
    {
        var equal = new Dictionary<string, EqualTo>(StringComparer.Ordinal);
        var ranges = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var (first, above) = scans[0];
        foreach (var condition in first.All.SelectMany(node => node.Conditions).Concat(above.SelectMany(node => node.Conditions))
            .SelectMany(Conjuncts).Distinct())
        {
            if (Join().Match(condition) is { Success: true } join)
            {
                var (mine, other) = join.Groups["left"].Value == alias
                    ? ("leftColumn", join.Groups["right"].Value) : ("rightColumn", join.Groups["left"].Value);
                if (join.Groups["left"].Value != alias && join.Groups["right"].Value != alias) continue;
                if (other == alias) continue;
                equal.TryAdd(join.Groups[mine].Value, new(null, RowsOf(plan, other)));
            }
            else if (Comparison().Match(condition) is { Success: true } comparison && comparison.Groups["alias"].Value == alias)
            {
                var column = comparison.Groups["column"].Value;
                if (comparison.Groups["operator"].Value == "=") equal[column] = new(AsCondition(condition, alias), 1);
                else if (ranges.TryGetValue(column, out var bounds)) bounds.Add(AsCondition(condition, alias));
                else ranges[column] = [AsCondition(condition, alias)];
            }
        }

        // An expression above the scan names what is really used; the scan's own output may be whole rows.
        var used = above.Where(node => node.Type is not ("Append" or "Gather" or "Gather Merge"))
            .SelectMany(node => node.Output.Concat(node.SortKeys).Concat(node.GroupKeys))
            .Concat(plan.All.SelectMany(node => node.Conditions)).Concat(above.Count == 0 ? first.Output : []);
        var columns = used.SelectMany(text => Column().Matches(text)).Where(match => match.Groups["alias"].Value == alias)
            .Select(match => match.Groups["column"].Value);

        var sort = above.FirstOrDefault(node => node.SortKeys.Count > 0 || node.GroupKeys.Count > 0);
        var order = sort is null ? [] : AllOf(sort.GroupKeys.Count > 0 ? sort.GroupKeys : sort.SortKeys, alias);
        var limit = above.FirstOrDefault(node => node.Type == "Limit");
        var isLimited = limit is not null && order.Count > 0
            && above.All(node => node.Type is "Limit" or "Sort" or "Incremental Sort" or "Append" or "Gather" or "Gather Merge");
        return new(
            query, table, [.. scans.Select(found => found.Scan.Relation!).Distinct(StringComparer.Ordinal)],
            scans.Sum(found => found.Scan.Buffers), equal,
            ranges.ToDictionary(range => range.Key, range => string.Join(" and ", range.Value), StringComparer.Ordinal),
            order, isLimited ? limit!.Rows : null, new SortedSet<string>(columns, StringComparer.Ordinal));
    }

    /// <summary>The parts of a condition that are joined by <c>and</c>, without the parentheses around each.</summary>
    public static IEnumerable<string> Conjuncts(string condition)
    {
        var text = condition.Trim();
        while (text.StartsWith('(') && ClosingOf(text) == text.Length - 1) text = text[1..^1].Trim();
        var (depth, start) = (0, 0);
        var parts = new List<string>();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\'') at = EndOfText(text, at);
            else if (text[at] == '(') depth++;
            else if (text[at] == ')') depth--;
            else if (depth == 0 && string.CompareOrdinal(text, at, " AND ", 0, 5) == 0)
            {
                parts.Add(text[start..at]);
                start = at + 5;
            }
        }
        if (parts.Count == 0) return [text];
        parts.Add(text[start..]);
        return parts.SelectMany(Conjuncts);
    }

    static int ClosingOf(string text)
    {
        var depth = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\'') at = EndOfText(text, at);
            else if (text[at] == '(') depth++;
            else if (text[at] == ')' && --depth == 0) return at;
        }
        return -1;
    }

    static int EndOfText(string text, int start)
    {
        var at = start + 1;
        while (at < text.Length && (text[at] != '\'' || (at + 1 < text.Length && text[at + 1] == '\''))) at += text[at] == '\'' ? 2 : 1;
        return at;
    }

    static double RowsOf(PlanNode plan, string alias) =>
        plan.All.Where(node => node.Alias == alias).Select(node => node.Rows).DefaultIfEmpty(double.PositiveInfinity).Sum();

    static List<string> AllOf(IReadOnlyList<string> keys, string alias)
    {
        var columns = keys.Select(key => Column().Match(key)).ToList();
        return columns.TrueForAll(match => match.Success && match.Groups["alias"].Value == alias)
            ? [.. columns.Select(match => match.Groups["column"].Value)] : [];
    }

    static string AsCondition(string condition, string alias) =>
        Regex.Replace(condition, $@"\b{Regex.Escape(alias)}\.", "t.", RegexOptions.None, TimeSpan.FromSeconds(1));

    [GeneratedRegex(@"\b(?<alias>[a-z][a-z0-9_]*)\.(?<column>[a-z][a-z0-9_]*)\b")]
    private static partial Regex Column();

    [GeneratedRegex(@"^\(?(?<left>[a-z][a-z0-9_]*)\.(?<leftColumn>[a-z][a-z0-9_]*)\)?(::[a-z ]+)? = " +
        @"\(?(?<right>[a-z][a-z0-9_]*)\.(?<rightColumn>[a-z][a-z0-9_]*)\)?(::[a-z ]+)?$")]
    private static partial Regex Join();

    [GeneratedRegex(@"^\(?(?<alias>[a-z][a-z0-9_]*)\.(?<column>[a-z][a-z0-9_]*)\)?(::[a-z ]+)? (?<operator>=|>=|<=|>|<) " +
        "('[^']*'(::[a-z ]+)?|-?[0-9.]+)$")]
    private static partial Regex Comparison();
}

/// <summary>The other side of an equality of a column.</summary>
/// <param name="Condition">The condition, with <c>t</c> as the table's alias; <see langword="null"/> for a join.</param>
/// <param name="Values">How many values: 1, or the rows of the joined table.</param>
public sealed record EqualTo(string? Condition, double Values);
