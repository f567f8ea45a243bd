using System.Globalization;
using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Warehouse;

/// <summary>
/// The staging tables of one load: <c>sales.staging_{load}_{table}</c>. They are dropped with it. Those of a load that died are taken over
/// by the next attempt of it, or dropped by the next load of anybody, whoever comes first.
/// </summary>
/// <param name="connection">Holds the lock that tells others that this load is alive; swaps happen on it too.</param>
/// <param name="load">Number of the load.</param>
public sealed class StagingArea(NpgsqlConnection connection, int load) : IAsyncDisposable
{
    // Upper half of the advisory locks that say which loads are alive. The spelling is "load" in ASCII.
    const int LockClass = 0x6c6f6164;

    /// <summary>The connection that holds the lock; not for use by two threads at once.</summary>
    public NpgsqlConnection Connection => connection;

    /// <summary>Number of the load.</summary>
    public int Load => load;

    /// <summary>Opens an area and drops what other dead loads left.</summary>
    /// <param name="earlier">The load to go on with where it is dead; <see langword="null"/> for a new one.</param>
    public static async Task<StagingArea> OpenAsync(FencedWarehouse warehouse, int? earlier, CancellationToken cancellationToken)
    {
        var connection = await warehouse.OpenAsync(cancellationToken);
        try
        {
            var load = earlier is { } dead && await TryLockAsync(connection, dead, cancellationToken)
                ? dead
                : await BeginAsync(connection, cancellationToken);
            var area = new StagingArea(connection, load);
            await area.DropLeftoversAsync(cancellationToken);
            return area;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Name of the staging table of a table.</summary>
    public string NameFor(WarehouseTable table) => string.Create(CultureInfo.InvariantCulture, $"staging_{load}_{table.Name}");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await DropAsync(load, CancellationToken.None);
            await UnlockAsync(load, CancellationToken.None);
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException)
        {
            // The connection is gone, and the lock with it, or a backup reads the tables: the next load drops them.
        }
        await connection.DisposeAsync();
    }

    static Task<bool> TryLockAsync(NpgsqlConnection connection, int load, CancellationToken cancellationToken) =>
        connection.Command("select pg_try_advisory_lock($1, $2)", LockClass, load).ScalarAsync<bool>(cancellationToken);

    static Task<int> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => connection.Command(
        """
        select load from (select (nextval('sales.load_id') % 2147483647)::int as load offset 0) as own, pg_advisory_lock($1, load)
        """, LockClass).ScalarAsync<int>(cancellationToken);

    async Task DropLeftoversAsync(CancellationToken cancellationToken)
    {
        var dead = await connection.Command(
            """
            select load from (
              select distinct substring(relname from '^staging_(\d+)_')::int as load from pg_class
              where relnamespace = 'sales'::regnamespace and relkind = 'r' and relname ~ '^staging_\d{1,9}_' offset 0) as left_over
            where load <> $2 and pg_try_advisory_lock($1, load)
            """, LockClass, load).ListAsync(row => row.Get<int>("load"), cancellationToken);
        foreach (var left in dead)
        {
            try
            {
                await DropAsync(left, cancellationToken);
            }
            catch (PostgresException busy)
                when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DependentObjectsStillExist)
            {
                // A backup reads them, or others put a view on one: this load need not wait for that.
            }
            await UnlockAsync(left, cancellationToken);
        }
    }

    async Task DropAsync(int owner, CancellationToken cancellationToken)
    {
        var drops = await connection.Command(
            """
            select 'set lock_timeout = ''5s''; ' || string_agg(format('drop table if exists sales.%I', relname), '; ')
              || '; reset lock_timeout'
            from pg_class
            where relnamespace = 'sales'::regnamespace and relkind = 'r' and starts_with(relname, $1)
            """, string.Create(CultureInfo.InvariantCulture, $"staging_{owner}_")).ScalarAsync<string>(cancellationToken);
        if (drops is not null) await connection.Command(drops).ExecuteAsync(cancellationToken);
    }

    Task<int> UnlockAsync(int owner, CancellationToken cancellationToken) =>
        connection.Command("select pg_advisory_unlock($1, $2)", LockClass, owner).ExecuteAsync(cancellationToken);
}
