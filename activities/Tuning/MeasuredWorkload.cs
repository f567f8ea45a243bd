using System.Text.Json;

namespace Orchestrator.Activities.Tuning;

/// <summary>The queries of the workload on a month: what each takes without indexes of ours, and with those that stand.</summary>
sealed class MeasuredWorkload
{
    readonly QueryMeter meter;
    readonly Dictionary<string, MeasuredQuery> queries = new(StringComparer.Ordinal);

    MeasuredWorkload(QueryMeter meter) => this.meter = meter;

    /// <summary>All queries, in the workload's order.</summary>
    public IReadOnlyCollection<MeasuredQuery> Queries => queries.Values;

    /// <summary>Pages of all queries without indexes of ours.</summary>
    public long BuffersBefore => Queries.Sum(query => query.Before.Buffers);

    /// <summary>Whether all figures without indexes are those of an earlier run on the same data.</summary>
    public bool WasTunedBefore => Queries.All(query => query.Before.Source is BaselineSource.Recorded);

    /// <summary>A query by its name.</summary>
    public MeasuredQuery this[string name] => queries[name];

    /// <summary>Measures all queries that the month can be asked.</summary>
    /// <param name="isUntouched">Whether no index of ours stands.</param>
    /// <param name="leftOut">Told of each query that the month cannot be asked.</param>
    public static async Task<MeasuredWorkload> BeginAsync(
        QueryMeter meter, TuningLedger ledger, bool isUntouched, long factRows, Action<WorkloadQuery> leftOut,
        CancellationToken cancellationToken)
    {
        var workload = new MeasuredWorkload(meter);
        foreach (var query in WorkloadQuery.All)
        {
            if (await meter.PickAsync(query, cancellationToken) is not { } parameters)
            {
                leftOut(query);
                continue;
            }
            var measured = await meter.MeasureAsync(query, parameters, cancellationToken);
            var asText = JsonSerializer.Serialize(parameters);
            var before = isUntouched ? null : await ledger.FindBaselineAsync(query, asText, factRows, cancellationToken);
            if (before is null)
            {
                var without = isUntouched ? measured : await meter.MeasureWithoutIndexesAsync(query, parameters, cancellationToken);
                before = new(without.Buffers, without.Milliseconds, isUntouched ? BaselineSource.Measured : BaselineSource.SwitchedOff);
                await ledger.SaveBaselineAsync(query, asText, factRows, before, cancellationToken);
            }
            workload.queries[query.Name] = new(before, measured);
        }
        return workload;
    }

    /// <summary>Measures queries again, after indexes were built or dropped.</summary>
    public async Task MeasureAgainAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        foreach (var name in names)
        {
            var query = queries[name];
            queries[name] = query with { Now = await meter.MeasureAsync(query.Now.Query, query.Now.Parameters, cancellationToken) };
        }
    }

    /// <summary>Finds the indexes of ours that the queries' plans use.</summary>
    public async Task<IndexUses> FindUsesAsync(WarehouseIndexes indexes, CancellationToken cancellationToken)
    {
        var parents = await indexes.ParentsAsync(cancellationToken);
        var uses = Queries.SelectMany(query => query.Now.Plan.All.Select(node => node.Index).OfType<string>()
            .Distinct(StringComparer.Ordinal)
                .Select(index => (Index: parents.GetValueOrDefault(index, index), Query: query.Name)))
            .Where(use => use.Index.StartsWith("ix_", StringComparison.Ordinal)).Distinct();
        return new(uses.ToLookup(use => use.Index, use => use.Query, StringComparer.Ordinal));
    }
}

/// <summary>A query of the workload before and now.</summary>
/// <param name="Before">What it takes without indexes of ours.</param>
/// <param name="Now">What it takes with those that stand.</param>
sealed record MeasuredQuery(Baseline Before, Measurement Now)
{
    /// <summary>Name of the query.</summary>
    public string Name => Now.Query.Name;

    /// <summary>Pages that indexes of ours save it.</summary>
    public long Saved => Before.Buffers - Now.Buffers;
}

/// <summary>The queries whose plans use indexes of ours.</summary>
/// <param name="queries">Index → names of queries.</param>
sealed class IndexUses(ILookup<string, string> queries)
{
    /// <summary>Names of the queries that use an index.</summary>
    public IReadOnlyList<string> QueriesOf(string index) => [.. queries[index]];

    /// <summary>Names of the indexes that a query uses.</summary>
    public IEnumerable<string> IndexesOf(string query) => queries.Where(use => use.Contains(query)).Select(use => use.Key);
}
