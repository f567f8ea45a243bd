namespace Orchestrator.Activities.Tuning;

/// <summary>Estimates of an index's size and use from statistics, so that hopeless ones need not be built.</summary>
/// <param name="statistics">Table → its statistics.</param>
/// <param name="canSkip">Whether the server jumps over a leading column that has no condition (PostgreSQL 18).</param>
/// <param name="randomPageCost">The planner's <c>random_page_cost</c>.</param>
public sealed class IndexEstimate(IReadOnlyDictionary<string, TableStatistics> statistics, bool canSkip, double randomPageCost)
{
    const double PageBytes = 8192;

    // Free space that a new index leaves in its pages.
    const double FillFactor = 0.9;

    // From the root of an index of millions of entries to a leaf.
    const double Descent = 3;

    const double MostValuesToSkip = 500;

    // The planner's cpu_index_tuple_cost, beside a seq_page_cost of 1.
    const double IndexTupleCost = 0.005;

    /// <summary>Pages of the index on the rows of the month.</summary>
    public double PagesOf(IndexCandidate index) => PagesFor(index, statistics[index.Table].Month.Rows);

    /// <summary>Pages that the table's part of a query takes with the index.</summary>
    /// <param name="selectivity">Column → the part of the rows it leaves, for columns that leave little enough.</param>
    /// <returns>What it takes today where the index does not help.</returns>
    public double BuffersOf(ScanNeed need, IReadOnlyDictionary<string, double> selectivity, IndexCandidate index)
    {
        if (need.Table != index.Table) return need.Buffers;
        var table = statistics[need.Table];
        var leaves = need.Leaves.Where(table.Leaves.ContainsKey).Select(leaf => table.Leaves[leaf]).ToList();
        var (rows, pages) = (leaves.Sum(leaf => leaf.Rows), leaves.Sum(leaf => leaf.Pages));
        var allPages = leaves.Sum(leaf => PagesFor(index, leaf.Rows));
        var isCovering = index.Covers(need);

        var (matching, lookups, used) = Prefix(need, selectivity, index);
        if (used == 0)
        {
            if (need.Limit is { } limit && index.Keys.Take(need.Order.Count).SequenceEqual(need.Order))
                return Math.Min(need.Buffers,
                    (Descent * leaves.Count) + 1 + (isCovering ? 0 : HeapPages(limit, rows, pages, table, index)));
            // Reading all of an index instead of its table: only where the planner finds that cheaper too.
            return isCovering && (allPages * randomPageCost) + (rows * IndexTupleCost) < pages
                ? Math.Min(need.Buffers, allPages) : need.Buffers;
        }
        var entries = rows * matching;
        var indexPages = Math.Min(allPages, (lookups * Descent * leaves.Count) + (entries / Math.Max(1, rows) * allPages));
        var kept = index.Keys.Skip(used).Where(selectivity.ContainsKey).Aggregate(entries, (left, column) => left * selectivity[column]);
        return Math.Min(need.Buffers, indexPages + (isCovering ? 0 : HeapPages(kept, rows, pages, table, index)));
    }

    (double Matching, double Lookups, int Used) Prefix(ScanNeed need, IReadOnlyDictionary<string, double> selectivity, IndexCandidate index)
    {
        var (matching, lookups) = (1.0, 1.0);
        for (var at = 0; at < index.Keys.Count; at++)
        {
            var column = index.Keys[at];
            if (selectivity.TryGetValue(column, out var part))
            {
                matching *= part;
                if (!need.Equal.TryGetValue(column, out var equal)) return (matching, lookups, at + 1);
                lookups *= equal.Values;
            }
            else
            {
                var distinct = statistics[need.Table].Columns.TryGetValue(column, out var values) ? values.Distinct : double.MaxValue;
                var next = at + 1 < index.Keys.Count && selectivity.ContainsKey(index.Keys[at + 1]);
                if (!canSkip || at > 0 || !next || distinct > MostValuesToSkip) return (matching, lookups, matching < 1 ? at : 0);
                lookups *= distinct;
            }
        }
        return (matching, lookups, index.Keys.Count);
    }

    double PagesFor(IndexCandidate index, double rows)
    {
        var columns = statistics[index.Table].Columns;
        var width = index.Keys.Concat(index.Included)
            .Sum(column => Align(columns.TryGetValue(column, out var values) ? values.Width : 8, 4));
        var entry = 4 + Align(8 + width, 8);
        var distinct = index.Keys.Aggregate(
            1.0, (product, column) => product * (columns.TryGetValue(column, out var values) ? values.Distinct : rows));
        var duplicates = rows / Math.Max(1, Math.Min(rows, distinct));
        // Equal keys share one entry with 6 bytes a row; an index with included columns cannot.
        var bytes = index.Included.Count == 0 && duplicates > 2 ? 6 + (entry / duplicates) : entry;
        return 2 + Math.Ceiling(rows * bytes / (PageBytes * FillFactor));
    }

    // Mackert and Lohman 1989, with a cache that holds the table: how many different pages that many rows lie on.
    static double HeapPages(double found, double rows, double pages, TableStatistics table, IndexCandidate index)
    {
        if (rows <= 0 || pages <= 0) return 0;
        var scattered = pages * (1 - Math.Pow(1 - (1 / Math.Max(1, pages)), found));
        var together = Math.Ceiling(found / rows * pages);
        var correlation = table.Columns.TryGetValue(index.Keys[0], out var values) ? values.Correlation * values.Correlation : 0;
        return scattered + (correlation * (together - scattered));
    }

    static double Align(double bytes, double to) => Math.Ceiling(bytes / to) * to;
}
