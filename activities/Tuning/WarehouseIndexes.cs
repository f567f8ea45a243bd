using System.Diagnostics;
using Npgsql;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Tuning;

/// <summary>The indexes that tuning made: what stands, building and dropping.</summary>
/// <param name="warehouse">The warehouse.</param>
/// <param name="options">Memory and time-outs.</param>
/// <param name="month">The month that it decides for.</param>
public sealed class WarehouseIndexes(FencedWarehouse warehouse, TuningOptions options, Partition month)
{
    readonly NpgsqlDataSource dataSource = warehouse.DataSource;

    /// <summary>Indexes of ours that stand.</summary>
    public async Task<IReadOnlyList<StandingIndex>> ListAsync(CancellationToken cancellationToken) => await dataSource.Command(
        $"""
        select last.index_name, last.table_name, last.key_columns, last.included_columns, last.build_milliseconds,
          bytes.of_all::bigint, bytes.of_month::bigint
        from (select distinct on (index_name) * from sales.index_decision order by index_name, id desc) as last
        cross join lateral (
          select coalesce(sum(pg_relation_size(relid)), 0) as of_all,
            coalesce(sum(pg_relation_size(relid)) filter (where leaf.indrelid in (
              select oid from ({PartitionsOf(table => !table.IsDimension)}) as part where holds_month)), 0) as of_month
          from pg_partition_tree(to_regclass('sales.' || last.index_name))
          left join pg_index as leaf on leaf.indexrelid = relid where isleaf) as bytes
        where last.decision = 'kept' and to_regclass('sales.' || last.index_name) is not null
        order by last.index_name
        """).ListAsync(row => new StandingIndex(
            row.Get<string>("index_name"),
            new(row.Get<string>("table_name"), row.Get<string[]>("key_columns"), row.Get<string[]>("included_columns")),
            row.Get<long>("of_all"), row.Get<long>("of_month"), row.Get<double>("build_milliseconds")), cancellationToken);

    /// <summary>Partition or partition's index → what it belongs to, by name.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ParentsAsync(CancellationToken cancellationToken)
    {
        var related = await dataSource.Command(
            """
            select child.relname as child, parent.relname as parent
            from pg_inherits join pg_class as child on child.oid = inhrelid join pg_class as parent on parent.oid = inhparent
            where parent.relnamespace = 'sales'::regnamespace
            """).ListAsync(row => (Child: row.Get<string>("child"), Parent: row.Get<string>("parent")), cancellationToken);
        return related.DistinctBy(relation => relation.Child)
            .ToDictionary(relation => relation.Child, relation => relation.Parent, StringComparer.Ordinal);
    }

    /// <summary>Bytes of the tables of the month and of the dimensions without indexes, and of all indexes on them.</summary>
    public async Task<TableSizes> SizesAsync(CancellationToken cancellationToken) => (await dataSource.Command(
        $"""
        select coalesce(sum(pg_table_size(oid)), 0)::bigint as heap, coalesce(sum(pg_indexes_size(oid)), 0)::bigint as indexes
        from ({PartitionsOf(_ => true)}) as leaf where holds_month
        """).FirstAsync(row => new TableSizes(row.Get<long>("heap"), row.Get<long>("indexes")), cancellationToken))!;

    /// <summary>Builds indexes, several at a time; each stands with its record of it or not at all.</summary>
    public async Task BuildAsync(IReadOnlyList<IndexCandidate> indexes, long factRows, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Connections, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(indexes, parallel, async (index, cancelled) => await warehouse.WriteAsync(async (connection, token) =>
        {
            // Two builds on two cores: a second worker for each would only take the core from the other.
            var settings = $"set local maintenance_work_mem = '{options.IndexBuildMemory}'; {LockTimeout}"
                + (indexes.Count > 1 && options.Connections > 1 ? "; set local max_parallel_maintenance_workers = 0" : "");
            var started = Stopwatch.GetTimestamp();
            await connection.ExecuteAsync($"{settings}; {index.Statement}", token);
            var took = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            await RecordAsync(connection, new(index, IndexVerdict.Kept, "Built; not measured yet.", 0, 0, took), factRows, token);
        }, cancelled));
        warehouse.Attempt.Reached("tune.built");
    }

    /// <summary>Drops an index and records why.</summary>
    public Task DropAsync(IndexDecision decision, long factRows, CancellationToken cancellationToken) =>
        warehouse.WriteAsync(async (connection, token) =>
        {
            await connection.ExecuteAsync($"{LockTimeout}; drop index if exists sales.{decision.Index.Name}", token);
            await RecordAsync(connection, decision, factRows, token);
        }, cancellationToken);

    /// <summary>Records a decision about an index that stays as it is.</summary>
    public Task RecordAsync(IndexDecision decision, long factRows, CancellationToken cancellationToken) =>
        warehouse.WriteAsync((connection, token) => RecordAsync(connection, decision, factRows, token), cancellationToken);

    string PartitionsOf(Func<WarehouseTable, bool> isMeant) => TableLeaf.PartitionsOf(WarehouseTable.All.Where(isMeant), month);

    string LockTimeout => $"set local lock_timeout = '{options.LockTimeout.TotalMilliseconds:f0}ms'";

    Task<int> RecordAsync(NpgsqlConnection connection, IndexDecision decision, long factRows, CancellationToken cancellationToken) =>
        connection.Command(
            """
            insert into sales.index_decision
              (run_id, partition, index_name, table_name, key_columns, included_columns, decision, reason, gain_buffers, bytes,
                build_milliseconds, fact_rows)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """,
            warehouse.Attempt.RunId, month.ToString(), decision.Index.Name, decision.Index.Table, decision.Index.Keys.ToArray(),
            decision.Index.Included.ToArray(), decision.Verdict.Text, decision.Reason, decision.GainBuffers, decision.Bytes,
            decision.BuildMilliseconds, factRows).ExecuteAsync(cancellationToken);
}

/// <summary>An index of ours in the warehouse.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Index">What it is on.</param>
/// <param name="Bytes">Its size over all partitions.</param>
/// <param name="MonthBytes">Its size on the month; 0 for a dimension.</param>
/// <param name="BuildMilliseconds">How long building it took.</param>
public sealed record StandingIndex(string Name, IndexCandidate Index, long Bytes, long MonthBytes, double BuildMilliseconds);

/// <summary>Sizes of the tables of a month and of the dimensions.</summary>
/// <param name="Heap">Bytes without indexes.</param>
/// <param name="Indexes">Bytes of all indexes on them.</param>
public sealed record TableSizes(long Heap, long Indexes);
