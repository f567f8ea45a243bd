using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Schedules;

/// <summary>
/// Changes of schedules and their ledger inside a transaction. Callers that change a schedule or note due times hold the lock on its row.
/// </summary>
public sealed class ScheduleLedger(IOptions<SchedulesOptions> options)
{
    internal const string Columns = """
        id, definition_id, cron, zone, mapping, catch_up, max_parallel, is_on, inputs, priority, version, next_due_at, created_at, changed_at, changed_by,
        rule_since, settled_until, trigger_activity
        """;

    /// <summary>Largest number of due times that are recorded before a schedule is changed.</summary>
    internal const int MostBeforeChange = 10 * DueTimes.MostAtOnce;

    internal const string OccurrenceColumns = "schedule_id, due_at, partition, status, reason, is_manual, run_id, recorded_at";

    /// <summary>Reads the time of the database, which decides.</summary>
    internal static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.ReadAsync("select orchestrator.clock()", _ => { }, row => row.GetFieldValue<DateTimeOffset>(0), cancellationToken))[0];

    /// <summary>
    /// Takes a schedule until the transaction ends; <see langword="null"/> if there is none, or another transaction has it and
    /// <paramref name="mayWait"/> is false.
    /// </summary>
    internal static async Task<Schedule?> HoldAsync(NpgsqlConnection connection, string id, bool mayWait, CancellationToken cancellationToken)
    {
        const string Select = $"select {Columns} from orchestrator.schedule where id = $1 and deleted_at is null for update";
        return (await connection.ReadAsync(mayWait ? Select : $"{Select} skip locked", parameters => parameters.With(id), Read, cancellationToken)).SingleOrDefault();
    }

    /// <summary>
    /// Records due times in the ledger, at most <see cref="DueTimes.MostAtOnce"/>. The rest follows in the next tick, which the change of
    /// the next due time triggers.
    /// </summary>
    /// <returns>The schedule after the change.</returns>
    internal async Task<Schedule> SettleAsync(NpgsqlConnection connection, Schedule schedule, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!IsBehind(schedule, now)) return schedule;
        var rule = schedule.Plan.ReadRule();
        var due = DueTimes.Find(schedule.Plan, rule, schedule.SettledUntil, now, options.Value.OnTime);
        var times = due.Due.ToArray();
        if (times is [{ SkipReason: null } first, ..] && RuleChange.MayRepeat(schedule.Plan, rule, schedule.RuleSince, first)
            && await IsCoveredAsync(connection, schedule.Id, first, cancellationToken))
        {
            times[0] = first with { SkipReason = $"{first.Partition} was due already before the schedule was changed." };
        }
        await AddAsync(connection, schedule.Id, times, now, cancellationToken);
        return await MoveOnAsync(connection, schedule with { SettledUntil = due.SettledUntil, NextDueAt = due.NextDueAt }, cancellationToken);
    }

    /// <summary>
    /// Records all due times before the schedule is changed. Beyond <see cref="MostBeforeChange"/> due times the rest is left out, and one
    /// line of the ledger records that. A schedule whose rule cannot be read stays as it is.
    /// </summary>
    /// <returns>The schedule after the change.</returns>
    internal async Task<Schedule> SettleAllAsync(NpgsqlConnection connection, Schedule schedule, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!IsBehind(schedule, now) || schedule.Plan.TryReadRule() is not { } rule) return schedule;
        for (var noted = 0; noted < MostBeforeChange && IsBehind(schedule, now); noted += DueTimes.MostAtOnce)
            schedule = await SettleAsync(connection, schedule, now, cancellationToken);
        if (!IsBehind(schedule, now) || rule.Previous(now.AddTicks(1)) is not { } last) return schedule;
        var reason = $"It and all others since {schedule.NextDueAt!.Value.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z were left out: more than {MostBeforeChange} were due when the schedule was changed.";
        await AddAsync(connection, schedule.Id, [new(last, schedule.Plan.Mapping.Of(rule, last), reason)], now, cancellationToken);
        return await MoveOnAsync(connection, schedule with { SettledUntil = last, NextDueAt = rule.Next(last) }, cancellationToken);
    }

    static bool IsBehind(Schedule schedule, DateTimeOffset now) => schedule.Plan.IsOn && schedule.NextDueAt <= now;

    static async Task<Schedule> MoveOnAsync(NpgsqlConnection connection, Schedule schedule, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("update orchestrator.schedule set settled_until = $2, next_due_at = $3 where id = $1",
            parameters => parameters.With(schedule.Id).With(schedule.SettledUntil).With(schedule.NextDueAt), cancellationToken);
        return schedule;
    }

    /// <summary>Whether the ledger has a due time of the same month that was not skipped.</summary>
    internal static async Task<bool> IsCoveredAsync(NpgsqlConnection connection, string id, DueTime due, CancellationToken cancellationToken) =>
        (await connection.ReadAsync("select 1 from orchestrator.occurrence where schedule_id = $1 and partition = $2 and not is_manual and status <> 'Skipped' limit 1",
            parameters => parameters.With(id).With(due.Partition), row => row.GetInt32(0), cancellationToken)).Count > 0;

    /// <summary>Records due times that are not in the ledger yet.</summary>
    internal static Task AddAsync(NpgsqlConnection connection, string id, IReadOnlyList<DueTime> due, DateTimeOffset now, CancellationToken cancellationToken) => connection.ExecuteAsync(
        $"""
        insert into orchestrator.occurrence ({OccurrenceColumns})
        select $1, at, month, case when reason is null then 'Pending' else 'Skipped' end, reason, false, null, $5
        from unnest($2, $3, $4) as due (at, month, reason)
        on conflict do nothing
        """,
        parameters => parameters.With(id).With(due.Select(time => time.At.UtcDateTime).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz)
            .With(due.Select(time => time.Partition?.Start).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Date)
            .With(due.Select(time => time.SkipReason).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text).With(now), cancellationToken);

    /// <summary>Records the reason why a schedule does not run as it should; <see langword="null"/> if it does.</summary>
    /// <returns>Whether the reason is new.</returns>
    internal static async Task<bool> NoteFailureAsync(NpgsqlConnection connection, string id, string? failure, CancellationToken cancellationToken) => await connection.ExecuteAsync(
        """
        update orchestrator.schedule set failure = $2, failing_since = case when $2 is null then null else coalesce(failing_since, orchestrator.clock()) end
        where id = $1 and failure is distinct from $2
        """,
        parameters => parameters.With(id).With(failure), cancellationToken) > 0;

    /// <summary>Conflict clauses of <see cref="WriteAsync"/> for a name that a schedule has or had.</summary>
    internal const string LeaveIt = "do nothing", ReplaceIt = Replace, ReplaceDeleted = $"{Replace} where schedule.deleted_at is not null";

    const string Replace = """
        do update set
          definition_id = excluded.definition_id, cron = excluded.cron, zone = excluded.zone, mapping = excluded.mapping, catch_up = excluded.catch_up,
          max_parallel = excluded.max_parallel, is_on = excluded.is_on, inputs = excluded.inputs, priority = excluded.priority,
          version = schedule.version + 1, next_due_at = excluded.next_due_at, created_at = excluded.created_at, changed_at = excluded.changed_at,
          changed_by = excluded.changed_by, rule_since = excluded.rule_since, settled_until = excluded.settled_until, trigger_activity = excluded.trigger_activity, deleted_at = null,
          failure = null, failing_since = null
        """;

    /// <summary>Writes the plan that a person gave for a schedule.</summary>
    /// <param name="onConflict">One of the constants above.</param>
    /// <returns>False if nothing was written because a schedule of that name exists.</returns>
    internal static async Task<bool> WriteAsync(NpgsqlConnection connection, Schedule schedule, string onConflict, CancellationToken cancellationToken)
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

    internal static Schedule Read(NpgsqlDataReader row) => new(
        row.GetString(0),
        new(row.GetString(1), row.GetString(2))
        {
            Zone = row.GetString(3), Mapping = Enum.Parse<PartitionMapping>(row.GetString(4)), CatchUp = Enum.Parse<CatchUp>(row.GetString(5)),
            MaxParallel = row.GetInt32(6), IsOn = row.GetBoolean(7), Inputs = InputJson.Read(row.GetString(8)), Priority = row.GetInt32(9), Trigger = row.GetOrDefault<string>(17),
        },
        row.GetInt32(10), row.GetMoment(11), row.GetFieldValue<DateTimeOffset>(12), row.GetFieldValue<DateTimeOffset>(13), row.GetOrDefault<string>(14),
        row.GetFieldValue<DateTimeOffset>(15), row.GetFieldValue<DateTimeOffset>(16));

    internal static Occurrence ReadOccurrence(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), row.GetPartition(2), Enum.Parse<OccurrenceStatus>(row.GetString(3)), row.GetOrDefault<string>(4),
        row.GetBoolean(5), row.IsDBNull(6) ? null : row.GetGuid(6), row.GetFieldValue<DateTimeOffset>(7));
}

/// <summary>Serializes input values for the store.</summary>
static class InputJson
{
    public static string Write(IReadOnlyDictionary<string, JsonElement> inputs) =>
        JsonSerializer.Serialize(inputs, ProjectionContext.Default.IReadOnlyDictionaryStringJsonElement);

    public static IReadOnlyDictionary<string, JsonElement> Read(string json) =>
        JsonSerializer.Deserialize(json, ProjectionContext.Default.IReadOnlyDictionaryStringJsonElement) ?? new Dictionary<string, JsonElement>();
}
