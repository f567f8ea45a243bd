using Npgsql;

namespace Orchestrator.Activities.Warehouse;

/// <summary>An index as PostgreSQL's catalog has it.</summary>
/// <param name="Name">Its name in the schema <c>sales</c>.</param>
/// <param name="IsPrimary">Whether it is that of the primary key.</param>
/// <param name="IsUnique">Whether it allows no doubles.</param>
/// <param name="Definition">Method and columns, as PostgreSQL writes them: <c>btree (customer_key)</c>.</param>
sealed record CatalogIndex(string Name, bool IsPrimary, bool IsUnique, string Definition)
{
    /// <summary>Indexes of a table of the schema <c>sales</c>, the oldest first.</summary>
    /// <param name="connection">A session without a transaction.</param>
    public static async Task<IReadOnlyList<CatalogIndex>> ReadAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        // The rows of the catalog are those of a snapshot, but the function looks at what is there now: it finds nothing, or fails, where another run
        // swaps the table or drops the index meanwhile. The lock keeps both from happening, and is no hindrance to those who read or write.
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
#pragma warning disable CA2100 // The name comes from the fixed list of tables, or is that of a staging table.
        await using (var locking = new NpgsqlCommand($"lock table sales.{table} in access share mode", connection)) await locking.ExecuteNonQueryAsync(cancellationToken);
#pragma warning restore CA2100
        await using var command = new NpgsqlCommand(
            """
            select index.relname, indisprimary, indisunique, regexp_replace(pg_get_indexdef(indexrelid), '^.*? USING ', '')
            from pg_index join pg_class as index on index.oid = indexrelid where indrelid = ('sales.' || $1)::regclass order by indexrelid
            """, connection);
        command.Parameters.Add(new() { Value = table });
        var indexes = new List<CatalogIndex>();
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
            while (await row.ReadAsync(cancellationToken)) indexes.Add(new(row.GetString(0), row.GetBoolean(1), row.GetBoolean(2), row.GetString(3)));
        await transaction.CommitAsync(cancellationToken);
        return indexes;
    }
}
