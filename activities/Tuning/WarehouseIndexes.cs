using System.Diagnostics;
using Npgsql;
using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Activities.Tuning;

/// <summary>The indexes that tuning made: what stands, building and dropping.</summary>
/// <param name="warehouse">The warehouse.</param>
/// <param name="options">Memory and time-outs.</param>
/// <param name="month">The month that it decides for.</param>
public sealed class WarehouseIndexes(FencedWarehouse warehouse, TuningOptions options, Partition month)
{
    readonly NpgsqlDataSource dataSource = warehouse.DataSource;

    /// <summary>Indexes of ours that stand.</summary>
    public async Task<IReadOnlyList<StandingIndex>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            select last.index_name, last.table_name, last.key_columns, last.included_columns, last.build_milliseconds, bytes.of_all::bigint, bytes.of_month::bigint
            from (select distinct on (index_name) * from sales.index_decision order by index_name, id desc) as last
            cross join lateral (
              select coalesce(sum(pg_relation_size(relid)), 0) as of_all, coalesce(sum(pg_relation_size(relid)) filter (where leaf.indrelid = to_regclass('sales.' || last.table_name || $1)), 0) as of_month
              from pg_partition_tree(to_regclass('sales.' || last.index_name)) left join pg_index as leaf on leaf.indexrelid = relid where isleaf) as bytes
            where last.decision = 'kept' and to_regclass('sales.' || last.index_name) is not null
            order by last.index_name
            """);
        command.Parameters.Add(new() { Value = $"_{month.Start:yyyy_MM}" });
        var standing = new List<StandingIndex>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var index = new IndexCandidate(reader.GetString(1), await reader.GetFieldValueAsync<string[]>(2, cancellationToken), await reader.GetFieldValueAsync<string[]>(3, cancellationToken));
            standing.Add(new(reader.GetString(0), index, reader.GetInt64(5), reader.GetInt64(6), reader.GetDouble(4), IsNew: false));
        }
        return standing;
    }

    /// <summary>Partition or partition's index → what it belongs to, by name.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ParentsAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            select child.relname, parent.relname from pg_inherits join pg_class as child on child.oid = inhrelid join pg_class as parent on parent.oid = inhparent
            where parent.relnamespace = 'sales'::regnamespace
            """);
        var parents = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) parents[reader.GetString(0)] = reader.GetString(1);
        return parents;
    }

    /// <summary>Bytes of the tables of the month and of the dimensions without indexes, and of all indexes on them.</summary>
    public async Task<(long Heap, long Indexes)> SizesAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            select coalesce(sum(pg_table_size(oid)), 0)::bigint, coalesce(sum(pg_indexes_size(oid)), 0)::bigint from pg_class
            where relnamespace = 'sales'::regnamespace and relispartition and relkind = 'r' and (right(relname, 8) = $1 or right(relname, 4) = '_all')
            """);
        command.Parameters.Add(new() { Value = $"_{month.Start:yyyy_MM}" });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>Builds indexes, several at a time; each stands with its record of it or not at all.</summary>
    public async Task BuildAsync(IReadOnlyList<IndexCandidate> indexes, long factRows, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Connections, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(indexes, parallel, async (index, cancelled) => await warehouse.WriteAsync(async (connection, token) =>
        {
            // Two builds on two cores: a second worker for each would only take the core from the other.
            var settings = $"set local maintenance_work_mem = '{options.IndexBuildMemory}'; set local lock_timeout = '{options.LockTimeout.TotalMilliseconds:f0}ms'"
                + (indexes.Count > 1 && options.Connections > 1 ? "; set local max_parallel_maintenance_workers = 0" : "");
            var started = Stopwatch.GetTimestamp();
            await ExecuteAsync(connection, $"{settings}; {index.Statement}", token);
            var decision = new IndexDecision(index, "kept", "Built; not measured yet.", 0, 0, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await RecordAsync(connection, decision, factRows, token);
        }, cancelled));
        warehouse.Attempt.Reached("tune.built");
    }

    /// <summary>Drops an index and records why.</summary>
    public Task DropAsync(IndexDecision decision, long factRows, CancellationToken cancellationToken) => warehouse.WriteAsync(async (connection, token) =>
    {
        await ExecuteAsync(connection, $"set local lock_timeout = '{options.LockTimeout.TotalMilliseconds:f0}ms'; drop index if exists sales.{decision.Index.Name}", token);
        await RecordAsync(connection, decision, factRows, token);
    }, cancellationToken);

    /// <summary>Records a decision about an index that stays as it is.</summary>
    public Task RecordAsync(IndexDecision decision, long factRows, CancellationToken cancellationToken) =>
        warehouse.WriteAsync((connection, token) => RecordAsync(connection, decision, factRows, token), cancellationToken);

    async Task RecordAsync(NpgsqlConnection connection, IndexDecision decision, long factRows, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into sales.index_decision
              (run_id, partition, index_name, table_name, key_columns, included_columns, decision, reason, gain_buffers, bytes, build_milliseconds, fact_rows)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            """, connection);
        object[] values =
        [
            warehouse.Attempt.RunId, month.ToString(), decision.Index.Name, decision.Index.Table, decision.Index.Keys.ToArray(), decision.Index.Included.ToArray(), decision.Decision, decision.Reason,
            decision.GainBuffers, decision.Bytes, decision.BuildMilliseconds, factRows,
        ];
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Names come from the fixed list of tables and from PostgreSQL's plans of our queries.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>An index of ours in the warehouse.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Index">What it is on.</param>
/// <param name="Bytes">Its size over all partitions.</param>
/// <param name="MonthBytes">Its size on the month.</param>
/// <param name="BuildMilliseconds">How long building it took.</param>
/// <param name="IsNew">Whether this run built it.</param>
public sealed record StandingIndex(string Name, IndexCandidate Index, long Bytes, long MonthBytes, double BuildMilliseconds, bool IsNew);

/// <summary>A decision about an index.</summary>
/// <param name="Index">The index.</param>
/// <param name="Decision"><c>kept</c>, <c>dropped</c> or <c>rejected</c>.</param>
/// <param name="Reason">Why, as a sentence.</param>
/// <param name="GainBuffers">Buffers that it saves in one pass of the workload.</param>
/// <param name="Bytes">Its size: measured where it was built, else reckoned.</param>
/// <param name="BuildMilliseconds">How long building it took; 0 where it was not built.</param>
public sealed record IndexDecision(IndexCandidate Index, string Decision, string Reason, long GainBuffers, long Bytes, double BuildMilliseconds);
