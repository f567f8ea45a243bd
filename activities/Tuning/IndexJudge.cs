using System.Globalization;

namespace Orchestrator.Activities.Tuning;

/// <summary>Decides which indexes of ours stay, by what the workload takes with them.</summary>
/// <param name="tablePages">Table → pages of the month.</param>
/// <param name="least">Least buffers that a new index must save in one pass of the workload.</param>
sealed class IndexJudge(MeasuredWorkload workload, TuningOptions options, IReadOnlyDictionary<string, double> tablePages, double least)
{
    /// <summary>Judges the indexes that stand.</summary>
    /// <param name="built">Names of those that this run built.</param>
    public List<IndexDecision> Judge(IReadOnlyList<StandingIndex> standing, IndexUses uses, IReadOnlySet<string> built)
    {
        var pages = standing.ToDictionary(index => index.Name, index => Math.Max(1, PagesOf(index.Index)), StringComparer.Ordinal);
        return [.. standing.Select(index => Judge(index, uses, built.Contains(index.Name), name => pages.GetValueOrDefault(name, 1)))];
    }

    /// <summary>Judges an index whose queries also work with another one that continues it.</summary>
    /// <param name="lost">Buffers that the workload takes more without it.</param>
    /// <returns>Whether it is worth what it costs beside the other.</returns>
    public bool IsWorth(IndexDecision decision, long lost) => lost * options.ExecutionsPerLoad >= PriceOf(decision.Index, decision.Bytes);

    IndexDecision Judge(StandingIndex index, IndexUses uses, bool isNew, Func<string, double> pagesOf)
    {
        var queries = uses.QueriesOf(index.Name);
        // A plan that uses several indexes owes what it saves to each by the size of its table, which it need not read.
        var gain = queries.Sum(query => workload[query].Saved * pagesOf(index.Name) / uses.IndexesOf(query).Sum(pagesOf));
        var price = PriceOf(index.Index, index.MonthBytes);
        var reason = WhyNot(queries, gain, price, isNew);
        return new(index.Index, reason is null ? IndexVerdict.Kept : IndexVerdict.Dropped, reason
            ?? string.Create(CultureInfo.InvariantCulture,
                $"Saves {gain:f0} buffers {options.ExecutionsPerLoad} times, and costs {price:f0} in space and load."),
            (long)gain, index.Bytes, index.BuildMilliseconds);
    }

    string? WhyNot(IReadOnlyList<string> queries, double gain, double price, bool isNew)
    {
        if (queries.Count == 0) return "No plan of the workload uses it.";
        if (queries.Select(query => workload[query]).FirstOrDefault(query => query.Now.Buffers > query.Before.Buffers * 1.05) is { } slower)
            return string.Create(CultureInfo.InvariantCulture,
                $"Makes '{slower.Name}' take {slower.Now.Buffers} buffers instead of {slower.Before.Buffers}.");
        if (isNew && gain < least)
            return string.Create(CultureInfo.InvariantCulture, $"Saves {gain:f0} buffers; at least {least:f0} are asked for.");
        return gain * options.ExecutionsPerLoad >= price * (isNew ? 1 : options.WorthToKeep)
            ? null : string.Create(CultureInfo.InvariantCulture,
            $"Saves {gain:f0} buffers {options.ExecutionsPerLoad} times, but costs {price:f0} in space and load.");
    }

    double PriceOf(IndexCandidate index, long bytes) => IndexChoice.Price(bytes / 8192.0, PagesOf(index), options);

    double PagesOf(IndexCandidate index) => tablePages.GetValueOrDefault(index.Table);
}
