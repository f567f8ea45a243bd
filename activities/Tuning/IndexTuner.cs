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
    double least;

    /// <summary>Tunes.</summary>
    /// <exception cref="ActivityFailedException"><c>tune.no_data</c>: the month is not loaded.</exception>
    public async Task<TuningReport> RunAsync(CancellationToken cancellationToken)
    {
        var statistics = await TableStatistics.RefreshAsync(warehouse, month, options.Connections, cancellationToken);
        var factRows = await ledger.FactRowsAsync(cancellationToken)
            ?? throw new ActivityFailedException("tune.no_data", $"The month {month} is not in the warehouse, so its indexes cannot be tuned. Load it first.", isRetryable: false);
        await using var connection = await warehouse.OpenAsync(cancellationToken);
        var meter = new QueryMeter(connection, month);
        var (now, before) = await MeasureFirstAsync(meter, factRows, cancellationToken);

        var failed = new Dictionary<string, string>(await ledger.FailedAsync(factRows, options.ChangeToTryAgain, cancellationToken), StringComparer.Ordinal);
        var estimate = new IndexEstimate(statistics, canSkip: connection.PostgreSqlVersion.Major >= 18, await meter.RandomPageCostAsync(cancellationToken));
        var tablePages = statistics.ToDictionary(table => table.Key, table => table.Value.Month.Pages, StringComparer.Ordinal);
        // On data that was tuned before, only a clear win changes anything: statistics are samples, and differ a little each time.
        var caution = before.Values.All(baseline => baseline.Source == "recorded") ? options.WorthToChange : 1;
        least = caution * options.LeastShareSaved * before.Values.Sum(baseline => baseline.Buffers);
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var dropped in await SettleAsync(meter, now, before, factRows, tablePages, cancellationToken)) failed[dropped.Index.Name] = dropped.Reason;
            var needs = await WeighAsync(connection, now.Values, statistics, cancellationToken);
            var (heap, all) = await indexes.SizesAsync(cancellationToken);
            var standing = (await indexes.ListAsync(cancellationToken)).Select(index => index.Name).ToHashSet(StringComparer.Ordinal);
            var request = new ChoiceRequest(needs, standing, failed, least, caution, ((heap * options.LargestIndexShare) - all) / 8192.0, tablePages);
            var (chosen, rejected) = new IndexChoice(estimate, options, request).Choose();
            foreach (var decision in rejected)
                if (!built.Contains(decision.Index.Name)) decisions[decision.Index.Name] = decision;
            if (chosen.Count == 0) break;

            foreach (var index in chosen) attempt.Log("Builds an index", index.Statement);
            await indexes.BuildAsync(chosen, factRows, cancellationToken);
            built.UnionWith(chosen.Select(index => index.Name));
            var tables = chosen.Select(index => index.Table).ToHashSet(StringComparer.Ordinal);
            foreach (var query in needs.Where(need => tables.Contains(need.Need.Table)).Select(need => need.Need.Query).Distinct(StringComparer.Ordinal))
                now[query] = await meter.MeasureAsync(now[query].Query, now[query].Parameters, cancellationToken);
        }
        await SettleAsync(meter, now, before, factRows, tablePages, cancellationToken);
        await RecordBuiltAsync(factRows, cancellationToken);
        return await ReportAsync(now, before, statistics, cancellationToken);
    }

    async Task RecordBuiltAsync(long factRows, CancellationToken cancellationToken)
    {
        foreach (var decision in decisions.Values)
            if (built.Contains(decision.Index.Name) && decision.Decision == "kept") await indexes.RecordAsync(decision, factRows, cancellationToken);
    }

    async Task<(Dictionary<string, Measurement> Now, Dictionary<string, Baseline> Before)> MeasureFirstAsync(QueryMeter meter, long factRows, CancellationToken cancellationToken)
    {
        var (now, before) = (new Dictionary<string, Measurement>(StringComparer.Ordinal), new Dictionary<string, Baseline>(StringComparer.Ordinal));
        var isUntouched = (await indexes.ListAsync(cancellationToken)).Count == 0;
        foreach (var query in WorkloadQuery.All)
        {
            if (await meter.PickAsync(query, cancellationToken) is not { } parameters)
            {
                attempt.Log("Left out", $"The month {month} has nothing that the query '{query.Name}' could ask about.");
                continue;
            }
            var measured = await meter.MeasureAsync(query, parameters, cancellationToken);
            now[query.Name] = measured;
            var asText = TextOf(parameters);
            var recorded = isUntouched ? null : await ledger.FindBaselineAsync(query, asText, factRows, cancellationToken);
            if (recorded is null)
            {
                if (isUntouched) recorded = new(measured.Buffers, measured.Milliseconds, "measured");
                else
                {
                    var without = await meter.MeasureWithoutIndexesAsync(query, parameters, cancellationToken);
                    recorded = new(without.Buffers, without.Milliseconds, "switched_off");
                }
                await ledger.SaveBaselineAsync(query, asText, factRows, recorded, cancellationToken);
            }
            before[query.Name] = recorded;
        }
        return (now, before);
    }

    async Task<IReadOnlyList<WeighedNeed>> WeighAsync(
        NpgsqlConnection connection, IEnumerable<Measurement> measurements, IReadOnlyDictionary<string, TableStatistics> statistics, CancellationToken cancellationToken)
    {
        var parents = await indexes.ParentsAsync(cancellationToken);
        var weighed = new List<WeighedNeed>();
        foreach (var need in measurements.SelectMany(measured => ScanNeed.Of(measured.Query.Name, measured.Plan, parents)).Where(need => statistics.ContainsKey(need.Table)))
        {
            var selectivity = new Dictionary<string, double>(StringComparer.Ordinal);
            var table = statistics[need.Table];
            foreach (var (column, equal) in need.Equal)
            {
                selectivity[column] = equal.Condition is { } condition
                    ? await table.SelectivityAsync(connection, condition, cancellationToken)
                    : equal.Values / (table.Columns.TryGetValue(column, out var values) ? values.Distinct : 1);
            }
            foreach (var (column, condition) in need.Ranges) selectivity.TryAdd(column, await table.SelectivityAsync(connection, condition, cancellationToken));
            weighed.Add(new(need, selectivity.Where(part => part.Value <= LargestSelectivity).ToDictionary(StringComparer.Ordinal)));
        }
        return weighed;
    }

    // Drops what no plan uses, what is not worth its price, and what makes a query slower, the worst first, until nothing of the kind is left.
    async Task<IReadOnlyList<IndexDecision>> SettleAsync(
        QueryMeter meter, Dictionary<string, Measurement> now, Dictionary<string, Baseline> before, long factRows, Dictionary<string, double> tablePages, CancellationToken cancellationToken)
    {
        var allDropped = new List<IndexDecision>();
        while (true)
        {
            var users = await UsersAsync(now, cancellationToken);
            var standing = await indexes.ListAsync(cancellationToken);
            foreach (var index in standing) buildTimes[index.Name] = index.BuildMilliseconds;
            var tableOf = standing.ToDictionary(index => index.Name, index => index.Index.Table, StringComparer.Ordinal);
            var judged = standing.Select(index => Judge(index, tableOf, users, now, before, tablePages)).ToList();
            var dropped = judged.Where(decision => decision.Decision == "dropped").OrderBy(decision => decision.GainBuffers).FirstOrDefault()
                ?? await FindRedundantAsync(meter, judged, users, now, tablePages, cancellationToken);
            if (dropped is null)
            {
                foreach (var decision in judged) decisions[decision.Index.Name] = decision;
                return allDropped;
            }
            attempt.Log("Drops an index", $"{dropped.Index.Name}: {dropped.Reason}");
            await indexes.DropAsync(dropped, factRows, cancellationToken);
            decisions[dropped.Index.Name] = dropped;
            allDropped.Add(dropped);
            foreach (var query in users.GetValueOrDefault(dropped.Index.Name, []))
                now[query] = await meter.MeasureAsync(now[query].Query, now[query].Parameters, cancellationToken);
        }
    }

    // An index that another one continues: if its queries read about the same without it, the other does its work.
    async Task<IndexDecision?> FindRedundantAsync(
        QueryMeter meter, List<IndexDecision> judged, IReadOnlyDictionary<string, List<string>> users, Dictionary<string, Measurement> now, Dictionary<string, double> tablePages,
        CancellationToken cancellationToken)
    {
        foreach (var decision in judged)
        {
            if (judged.Find(other => decision.Index.IsPrefixOf(other.Index)) is not { } longer) continue;
            var queries = users[decision.Index.Name];
            var without = await meter.MeasureWithoutAsync(decision.Index.Name, [.. queries.Select(query => now[query])], options.LockTimeout, cancellationToken);
            var lost = without.Sum(measured => measured.Buffers) - queries.Sum(query => now[query].Buffers);
            if (lost * options.ExecutionsPerLoad >= IndexChoice.Price(decision.Bytes / 8192.0, tablePages.GetValueOrDefault(decision.Index.Table), options)) continue;
            return decision with { Decision = "dropped", Reason = $"{longer.Index.Name} continues it, and without it the workload reads only {lost.ToString(CultureInfo.InvariantCulture)} buffers more." };
        }
        return null;
    }

    IndexDecision Judge(
        StandingIndex index, Dictionary<string, string> tableOf, IReadOnlyDictionary<string, List<string>> users, Dictionary<string, Measurement> now, Dictionary<string, Baseline> before, Dictionary<string, double> tablePages)
    {
        var queries = users.GetValueOrDefault(index.Name, []);
        // A plan that uses several indexes owes what it saves to each by the size of its table, which it need not read.
        var gain = queries.Sum(query => (before[query].Buffers - now[query].Buffers) * PagesOf(index.Name) / users.Where(user => user.Value.Contains(query)).Sum(user => PagesOf(user.Key)));
        var isNew = built.Contains(index.Name);
        var price = IndexChoice.Price(index.MonthBytes / 8192.0, tablePages.GetValueOrDefault(index.Index.Table), options);
        var worth = gain * options.ExecutionsPerLoad;
        var slower = queries.FirstOrDefault(query => now[query].Buffers > before[query].Buffers * 1.05);
        var (decision, reason) =
            queries.Count == 0 ? ("dropped", "No plan of the workload uses it.")
            : slower is not null ? ("dropped", string.Create(CultureInfo.InvariantCulture, $"Makes '{slower}' take {now[slower].Buffers} buffers instead of {before[slower].Buffers}."))
            : isNew && gain < least ? ("dropped", string.Create(CultureInfo.InvariantCulture, $"Saves {gain:f0} buffers; at least {least:f0} are asked for."))
            : worth < price * (isNew ? 1 : options.WorthToKeep) ? ("dropped", string.Create(CultureInfo.InvariantCulture,
                $"Saves {gain:f0} buffers {options.ExecutionsPerLoad} times, but costs {price:f0} in space and load."))
            : ("kept", string.Create(CultureInfo.InvariantCulture, $"Saves {gain:f0} buffers {options.ExecutionsPerLoad} times, and costs {price:f0} in space and load."));
        return new(index.Index, decision, reason, (long)gain, index.Bytes, index.BuildMilliseconds);

        double PagesOf(string name) => Math.Max(1, tableOf.TryGetValue(name, out var table) ? tablePages.GetValueOrDefault(table) : 1);
    }

    // Index of ours → the queries whose plans use it.
    async Task<IReadOnlyDictionary<string, List<string>>> UsersAsync(Dictionary<string, Measurement> now, CancellationToken cancellationToken)
    {
        var parents = await indexes.ParentsAsync(cancellationToken);
        return now.Values.SelectMany(measured => measured.Plan.All.Select(node => node.Index).OfType<string>().Distinct(StringComparer.Ordinal)
                .Select(index => (Index: parents.GetValueOrDefault(index, index), Query: measured.Query.Name)))
            .Where(use => use.Index.StartsWith("ix_", StringComparison.Ordinal)).Distinct()
            .GroupBy(use => use.Index, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Select(use => use.Query).ToList(), StringComparer.Ordinal);
    }

    async Task<TuningReport> ReportAsync(
        Dictionary<string, Measurement> now, Dictionary<string, Baseline> before, IReadOnlyDictionary<string, TableStatistics> statistics, CancellationToken cancellationToken)
    {
        var users = await UsersAsync(now, cancellationToken);
        var (heap, indexBytes) = await indexes.SizesAsync(cancellationToken);
        var queries = now.Values.Select(measured => new TunedQuery(
            measured.Query.Name, measured.Query.Kind, measured.Query.Question,
            measured.Parameters.ToDictionary(value => value.Key, value => Convert.ToString(value.Value, CultureInfo.InvariantCulture)!, StringComparer.Ordinal),
            before[measured.Query.Name].Buffers, measured.Buffers, Math.Round(before[measured.Query.Name].Milliseconds, 3), Math.Round(measured.Milliseconds, 3), before[measured.Query.Name].Source,
            [.. users.Where(user => user.Value.Contains(measured.Query.Name)).Select(user => user.Key).Order(StringComparer.Ordinal)])).ToList();
        var tuned = decisions.Values.Select(decision => new TunedIndex(
                decision.Index.Name, decision.Index.Table, decision.Index.Keys, decision.Index.Included, decision.Decision, built.Contains(decision.Index.Name), decision.Reason,
                decision.GainBuffers, decision.Bytes, Math.Round(BuildTime(decision), 1), decision.Decision == "kept" ? Math.Round(BuildTime(decision) * MonthShare(decision.Index.Table), 1) : 0,
                users.GetValueOrDefault(decision.Index.Name, [])))
            .OrderBy(index => index.Decision, StringComparer.Ordinal).ThenByDescending(index => index.GainBuffers).ThenBy(index => index.Name, StringComparer.Ordinal).ToList();
        var selective = queries.Where(query => now[query.Name].Query.IsSelective).ToList();
        return new(month.ToString(), attempt.RunId, queries, tuned, new(
            queries.Sum(query => query.BuffersBefore), queries.Sum(query => query.BuffersAfter), selective.Sum(query => query.BuffersBefore), selective.Sum(query => query.BuffersAfter),
            heap, indexBytes, tuned.Where(index => index.IsNew).Sum(index => index.BuildMilliseconds), tuned.Sum(index => index.NextLoadMilliseconds)));

        double MonthShare(string table) =>
            // A partition that others renamed or moved has no figures.
            statistics.TryGetValue(table, out var known) ? known.Month.Rows / Math.Max(1, known.Leaves.Values.Sum(leaf => leaf.Rows)) : 0;

        double BuildTime(IndexDecision decision) => buildTimes.GetValueOrDefault(decision.Index.Name, decision.BuildMilliseconds);
    }

    static string TextOf(IReadOnlyDictionary<string, object> parameters) => System.Text.Json.JsonSerializer.Serialize(parameters);
}
