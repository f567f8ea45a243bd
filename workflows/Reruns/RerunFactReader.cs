using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Reruns;

/// <summary>Reads the facts for plans from the store.</summary>
sealed class RerunFactReader(StoreDatabase store, StoreOutages outages)
{
    /// <param name="executedIn">The source, and the runs that it reused from.</param>
    public async Task<RerunFacts> ReadAsync(Run source, IReadOnlyCollection<Guid> executedIn, CancellationToken cancellationToken)
    {
        var versions = await ReadAsync("select id, definition_version from orchestrator.run where id = any($1)",
            parameters => parameters.With(executedIn.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid), row => (Id: row.GetGuid(0), Version: row.GetInt32(1)), cancellationToken);
        var written = await ReadAsync(Written, parameters => parameters.With(executedIn.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid).With(source.Partition),
            row => (Id: row.GetGuid(0), Asset: new WrittenAsset(row.GetString(1), row.GetPartition(2), row.GetString(3), row.GetOrDefault<Guid?>(4))), cancellationToken);
        var durations = await ReadAsync(PastDurations, OfSource,
            row => (Activity: row.GetString(0), Duration: TimeSpan.FromSeconds(row.GetDouble(1))), cancellationToken);
        var assets = await ReadAsync(PastAssets, OfSource,
            row => (Activity: row.GetString(0), Asset: row.GetString(1), IsOfPartition: row.GetBoolean(2)), cancellationToken);
        return new()
        {
            Partition = source.Partition,
            Versions = versions.ToDictionary(run => run.Id, run => run.Version),
            Written = written.ToDictionary(asset => asset.Id, asset => asset.Asset),
            Past = durations.Select(past => past.Activity).Union(assets.Select(past => past.Activity), StringComparer.Ordinal).ToDictionary(
                activity => activity,
                activity => new PastActivity(
                    durations.Where(past => past.Activity == activity).Select(past => (TimeSpan?)past.Duration).FirstOrDefault(),
                    [.. assets.Where(past => past.Activity == activity).Select(past => (past.Asset, past.IsOfPartition))]),
                StringComparer.Ordinal),
        };

        NpgsqlParameterCollection OfSource(NpgsqlParameterCollection parameters) => parameters.With(source.DefinitionId).With(source.IsAdHoc, NpgsqlDbType.Boolean);
    }

    // The data that readers see now may have been derived from the older one, through any number of steps: then it contains it.
    const string Written = """
        with recursive written as (
          select id, asset, partition, code_version, is_current from orchestrator.materialization where run_id = any($1)),
        line (asset, partition, id, supersedes) as (
          select asset, partition, id, supersedes from orchestrator.materialization as now
          where is_current and partition is not distinct from $2
            and exists (select from written where written.asset = now.asset and written.partition is not distinct from now.partition and not written.is_current)
          union all
          select line.asset, line.partition, older.id, older.supersedes from line join orchestrator.materialization as older on older.id = line.supersedes)
        select written.id, written.asset, written.partition, written.code_version,
          case when not written.is_current and not exists (select from line where line.id = written.id) then now.run_id end
        from written
        left join orchestrator.materialization as now on now.asset = written.asset and now.partition is not distinct from written.partition and now.is_current
        """;

    const string PastRuns =
        "select id, partition from orchestrator.run where definition_id = $1 and is_ad_hoc = $2 and started_at is not null order by created_at desc, id desc limit 20";

    const string PastDurations = $"""
        select activity_id, percentile_cont(0.5) within group (order by extract(epoch from finished_at - started_at))
        from orchestrator.activity_execution
        where run_id = any(array(select id from ({PastRuns}) as past)) and status = 'Succeeded' and reused_from is null
        group by activity_id
        """;

    const string PastAssets = $"""
        select distinct activity_id, asset, materialization.partition is not null and materialization.partition = past.partition
        from orchestrator.materialization join ({PastRuns}) as past on past.id = run_id
        order by activity_id, asset
        """;

    Task<IReadOnlyList<T>> ReadAsync<T>(
        string constant, Func<NpgsqlParameterCollection, NpgsqlParameterCollection> fill, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        StoreReading.ReadAsync(store, outages, constant, fill, read, cancellationToken);
}
