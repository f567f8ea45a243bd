using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Warehouse;

/// <summary>Takes a month out of the warehouse.</summary>
static class WarehouseMonth
{
    /// <summary>Removes a month from tables, and all rows from dimensions among them, in one transaction; does nothing where nothing is
    /// loaded.</summary>
    /// <exception cref="ActivityFailedException"><c>load.foreign_key</c>, <c>load.table_locked</c> and the like: others hold the rows.
    /// Nothing was changed.</exception>
    public static async Task RemoveAsync(
        FencedWarehouse warehouse, IReadOnlyList<WarehouseTable> tables, Partition month, CancellationToken cancellationToken)
    {
        if (tables.Count == 0) return;
        try
        {
            await warehouse.WriteAsync(async (connection, token) =>
            {
                await connection.ExecuteAsync("set local lock_timeout = '30s'; set local row_security = off", token);
                foreach (var table in WarehouseTable.All.Where(tables.Contains).Reverse())
                    await RemoveAsync(connection, table, month, token);
            }, cancellationToken);
        }
        catch (PostgresException error) when (WarehouseFault.IsKnown(error))
        {
            throw WarehouseFault.Explain(error, "load");
        }
    }

    static async Task RemoveAsync(NpgsqlConnection connection, WarehouseTable table, Partition month, CancellationToken cancellationToken)
    {
        await connection.LongCommand("delete from sales.loaded where table_name = $1 and partition = $2",
            table.Name, table.PartitionNameOf(month)).ExecuteAsync(cancellationToken);
        if (table == WarehouseTable.Fact)
            await connection.LongCommand("delete from sales.query_baseline where partition = $1", month.ToString())
                .ExecuteAsync(cancellationToken);
        if (await TableLeaf.FindAsync(connection, table, month, cancellationToken) is not { } leaf) return;
        await connection.ExecuteAsync("savepoint whole", cancellationToken);
        try
        {
            await connection.ExecuteAsync($"drop table {leaf.Name}", cancellationToken);
        }
        catch (PostgresException held) when (held.SqlState is PostgresErrorCodes.DependentObjectsStillExist)
        {
            // Views and keys of others stay, and find no rows.
            await connection.ExecuteAsync($"rollback to savepoint whole; delete from {leaf.Name}", cancellationToken);
        }
    }
}
