using Npgsql;

namespace Orchestrator.Activities.Warehouse;

/// <summary>An index as PostgreSQL's catalog has it.</summary>
/// <param name="Name">Its name in the schema <c>sales</c>.</param>
/// <param name="IsUnique">Whether it allows no doubles.</param>
/// <param name="Definition">Method, columns and what follows them, as PostgreSQL writes them: <c>btree (customer_key)</c>.</param>
/// <param name="Constraint">The constraint that it keeps, such as <c>PRIMARY KEY (store_key)</c>; <see langword="null"/> if none.</param>
/// <param name="TableSpace">Where it lies; <see langword="null"/> for the default.</param>
sealed record CatalogIndex(string Name, bool IsUnique, string Definition, string? Constraint, string? TableSpace)
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
            select index.relname, indisunique, pg_get_constraintdef(pg_constraint.oid), spcname,
              substr(pg_get_indexdef(indexrelid), 1 + length(format('CREATE %sINDEX %I ON %s%I.%I USING ',
                case when indisunique then 'UNIQUE ' end, index.relname, case when owner.relkind = 'p' then 'ONLY ' end, 'sales',
                  owner.relname)))
            from pg_class as owner join pg_index on indrelid = owner.oid join pg_class as index on index.oid = indexrelid
            left join pg_tablespace on pg_tablespace.oid = index.reltablespace
            left join pg_constraint on conindid = indexrelid and conrelid = owner.oid and contype in ('p', 'u', 'x')
            where owner.relnamespace = 'sales'::regnamespace and owner.relname = $1 order by indexrelid
            """, connection);
        command.Parameters.Add(new() { Value = table });
        var indexes = new List<CatalogIndex>();
        await using (var row = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await row.ReadAsync(cancellationToken))
                indexes.Add(new(row.GetString(0), row.GetBoolean(1), row.GetString(4), await TextAsync(row, 2), await TextAsync(row, 3)));
        }
        await transaction.CommitAsync(cancellationToken);
        return indexes;

        async Task<string?> TextAsync(NpgsqlDataReader row, int column) => await row.IsDBNullAsync(column, cancellationToken) ? null
            : row.GetString(column);
    }
}
