using Npgsql;
using Orchestrator.Workflows.Storage;

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
    public static async Task<IReadOnlyList<CatalogIndex>> ReadAsync(
        NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        // The rows of the catalog are those of a snapshot, but the function looks at what is there now: it finds nothing, or fails, where
        // another run swaps the table or drops the index meanwhile. The lock keeps both from happening, and hinders nobody.
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.Command($"lock table sales.{table} in access share mode").ExecuteAsync(cancellationToken);
        var indexes = await connection.Command(
            """
            select index.relname as name, indisunique as is_unique, pg_get_constraintdef(pg_constraint.oid) as key, spcname,
              substr(pg_get_indexdef(indexrelid), 1 + length(format('CREATE %sINDEX %I ON %s%I.%I USING ',
                case when indisunique then 'UNIQUE ' end, index.relname, case when owner.relkind = 'p' then 'ONLY ' end, 'sales',
                  owner.relname))) as definition
            from pg_class as owner join pg_index on indrelid = owner.oid join pg_class as index on index.oid = indexrelid
            left join pg_tablespace on pg_tablespace.oid = index.reltablespace
            left join pg_constraint on conindid = indexrelid and conrelid = owner.oid and contype in ('p', 'u', 'x')
            where owner.relnamespace = 'sales'::regnamespace and owner.relname = $1 order by indexrelid
            """, table).ListAsync(row => new CatalogIndex(
                row.Get<string>("name"), row.Get<bool>("is_unique"), row.Get<string>("definition"),
                row.GetOrDefault<string>("key"), row.GetOrDefault<string>("spcname")), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return indexes;
    }
}
