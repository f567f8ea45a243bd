using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Workers;

/// <summary>Shows and sets the limits of pools.</summary>
public sealed class PoolStore(StoreDatabase store, StoreOutages outages)
{
    // The number of waiting runs has no limit: the first ones are enough.
    const int MostWaiting = 100;

    /// <summary>Lists all pools by name, with the holders of slots and those that wait.</summary>
    public async Task<IReadOnlyList<Pool>> ListAsync(CancellationToken cancellationToken)
    {
        var uses = await StoreReading.ReadAsync(store, outages, SelectUses, parameters => parameters.With(MostWaiting), ReadUse, cancellationToken);
        var byPool = uses.ToLookup(use => (use.Pool, use.IsHeld), use => use.Use);
        return await StoreReading.ReadAsync(store, outages, "select name, slots, version from orchestrator.pool order by name", parameters => parameters,
            row => new Pool(row.GetString(0), row.GetOrDefault<int?>(1), row.GetInt64(2), [.. byPool[(row.GetString(0), true)]], [.. byPool[(row.GetString(0), false)]]),
            cancellationToken);
    }

    /// <summary>A pool; <see langword="null"/> if there is none of this name.</summary>
    public async Task<Pool?> FindAsync(string name, CancellationToken cancellationToken) => (await ListAsync(cancellationToken)).FirstOrDefault(pool => pool.Name == name);

    /// <summary>
    /// Sets a limit, which applies at once. Lowering it ends nothing that executes: new attempts wait until enough have ended.
    /// </summary>
    /// <param name="name">The pool; it is made if there is none.</param>
    /// <param name="slots">Number of slots, at least 1; <see langword="null"/> for no limit.</param>
    /// <param name="expectedVersion">The version that the change was made from, 0 for a pool that does not exist yet;
    /// <see langword="null"/> for any version.</param>
    /// <returns>The new version; <see langword="null"/> if the pool was changed since the expected version.</returns>
    public async Task<long?> SetAsync(string name, int? slots, long? expectedVersion, CancellationToken cancellationToken)
    {
        if (!Pool.IsName(name)) throw new ArgumentException($"'{name}' is no name of a pool. Use up to 100 letters, digits and ._:- and begin with a letter or digit.", nameof(name));
        if (slots is < 1) throw new ArgumentOutOfRangeException(nameof(slots), slots, "A pool has at least 1 slot, or null for any number.");
        return await outages.RideOutAsync(async token =>
        {
            await using var command = store.DataSource.CreateCommand("""
                insert into orchestrator.pool (name, slots) select $1, $2 where $3 is null or $3 = 0 or exists (select 1 from orchestrator.pool where name = $1)
                on conflict (name) do update set slots = excluded.slots, version = pool.version + 1 where $3 is null or pool.version = $3
                returning version
                """);
            command.Parameters.With(name).With(slots, NpgsqlDbType.Integer).With(expectedVersion, NpgsqlDbType.Bigint);
            return (long?)await command.ExecuteScalarAsync(token);
        }, cancellationToken);
    }

    static (string Pool, bool IsHeld, PoolUse Use) ReadUse(NpgsqlDataReader row) => (row.GetString(0), row.GetBoolean(1),
        new(row.GetGuid(2), row.GetString(3), row.GetPartition(4), row.GetOrDefault<string>(5), row.GetInt32(6), row.GetFieldValue<DateTimeOffset>(7)));

    const string SelectUses = """
        (select slot.pool, slot.granted_at is not null, slot.run_id, run.definition_id, run.partition, slot.activity_id, slot.priority, coalesce(slot.granted_at, slot.asked_at)
         from orchestrator.pool_slot as slot join orchestrator.run on run.id = slot.run_id
         where orchestrator.is_taken(slot) order by slot.priority desc, slot.created_at, slot.run_id, slot.number)
        union all
        (select pool.name, true, run.id, run.definition_id, run.partition, null, run.priority, coalesce(run.started_at, run.created_at)
         from orchestrator.pool join orchestrator.run on pool.name in ('runs', 'runs:' || run.definition_id)
         where run.lease_owner is not null and run.lease_expires_at >= now() order by run.priority desc, run.created_at, run.id)
        union all
        (select orchestrator.full_pool(run.definition_id), false, run.id, run.definition_id, run.partition, null, run.priority, run.created_at
         from orchestrator.run where is_ready and orchestrator.full_pool(run.definition_id) is not null
         order by run.priority desc, run.created_at, run.id limit $1)
        """;
}
