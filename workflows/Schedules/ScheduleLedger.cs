using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Schedules;

/// <summary>What is done to schedules and their ledger inside a transaction. Whoever changes a schedule or notes what is due holds its row.</summary>
sealed class ScheduleLedger(IOptions<SchedulesOptions> options)
{
    public const string Columns = """
        id, definition_id, cron, zone, mapping, catch_up, max_parallel, is_on, inputs, priority, version, next_due_at, created_at, changed_at, changed_by,
        rule_since, settled_until, trigger_activity
        """;

    public const string OccurrenceColumns = "schedule_id, due_at, partition, status, reason, is_manual, run_id, recorded_at";

    /// <summary>The time that counts.</summary>
    public static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.ReadAsync("select orchestrator.clock()", _ => { }, row => row.GetFieldValue<DateTimeOffset>(0), cancellationToken))[0];

    /// <summary>Takes a schedule until the transaction ends; <see langword="null"/> where there is none, or another transaction has it and <paramref name="mayWait"/> is false.</summary>
    public static async Task<Schedule?> HoldAsync(NpgsqlConnection connection, string id, bool mayWait, CancellationToken cancellationToken)
    {
        const string Select = $"select {Columns} from orchestrator.schedule where id = $1 and deleted_at is null for update";
        return (await connection.ReadAsync(mayWait ? Select : $"{Select} skip locked", parameters => parameters.With(id), Read, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Notes what has become due in the ledger.</summary>
    /// <returns>The schedule after that.</returns>
    public async Task<Schedule> SettleAsync(NpgsqlConnection connection, Schedule schedule, DateTimeOffset now, CancellationToken cancellationToken)
    {
        while (schedule.Plan.IsOn && schedule.NextDueAt is { } next && next <= now)
        {
            var rule = schedule.Plan.ReadRule();
            var due = DueTimes.Find(schedule.Plan, rule, schedule.SettledUntil, now, options.Value.OnTime);
            for (var i = 0; i < due.Due.Count; i++)
            {
                var time = due.Due[i];
                if (i == 0 && time.SkipReason is null && RuleChange.MayRepeat(schedule.Plan, rule, schedule.RuleSince, time)
                    && await IsCoveredAsync(connection, schedule.Id, time, cancellationToken))
                {
                    time = time with { SkipReason = $"{time.Partition} was due already before the schedule was changed." };
                }
                await AddAsync(connection, schedule.Id, time, now, cancellationToken);
            }
            schedule = schedule with { SettledUntil = due.SettledUntil, NextDueAt = due.NextDueAt };
            await connection.ExecuteAsync("update orchestrator.schedule set settled_until = $2, next_due_at = $3 where id = $1",
                parameters => parameters.With(schedule.Id).With(schedule.SettledUntil).With(schedule.NextDueAt), cancellationToken);
        }
        return schedule;
    }

    /// <summary>Whether the ledger has a due time of the same month that was not skipped.</summary>
    public static async Task<bool> IsCoveredAsync(NpgsqlConnection connection, string id, DueTime due, CancellationToken cancellationToken) =>
        (await connection.ReadAsync("select 1 from orchestrator.occurrence where schedule_id = $1 and partition = $2 and not is_manual and status <> 'Skipped' limit 1",
            parameters => parameters.With(id).With(due.Partition), row => row.GetInt32(0), cancellationToken)).Count > 0;

    /// <summary>Notes a due time, unless it is there.</summary>
    public static Task AddAsync(NpgsqlConnection connection, string id, DueTime due, DateTimeOffset now, CancellationToken cancellationToken) => connection.ExecuteAsync(
        $"""
        insert into orchestrator.occurrence ({OccurrenceColumns})
        values ($1, $2, $3, $4, $5, false, null, $6) on conflict do nothing
        """,
        parameters => parameters.With(id).With(due.At).With(due.Partition)
            .With((due.SkipReason is null ? OccurrenceStatus.Pending : OccurrenceStatus.Skipped).ToString()).With(due.SkipReason).With(now), cancellationToken);

    /// <summary>What <see cref="WriteAsync"/> does where a schedule of this name is or was there.</summary>
    public const string LeaveIt = "do nothing", ReplaceIt = Replace, ReplaceDeleted = $"{Replace} where schedule.deleted_at is not null";

    const string Replace = """
        do update set
          definition_id = excluded.definition_id, cron = excluded.cron, zone = excluded.zone, mapping = excluded.mapping, catch_up = excluded.catch_up,
          max_parallel = excluded.max_parallel, is_on = excluded.is_on, inputs = excluded.inputs, priority = excluded.priority,
          version = schedule.version + 1, next_due_at = excluded.next_due_at, created_at = excluded.created_at, changed_at = excluded.changed_at,
          changed_by = excluded.changed_by, rule_since = excluded.rule_since, settled_until = excluded.settled_until, trigger_activity = excluded.trigger_activity, deleted_at = null
        """;

    /// <summary>Writes what a person said of a schedule.</summary>
    /// <param name="onConflict">One of the constants above.</param>
    /// <returns>False where nothing was written, for the sake of the one that is there.</returns>
    public static async Task<bool> WriteAsync(NpgsqlConnection connection, Schedule schedule, string onConflict, CancellationToken cancellationToken)
    {
        var plan = schedule.Plan;
        return await connection.ExecuteAsync(
            $"""
            insert into orchestrator.schedule ({Columns})
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
            on conflict (id) {onConflict}
            """,
            parameters => parameters.With(schedule.Id).With(plan.DefinitionId).With(plan.Cron).With(plan.Zone).With(plan.Mapping.ToString())
                .With(plan.CatchUp.ToString()).With(plan.MaxParallel).With(plan.IsOn, NpgsqlDbType.Boolean).WithJson(InputJson.Write(plan.Inputs)).With(plan.Priority)
                .With(schedule.Version).With(schedule.NextDueAt).With(schedule.CreatedAt).With(schedule.ChangedAt).With(schedule.ChangedBy)
                .With(schedule.RuleSince).With(schedule.SettledUntil).With(plan.Trigger), cancellationToken) > 0;
    }

    public static Schedule Read(NpgsqlDataReader row) => new(
        row.GetString(0),
        new(row.GetString(1), row.GetString(2))
        {
            Zone = row.GetString(3), Mapping = Enum.Parse<PartitionMapping>(row.GetString(4)), CatchUp = Enum.Parse<CatchUp>(row.GetString(5)),
            MaxParallel = row.GetInt32(6), IsOn = row.GetBoolean(7), Inputs = InputJson.Read(row.GetString(8)), Priority = row.GetInt32(9), Trigger = row.GetOrDefault<string>(17),
        },
        row.GetInt32(10), row.GetMoment(11), row.GetFieldValue<DateTimeOffset>(12), row.GetFieldValue<DateTimeOffset>(13), row.GetOrDefault<string>(14),
        row.GetFieldValue<DateTimeOffset>(15), row.GetFieldValue<DateTimeOffset>(16));

    public static Occurrence ReadOccurrence(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), row.GetPartition(2), Enum.Parse<OccurrenceStatus>(row.GetString(3)), row.GetOrDefault<string>(4),
        row.GetBoolean(5), row.IsDBNull(6) ? null : row.GetGuid(6), row.GetFieldValue<DateTimeOffset>(7));
}

/// <summary>Input values as they are kept.</summary>
static class InputJson
{
    public static string Write(IReadOnlyDictionary<string, JsonElement> inputs) =>
        JsonSerializer.Serialize(inputs, ProjectionContext.Default.IReadOnlyDictionaryStringJsonElement);

    public static IReadOnlyDictionary<string, JsonElement> Read(string json) =>
        JsonSerializer.Deserialize(json, ProjectionContext.Default.IReadOnlyDictionaryStringJsonElement) ?? new Dictionary<string, JsonElement>();
}
