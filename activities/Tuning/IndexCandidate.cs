using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Activities.Tuning;

/// <summary>An index that might help.</summary>
/// <param name="Table">Its table in the schema <c>sales</c>.</param>
/// <param name="Keys">Columns it is ordered by.</param>
/// <param name="Included">Further columns in it, so that the table need not be read.</param>
public sealed record IndexCandidate(string Table, IReadOnlyList<string> Keys, IReadOnlyList<string> Included)
{
    // PostgreSQL cuts names at 63 bytes, and the partition's name is four to eight longer than the table's.
    const int LongestName = 54;

    /// <summary>Name of the index: <c>ix_{table}_{columns}</c>, cut with a hash if it is too long.</summary>
    public string Name
    {
        get
        {
            var name = $"ix_{Table}_{string.Join('_', Keys)}{(Included.Count > 0 ? $"_with_{string.Join('_', Included)}" : "")}";
            return name.Length <= LongestName
                ? name : $"{name[..(LongestName - 9)]}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..8]}";
        }
    }

    /// <summary>The statement that builds it.</summary>
    public string Statement => $"create index {Name} on sales.{Table} ({string.Join(", ", Keys)})" +
        (Included.Count > 0 ? $" include ({string.Join(", ", Included)})" : "");

    /// <summary>Whether it has all columns that a query uses.</summary>
    public bool Covers(ScanNeed need) => need.Columns.All(column => Keys.Contains(column) || Included.Contains(column));

    /// <summary>Whether another index of the table is ordered the same and then further.</summary>
    public bool IsPrefixOf(IndexCandidate other) =>
        Table == other.Table && Included.Count == 0 && Keys.Count <= other.Keys.Count && Name != other.Name
            && Keys.SequenceEqual(other.Keys.Take(Keys.Count));

    /// <summary>
    /// Candidates that one need suggests: equal columns first, then a range, else the order; with and without what else the query uses.
    /// </summary>
    /// <param name="selectivity">Column → the part of the rows it leaves, for columns that leave little enough.</param>
    public static IEnumerable<IndexCandidate> For(ScanNeed need, IReadOnlyDictionary<string, double> selectivity)
    {
        var equal = need.Equal.Keys.Where(selectivity.ContainsKey).OrderBy(column => selectivity[column])
            .ThenBy(column => column, StringComparer.Ordinal).ToList();
        var range = need.Ranges.Keys.Where(selectivity.ContainsKey).Except(equal).OrderBy(column => selectivity[column]).Take(1).ToList();
        if (equal.Count + range.Count == 0 && need.Limit is null) yield break;

        var keys = equal.Concat(range.Count > 0 ? range : need.Order).Distinct(StringComparer.Ordinal).ToList();
        foreach (var prefix in new[] { keys, equal }.Where(prefix => prefix.Count > 0).DistinctBy(prefix => prefix.Count))
        {
            yield return new(need.Table, prefix, []);
            var rest = need.Columns.Except(prefix).ToList();
            if (rest.Count is > 0 and <= 3) yield return new(need.Table, prefix, rest);
        }
    }
}
