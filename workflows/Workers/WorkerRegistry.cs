using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Workers;

/// <summary>A process that drives runs.</summary>
/// <param name="Name">Its name in leases.</param>
/// <param name="Host">The machine.</param>
/// <param name="ProcessId">The process on it.</param>
/// <param name="Roles">Roles of the process: <c>api</c>, <c>scheduler</c>, <c>worker</c>.</param>
/// <param name="Slots">Largest number of runs that it drives at once.</param>
/// <param name="Runs">Number of runs that it drives now.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="SeenAt">Time of its last heartbeat.</param>
/// <param name="IsGone">Whether its last heartbeat is older than a lease: it died, or cannot reach the store.</param>
public sealed record WorkerEntry(
    string Name, string Host, int ProcessId, IReadOnlyList<string> Roles, int Slots, int Runs, DateTimeOffset StartedAt, DateTimeOffset SeenAt, bool IsGone);

/// <summary>The workers of the platform. Those that vanished stay visible for an hour.</summary>
public sealed class WorkerRegistry(StoreDatabase store, StoreOutages outages, IOptions<RunOptions> options)
{
    static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    /// <summary>Interval of a worker's heartbeats.</summary>
    internal TimeSpan Interval => options.Value.Lease / 3;

    /// <summary>All workers, by name.</summary>
    public Task<IReadOnlyList<WorkerEntry>> ListAsync(CancellationToken cancellationToken) => StoreReading.ReadAsync(store, outages,
        """
        select name, host, process_id, roles, slots,
          (select count(*)::integer from orchestrator.run where lease_owner = worker.name and lease_expires_at >= now()), started_at, seen_at, seen_at < now() - $1
        from orchestrator.worker order by name
        """,
        parameters => parameters.With(options.Value.Lease),
        row => new WorkerEntry(row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetFieldValue<string[]>(3), row.GetInt32(4), row.GetInt32(5),
            row.GetFieldValue<DateTimeOffset>(6), row.GetFieldValue<DateTimeOffset>(7), row.GetBoolean(8)), cancellationToken);

    /// <summary>Records the heartbeat of a worker, and removes workers that vanished long ago.</summary>
    internal async Task SeeAsync(string name, IReadOnlyCollection<string> roles, int slots, CancellationToken cancellationToken)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("select set_config('synchronous_commit', 'off', true)");
        batch.Add("""
            insert into orchestrator.worker (name, host, process_id, roles, slots) values ($1, $2, $3, $4, $5)
            on conflict (name) do update set seen_at = now(), roles = excluded.roles, slots = excluded.slots
            """).With(name).With(Environment.MachineName).With(Environment.ProcessId).With([.. roles]).With(slots);
        batch.Add("delete from orchestrator.worker where seen_at < now() - $1").With(Remembered);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Removes a worker that ends.</summary>
    internal async Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand("delete from orchestrator.worker where name = $1");
        command.Parameters.With(name);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
