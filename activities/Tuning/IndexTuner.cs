using System.Globalization;
using Npgsql;
using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Activities.Tuning;

/// <summary>Measures the workload on a month, builds what it asks for, measures again, and keeps what wins.</summary>
/// <param name="warehouse">The warehouse.</param>
/// <param name="options">Prices and limits.</param>
/// <param name="month">The month that is measured.</param>
public sealed class IndexTuner(FencedWarehouse warehouse, TuningOptions options, Partition month)
{
    // A condition that leaves more than this of the rows is no reason for an index.
    const double LargestSelectivity = 0.5;

    readonly ActivityAttempt attempt = warehouse.Attempt;
    readonly WarehouseIndexes indexes = new(warehouse, options, month);
    readonly TuningLedger ledger = new(warehouse, month);
    readonly Dictionary<string, IndexDecision> decisions = new(StringComparer.Ordinal);
    readonly HashSet<string> built = new(StringComparer.Ordinal);
    readonly Dictionary<string, double> buildTimes = new(StringComparer.Ordinal);

    /// <summary>Tunes.</summary>
    /// <exception cref="ActivityFailedException"><c>tune.no_data</c>: the month is not loaded.</exception>
    public async Task<TuningReport> RunAsync(CancellationToken cancellationToken)
    {
        var statistics = await TableStatistics.RefreshAsync(warehouse, month, options.Connections, cancellationToken);
        var factRows = await ledger.FactRowsAsync(cancellationToken) ?? throw new ActivityFailedException("tune.no_data",
            $"The month {month} is not in the warehouse, so its indexes cannot be tuned. Load it first.", isRetryable: false);
        await using var connection = await warehouse.OpenAsync(cancellationToken);
        var meter = new QueryMeter(connection, month);
        var isUntouched = (await indexes.ListAsync(cancellationToken)).Count == 0;
        var workload = await MeasuredWorkload.BeginAsync(meter, ledger, isUntouched, factRows, query => attempt.Log(
            "Left out", $"The month {month} has nothing that the query '{query.Name}' could ask about."), cancellationToken);

        var failed = (await ledger.FailedAsync(factRows, options.ChangeToTryAgain, cancellationToken)).ToDictionary(StringComparer.Ordinal);
        var canSkip = connection.PostgreSqlVersion.Major >= 18;
        var estimate = new IndexEstimate(statistics, canSkip, await meter.RandomPageCostAsync(cancellationToken));
        var tablePages = statistics.ToDictionary(table => table.Key, table => table.Value.Month.Pages, StringComparer.Ordinal);
        // On data that was tuned before, only a clear win changes anything: statistics are samples, and differ a little each time.
        var caution = workload.WasTunedBefore ? options.WorthToChange : 1;
        var least = caution * options.LeastShareSaved * workload.BuffersBefore;
        var judge = new IndexJudge(workload, options, tablePages, least);
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var dropped in await SettleAsync(meter, workload, judge, factRows, cancellationToken))
                failed[dropped.Index.Name] = dropped.Reason;
            var needs = await WeighAsync(connection, workload, statistics, cancellationToken);
            var sizes = await indexes.SizesAsync(cancellationToken);
            var standing = (await indexes.ListAsync(cancellationToken)).Select(index => index.Name).ToHashSet(StringComparer.Ordinal);
            var pagesLeft = ((sizes.Heap * options.LargestIndexShare) - sizes.Indexes) / 8192.0;
            var request = new ChoiceRequest(needs, standing, failed, least, caution, pagesLeft, tablePages);
            var (chosen, rejected) = new IndexChoice(estimate, options, request).Choose();
            foreach (var decision in rejected)
                if (!built.Contains(decision.Index.Name)) decisions[decision.Index.Name] = decision;
            if (chosen.Count == 0) break;

            foreach (var index in chosen) attempt.Log("Builds an index", index.Statement);
            await indexes.BuildAsync(chosen, factRows, cancellationToken);
            built.UnionWith(chosen.Select(index => index.Name));
            var tables = chosen.Select(index => index.Table).ToHashSet(StringComparer.Ordinal);
            await workload.MeasureAgainAsync(needs.Where(need => tables.Contains(need.Need.Table)).Select(need => need.Need.Query)
                .Distinct(StringComparer.Ordinal), cancellationToken);
        }
        await SettleAsync(meter, workload, judge, factRows, cancellationToken);
        foreach (var decision in decisions.Values)
        {
            if (built.Contains(decision.Index.Name) && decision.Verdict is IndexVerdict.Kept)
                await indexes.RecordAsync(decision, factRows, cancellationToken);
        }
        return await ReportAsync(workload, statistics, cancellationToken);
    }

    async Task<IReadOnlyList<WeighedNeed>> WeighAsync(
        NpgsqlConnection connection, MeasuredWorkload workload, IReadOnlyDictionary<string, TableStatistics> statistics,
        CancellationToken cancellationToken)
    {
        var parents = await indexes.ParentsAsync(cancellationToken);
        var weighed = new List<WeighedNeed>();
        foreach (var need in workload.Queries.SelectMany(query => ScanNeed.Of(query.Name, query.Now.Plan, parents)))
        {
            if (!statistics.TryGetValue(need.Table, out var table)) continue;
            var selectivity = new Dictionary<string, double>(StringComparer.Ordinal);
            foreach (var (column, equal) in need.Equal)
            {
                selectivity[column] = equal.Condition is { } condition
                    ? await table.SelectivityAsync(connection, condition, cancellationToken)
                    : equal.Values / (table.Columns.TryGetValue(column, out var values) ? values.Distinct : 1);
            }
            foreach (var (column, condition) in need.Ranges)
                selectivity.TryAdd(column, await table.SelectivityAsync(connection, condition, cancellationToken));
            weighed.Add(new(need, selectivity.Where(part => part.Value <= LargestSelectivity).ToDictionary(StringComparer.Ordinal)));
        }
        return weighed;
    }

    /// <summary>
    /// Drops what no plan uses, what is not worth its price, and what makes a query slower, the worst first, until nothing of the kind is
    /// left.
    /// </summary>
    /// <returns>The decisions about those that were dropped.</returns>
    async Task<IReadOnlyList<IndexDecision>> SettleAsync(
        QueryMeter meter, MeasuredWorkload workload, IndexJudge judge, long factRows, CancellationToken cancellationToken)
    {
        var allDropped = new List<IndexDecision>();
        while (true)
        {
            var uses = await workload.FindUsesAsync(indexes, cancellationToken);
            var standing = await indexes.ListAsync(cancellationToken);
            foreach (var index in standing) buildTimes[index.Name] = index.BuildMilliseconds;
            var judged = judge.Judge(standing, uses, built);
            var dropped = judged.Where(decision => decision.Verdict is IndexVerdict.Dropped).MinBy(decision => decision.GainBuffers)
                ?? await FindRedundantAsync(meter, workload, judge, judged, uses, cancellationToken);
            if (dropped is null)
            {
                foreach (var decision in judged) decisions[decision.Index.Name] = decision;
                return allDropped;
            }
            attempt.Log("Drops an index", $"{dropped.Index.Name}: {dropped.Reason}");
            await indexes.DropAsync(dropped, factRows, cancellationToken);
            decisions[dropped.Index.Name] = dropped;
            allDropped.Add(dropped);
            await workload.MeasureAgainAsync(uses.QueriesOf(dropped.Index.Name), cancellationToken);
        }
    }

    /// <summary>Finds an index whose work another one does: one that continues it, with which its queries read about the same.</summary>
    async Task<IndexDecision?> FindRedundantAsync(
        QueryMeter meter, MeasuredWorkload workload, IndexJudge judge, List<IndexDecision> judged, IndexUses uses,
        CancellationToken cancellationToken)
    {
        foreach (var decision in judged)
        {
            if (judged.Find(other => decision.Index.IsPrefixOf(other.Index)) is not { } longer) continue;
            var measured = uses.QueriesOf(decision.Index.Name).Select(query => workload[query].Now).ToList();
            var without = await meter.MeasureWithoutAsync(decision.Index.Name, measured, options.LockTimeout, cancellationToken);
            var lost = without.Sum(query => query.Buffers) - measured.Sum(query => query.Buffers);
            if (judge.IsWorth(decision, lost)) continue;
            return decision with
            {
                Verdict = IndexVerdict.Dropped,
                Reason = string.Create(CultureInfo.InvariantCulture,
                    $"{longer.Index.Name} continues it, and without it the workload reads only {lost} buffers more."),
            };
        }
        return null;
    }

    async Task<TuningReport> ReportAsync(
        MeasuredWorkload workload, IReadOnlyDictionary<string, TableStatistics> statistics, CancellationToken cancellationToken)
    {
        var uses = await workload.FindUsesAsync(indexes, cancellationToken);
        var sizes = await indexes.SizesAsync(cancellationToken);
        var queries = workload.Queries.Select(query => Reported(query, uses)).ToList();
        var tuned = decisions.Values.Select(decision => Reported(decision, uses, statistics))
            .OrderBy(index => index.Decision, StringComparer.Ordinal).ThenByDescending(index => index.GainBuffers)
            .ThenBy(index => index.Name, StringComparer.Ordinal).ToList();
        var selective = queries.Where(query => workload[query.Name].Now.Query.IsSelective).ToList();
        return new(month.ToString(), attempt.RunId, queries, tuned, new(
            queries.Sum(query => query.BuffersBefore), queries.Sum(query => query.BuffersAfter),
            selective.Sum(query => query.BuffersBefore), selective.Sum(query => query.BuffersAfter), sizes.Heap, sizes.Indexes,
            tuned.Where(index => index.IsNew).Sum(index => index.BuildMilliseconds), tuned.Sum(index => index.NextLoadMilliseconds)));
    }

    static TunedQuery Reported(MeasuredQuery query, IndexUses uses) => new(
        query.Name, query.Now.Query.Kind, query.Now.Query.Question,
        query.Now.Parameters.ToDictionary(
            value => value.Key, value => Convert.ToString(value.Value, CultureInfo.InvariantCulture)!, StringComparer.Ordinal),
        query.Before.Buffers, query.Now.Buffers, Math.Round(query.Before.Milliseconds, 3), Math.Round(query.Now.Milliseconds, 3),
        query.Before.Source.Text, [.. uses.IndexesOf(query.Name).Order(StringComparer.Ordinal)]);

    TunedIndex Reported(IndexDecision decision, IndexUses uses, IReadOnlyDictionary<string, TableStatistics> statistics)
    {
        var (index, buildTime) = (decision.Index, buildTimes.GetValueOrDefault(decision.Index.Name, decision.BuildMilliseconds));
        var monthShare = statistics.TryGetValue(index.Table, out var table)
            ? table.Month.Rows / Math.Max(1, table.Leaves.Values.Sum(leaf => leaf.Rows))
            : 0;
        return new(
            index.Name, index.Table, index.Keys, index.Included, decision.Verdict.Text, built.Contains(index.Name), decision.Reason,
            decision.GainBuffers, decision.Bytes, Math.Round(buildTime, 1),
            decision.Verdict is IndexVerdict.Kept ? Math.Round(buildTime * monthShare, 1) : 0, uses.QueriesOf(index.Name));
    }
}
