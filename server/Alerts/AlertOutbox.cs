using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Alerts;

/// <summary>Store of alerts until they are delivered, whichever process dies meanwhile. All times are the database's.</summary>
sealed class AlertOutbox(StoreDatabase store)
{
    const int Together = 20;

    /// <summary>Claims the alerts that are due; if the claiming process dies, others get them after <paramref name="hold"/>.</summary>
    /// <param name="within">Longest age; older alerts are dropped.</param>
    public async Task<IReadOnlyList<Alert>> TakeAsync(TimeSpan hold, TimeSpan within, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand("""
            update orchestrator.alert
            set attempts = attempts + 1, next_attempt_at = case when created_at > now() - $3 then now() + $2 end,
                last_error = case when created_at > now() - $3 then last_error else 'Nobody was there to tell it in time.' end
            from (
              select id from orchestrator.alert where next_attempt_at <= now() order by next_attempt_at limit $1 for update skip locked) as due
            where alert.id = due.id
            returning alert.id, event, run_id, previous_run_id, schedule_id, due_at, created_at, attempts, next_attempt_at is not null
            """);
        command.Parameters.Add(new() { Value = Together });
        command.Parameters.Add(new() { Value = hold });
        command.Parameters.Add(new() { Value = within });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var taken = new List<Alert>();
        while (await row.ReadAsync(cancellationToken)) if (row.GetBoolean(8)) taken.Add(Read(row));
        return taken;
    }

    /// <summary>Records that an alert was delivered.</summary>
    public Task DeliveredAsync(Alert alert, CancellationToken cancellationToken) => ExecuteAsync(
        "update orchestrator.alert set delivered_at = now(), next_attempt_at = null, last_error = null where id = $1 and attempts = $2",
        cancellationToken, alert.Id, alert.Attempt);

    /// <summary>Records that an attempt to deliver an alert failed.</summary>
    /// <param name="delay">Delay until the next attempt; <see langword="null"/> to drop the alert.</param>
    public Task FailedAsync(Alert alert, string error, TimeSpan? delay, CancellationToken cancellationToken) => ExecuteAsync(
        "update orchestrator.alert set next_attempt_at = now() + $3, last_error = $4 where id = $1 and attempts = $2",
        cancellationToken, alert.Id, alert.Attempt, new NpgsqlParameter { Value = (object?)delay ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Interval }, error);

    /// <summary>Records alerts for due times whose run has not started, or not ended, in time; each once.</summary>
    /// <param name="within">Longest age of a due time; older ones are ignored.</param>
    public Task NoteLateAsync(TimeSpan notStartedAfter, TimeSpan notFinishedAfter, TimeSpan within, CancellationToken cancellationToken) => ExecuteAsync(
        """
        insert into orchestrator.alert (event, subject, run_id, schedule_id, due_at)
        select 'run.late', schedule_id || ' ' || extract(epoch from due_at) || case when started_at is null then ' start' else ' end' end, run_id, schedule_id, due_at
        from orchestrator.occurrence left join orchestrator.run on run.id = run_id
        where occurrence.status in ('Pending', 'Started') and not is_manual and due_at > orchestrator.clock() - $3 and finished_at is null
          and (due_at < orchestrator.clock() - $2 or (started_at is null and due_at < orchestrator.clock() - $1))
        on conflict do nothing
        """, cancellationToken, notStartedAfter, notFinishedAfter, within);

    /// <summary>Deletes alerts that were delivered or dropped long ago.</summary>
    public Task ForgetAsync(TimeSpan age, CancellationToken cancellationToken) =>
        ExecuteAsync("delete from orchestrator.alert where created_at < now() - $1", cancellationToken, age);

    async Task ExecuteAsync(string constant, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = store.DataSource.CreateCommand(constant);
        foreach (var value in values) command.Parameters.Add(value as NpgsqlParameter ?? new() { Value = value });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    static Alert Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetGuid(2), row.IsDBNull(3) ? null : row.GetGuid(3), row.IsDBNull(4) ? null : row.GetString(4),
        row.IsDBNull(5) ? null : row.GetFieldValue<DateTimeOffset>(5), row.GetFieldValue<DateTimeOffset>(6), row.GetInt32(7));
}
