using System.Globalization;

namespace Orchestrator.Activities.Tuning;

/// <summary>
/// Chooses what to build: always the candidate next that is worth most beside those chosen before, while any is worth its price. Space is
/// short, so it is tried twice, by worth and by worth per page, and the better set wins.
/// </summary>
/// <param name="estimate">What candidates would take and save.</param>
/// <param name="options">Prices.</param>
/// <param name="request">What is asked for.</param>
public sealed class IndexChoice(IndexEstimate estimate, TuningOptions options, ChoiceRequest request)
{
    /// <summary>Chooses among the candidates that the needs suggest.</summary>
    /// <returns>What to build, and what not with the reason.</returns>
    public (IReadOnlyList<IndexCandidate> Chosen, IReadOnlyList<IndexDecision> Rejected) Choose()
    {
        var all = request.Needs.Where(need => request.TablePages[need.Need.Table] >= options.LeastTablePages)
            .SelectMany(need => IndexCandidate.For(need.Need, need.Selectivity)).DistinctBy(index => index.Name)
            .Where(index => !request.Standing.Contains(index.Name) && Gain(index, Now([])) >= 1)
                .OrderBy(index => index.Name, StringComparer.Ordinal).ToList();
        var open = all.Where(index => !request.Failed.ContainsKey(index.Name)).ToList();
        var chosen = new[] { Fill(open, (_, worth) => worth), Fill(open, (pages, worth) => worth / pages) }.MaxBy(
            set => set.Sum(index => WorthAmong(index, set)))!;
        var now = Now(chosen);
        return (chosen, [.. all.Except(chosen).Select(index => new IndexDecision(
            index, IndexVerdict.Rejected, Reason(index, now, chosen), (long)Gain(index, Now([])), (long)estimate.PagesOf(index) * 8192,
            BuildMilliseconds: 0))]);
    }

    /// <summary>Computes the price of an index between two loads in buffers: its space, and building it on the new rows.</summary>
    public static double Price(double indexPages, double tablePages, TuningOptions options) =>
        (indexPages * options.BuffersPerIndexPage) + tablePages + indexPages;

    List<IndexCandidate> Fill(IReadOnlyList<IndexCandidate> candidates, Func<double, double, double> score)
    {
        var chosen = new List<IndexCandidate>();
        var pagesLeft = request.PagesLeft;
        while (true)
        {
            var now = Now(chosen);
            var next = candidates.Except(chosen).Where(index => estimate.PagesOf(index) <= pagesLeft)
                .Select(index => (Index: index, Gain: Gain(index, now)))
                    .Where(found => found.Gain >= request.LeastSaved && WorthOf(found.Index, found.Gain) > 0)
                .OrderByDescending(found => score(estimate.PagesOf(found.Index), WorthOf(found.Index, found.Gain))).FirstOrDefault().Index;
            if (next is null) break;
            chosen.Add(next);
            pagesLeft -= estimate.PagesOf(next);
        }
        // What was chosen early may have become superfluous by what came after.
        foreach (var index in chosen.ToList())
            if (WorthAmong(index, chosen) <= 0) chosen.Remove(index);
        return chosen;
    }

    string Reason(IndexCandidate index, Dictionary<WeighedNeed, double> now, List<IndexCandidate> chosen)
    {
        if (request.Failed.TryGetValue(index.Name, out var failure))
            return $"Not tried again, since the data has hardly changed: {failure}";
        var gain = Gain(index, now);
        var beside = chosen.Count > 0 || request.Standing.Count > 0 ? " beside the others" : "";
        return gain < request.LeastSaved
            ? string.Create(CultureInfo.InvariantCulture,
                $"Would save {gain:f0} buffers{beside}; at least {request.LeastSaved:f0} are asked for.")
            : WorthOf(index, gain) <= 0
                ? string.Create(CultureInfo.InvariantCulture,
                    $"Would save {gain:f0} buffers{beside} {options.ExecutionsPerLoad} times, and cost {PriceOf(index):f0} in space and " +
                    $"load.")
                : string.Create(CultureInfo.InvariantCulture,
                    $"Would save {gain:f0} buffers{beside}, but indexes may not be larger than {options.LargestIndexShare:p0} of the " +
                    $"tables.");
    }

    // What each need takes with a set of indexes: the best of them.
    Dictionary<WeighedNeed, double> Now(IReadOnlyCollection<IndexCandidate> chosen) =>
        request.Needs.ToDictionary(need => need,
            need => chosen.Select(index => estimate.BuffersOf(need.Need, need.Selectivity, index)).Append(need.Need.Buffers).Min());

    double Gain(IndexCandidate index, Dictionary<WeighedNeed, double> now) =>
        request.Needs.Where(need => need.Need.Table == index.Table)
            .Sum(need => Math.Max(0, now[need] - estimate.BuffersOf(need.Need, need.Selectivity, index)));

    double WorthAmong(IndexCandidate index, List<IndexCandidate> chosen) =>
        WorthOf(index, Gain(index, Now([.. chosen.Where(other => other != index)])));

    double WorthOf(IndexCandidate index, double gain) => (gain * options.ExecutionsPerLoad) - PriceOf(index);

    double PriceOf(IndexCandidate index) => request.WorthToBuild * Price(estimate.PagesOf(index), request.TablePages[index.Table], options);
}

/// <summary>The inputs of a choice of indexes.</summary>
/// <param name="Needs">What the queries ask of tables now.</param>
/// <param name="Standing">Names of the indexes of ours that stand.</param>
/// <param name="Failed">Names of those that were dropped after measuring, and why.</param>
/// <param name="LeastSaved">Least buffers that a new index must save in one pass.</param>
/// <param name="WorthToBuild">How many times its price a new index must be worth.</param>
/// <param name="PagesLeft">Pages that indexes may still take.</param>
/// <param name="TablePages">Table → pages of the month.</param>
public sealed record ChoiceRequest(
    IReadOnlyList<WeighedNeed> Needs, IReadOnlySet<string> Standing, IReadOnlyDictionary<string, string> Failed, double LeastSaved,
    double WorthToBuild, double PagesLeft,
    IReadOnlyDictionary<string, double> TablePages);

/// <summary>A need with what its columns leave of the rows.</summary>
/// <param name="Need">The need.</param>
/// <param name="Selectivity">Column → the part of the rows it leaves, for columns that leave little enough.</param>
public sealed record WeighedNeed(ScanNeed Need, IReadOnlyDictionary<string, double> Selectivity);
