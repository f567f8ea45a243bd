using System.Text.Json;
using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Workers;

/// <summary>A signal that an activity waited for.</summary>
/// <param name="Number">Number of the execution.</param>
/// <param name="Payload">Payload of the event; <see langword="null"/> for none.</param>
readonly record struct RunSignal(int Number, JsonElement? Payload);

/// <summary>Waits of suspended runs, and the signals that have come for them.</summary>
public sealed class RunWaits(StoreDatabase store, StoreOutages outages)
{
    /// <summary>Reads the signals for a run, in order.</summary>
    internal Task<IReadOnlyList<RunSignal>> ReadAsync(Guid runId, CancellationToken cancellationToken) => StoreReading.ReadAsync(store, outages,
        "select number, payload from orchestrator.run_signal where run_id = $1 and kind = 'Resume' order by id",
        parameters => parameters.With(runId),
        row => new RunSignal(row.GetInt32(0), row.GetOrDefault<string>(1) is { } payload ? JsonElement.Parse(payload) : null), cancellationToken);

    /// <summary>Removes signals that a run no longer waits for.</summary>
    /// <param name="waiting">Numbers of the executions that still wait.</param>
    internal Task KeepAsync(Guid runId, IReadOnlyCollection<int> waiting, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("delete from orchestrator.wait where run_id = $1 and number <> all ($2)").With(runId).With(waiting.ToArray(), NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Integer);
        batch.Add("delete from orchestrator.run_signal where run_id = $1 and kind = 'Resume' and number <> all ($2)")
            .With(runId).With(waiting.ToArray(), NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Integer);
        await batch.ExecuteNonQueryAsync(token);
    }, cancellationToken);

    /// <summary>Lets workers claim the runs with a signal or a due time.</summary>
    /// <returns>When the next one is due; null if none waits for a time.</returns>
    internal async Task<DateTimeOffset?> WakeAsync(CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand("select orchestrator.wake_runs()");
        return await command.ExecuteScalarAsync(cancellationToken) is DateTime due ? new DateTimeOffset(due, TimeSpan.Zero) : null;
    }

    /// <summary>Delivers an event to the runs that wait for it.</summary>
    /// <param name="correlationId">Only to runs with this one; null for all.</param>
    /// <param name="runId">Only to this run; null for all.</param>
    /// <returns>The runs that continue, one for each activity that waited.</returns>
    internal Task<IReadOnlyList<Guid>> TellAsync(string eventName, string? correlationId, Guid? runId, JsonElement? payload, CancellationToken cancellationToken) =>
        StoreReading.ReadAsync(store, outages,
            """
            with told as (
              delete from orchestrator.wait using orchestrator.run
              where wait.event_name = $1 and run.id = wait.run_id and run.finished_at is null
                and ($2 is null or run.correlation_id = $2) and ($3 is null or run.id = $3)
              returning wait.run_id, wait.number)
            insert into orchestrator.run_signal (run_id, kind, number, payload) select run_id, 'Resume', number, $4 from told order by run_id, number
            returning run_id
            """,
            parameters => parameters.With(eventName).With(correlationId).With(runId, NpgsqlTypes.NpgsqlDbType.Uuid).With(payload?.GetRawText(), NpgsqlTypes.NpgsqlDbType.Json),
            row => row.GetGuid(0), cancellationToken);
}
