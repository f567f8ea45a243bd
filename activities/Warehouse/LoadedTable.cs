using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Warehouse;

/// <summary>A partition that need not be loaded, because it is there.</summary>
/// <param name="Table">The table.</param>
/// <param name="Source">What was to be loaded.</param>
/// <param name="IsOfSource">Whether it was loaded from it; else from a newer one.</param>
/// <param name="IsOfRun">Whether an earlier attempt of this activity loaded it.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Total">Their money; <see langword="null"/> if the table has none.</param>
/// <param name="Bytes">Size in PostgreSQL without indexes, as it was loaded; 0 if an older version loaded it.</param>
public sealed record LoadedTable(WarehouseTable Table, Materialization Source, bool IsOfSource, bool IsOfRun, long Rows, decimal? Total,
    long Bytes)
{
    /// <summary>
    /// Finds a partition that need not be loaded. A dimension that is there in this materialization or a newer one is not; a month is not
    /// either where an earlier attempt of the same activity in the same run swapped it. Whoever starts another run loads it again.
    /// </summary>
    public static async Task<LoadedTable?> FindAsync(
        NpgsqlConnection connection, ActivityAttempt attempt, WarehouseTable table, Partition month, Materialization source,
        CancellationToken cancellationToken)
    {
        if (await TableLeaf.FindAsync(connection, table, month, cancellationToken) is null) return null;
        return await connection.Command(
            """
            select materialization_id, run_id = $4 and activity_id = $5 and attempt < $6 as is_of_run, rows, total,
              coalesce(bytes, 0) as bytes
            from sales.loaded
            where table_name = $1 and partition = $2
              and case when partition = 'all' then sequence >= $3 else materialization_id = $7 and run_id = $4 and activity_id = $5
                and attempt < $6 end
            """,
            table.Name, table.PartitionNameOf(month), source.Sequence, attempt.RunId, attempt.ActivityId, attempt.Attempt, source.Id)
            .FirstAsync(row => new LoadedTable(table, source, row.Get<Guid>("materialization_id") == source.Id, row.Get<bool>("is_of_run"),
                row.Get<long>("rows"), row.GetOrDefault<decimal?>("total"), row.Get<long>("bytes")), cancellationToken);
    }
}
