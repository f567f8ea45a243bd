using Npgsql;

namespace Orchestrator.Activities.Warehouse;

/// <summary>A partition that need not be loaded, because it is there.</summary>
/// <param name="Table">The table.</param>
/// <param name="Source">What was to be loaded.</param>
/// <param name="IsOfSource">Whether it was loaded from it; else from a newer one.</param>
/// <param name="IsOfRun">Whether an earlier attempt of this activity loaded it.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Total">Their money; <see langword="null"/> where the table has none.</param>
/// <param name="Bytes">Size in PostgreSQL without indexes, as it was loaded; 0 if an older version loaded it.</param>
public sealed record LoadedTable(WarehouseTable Table, Materialization Source, bool IsOfSource, bool IsOfRun, long Rows, decimal? Total, long Bytes)
{
    /// <summary>
    /// Looks whether a partition need not be loaded. A dimension that is there in this materialization or a newer one is not; a month is
    /// not either where an earlier attempt of the same activity in the same run swapped it. Whoever starts another run loads it again.
    /// </summary>
    public static async Task<LoadedTable?> FindAsync(
        NpgsqlConnection connection, ActivityAttempt attempt, WarehouseTable table, Partition month, Materialization source, CancellationToken cancellationToken)
    {
        if (await TableLeaf.FindAsync(connection, table, month, cancellationToken) is null) return null;
        await using var command = new NpgsqlCommand(
            """
            select materialization_id, run_id = $4 and activity_id = $5 and attempt < $6, rows, total, coalesce(bytes, 0)
            from sales.loaded
            where table_name = $1 and partition = $2
              and case when partition = 'all' then sequence >= $3 else materialization_id = $7 and run_id = $4 and activity_id = $5
                and attempt < $6 end
            """, connection);
        object[] values =
        [
            table.Name, table.PartitionNameOf(month), source.Sequence, attempt.RunId, attempt.ActivityId, attempt.Attempt, source.Id,
        ];
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken)) return null;
        var total = await row.IsDBNullAsync(3, cancellationToken) ? default(decimal?) : row.GetDecimal(3);
        return new(table, source, row.GetGuid(0) == source.Id, row.GetBoolean(1), row.GetInt64(2), total, row.GetInt64(4));
    }
}
