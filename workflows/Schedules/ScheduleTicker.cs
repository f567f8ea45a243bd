using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Schedules;

/// <summary>
/// Records due times and starts their runs. Any number of nodes do so at any time: the holder of a schedule's row lock proceeds, and the
/// others find the work done. A due time and its run are one commit.
/// </summary>
public sealed partial class ScheduleTicker(
    StoreDatabase store, StoreOutages outages, ScheduleLedger ledger, RunStore runs, FindDefinition find, PartitionRange months,
    CrashPoint crash, TimeProvider clock, ILogger<ScheduleTicker> log)
{
    /// <summary>Records all due times until now and starts their runs.</summary>
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        var due = await StoreReading.ReadAsync(store, outages,
            """
            select id from orchestrator.schedule where next_due_at <= orchestrator.clock()
            union
            select schedule_id from orchestrator.occurrence where status = 'Pending'
            order by 1
            """,
            parameters => parameters, row => row.GetString(0), cancellationToken);
        foreach (var id in due)
        {
            try
            {
                await store.InTransactionAsync(outages, async (connection, token) => await TickAsync(connection, id, token), cancellationToken);
                crash.At("schedule.committed");
            }
#pragma warning disable CA1031 // A faulty schedule must not keep the others from running; it is tried again in the next tick.
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                await NoteFailureAsync(id, error, cancellationToken);
            }
        }
    }

    /// <summary>Records at a schedule why it cannot be processed; the first time in the log too.</summary>
    async Task NoteFailureAsync(string id, Exception error, CancellationToken cancellationToken)
    {
        var isNews = true;
        // The schedule is not the cause if the store is unavailable.
        if (error is not NpgsqlException fault || !StoreOutages.IsOutage(fault))
        {
            var reason = error is SchedulingException ? error.Message : $"The scheduler could not process it: {error.Message}";
            try
            {
                isNews = await store.InTransactionAsync(outages, (connection, token) => ScheduleLedger.NoteFailureAsync(connection, id, reason, token), cancellationToken);
            }
            catch (NpgsqlException unavailable)
            {
                TickFailed(unavailable, id);
            }
        }
        if (isNews) TickFailed(error, id);
    }

    /// <summary>Returns the time until the next due time, by the database's clock; <see langword="null"/> if there is none.</summary>
    public async Task<TimeSpan?> UntilNextAsync(CancellationToken cancellationToken) => (await StoreReading.ReadAsync(
        store, outages, // Past due times trigger a tick by themselves; one that cannot be settled must not delay the alarm for the others.
        "select min(next_due_at) - orchestrator.clock() from orchestrator.schedule where next_due_at > orchestrator.clock()",
        parameters => parameters, row => row.IsDBNull(0) ? null : (TimeSpan?)row.GetTimeSpan(0), cancellationToken))[0];

    /// <summary>
    /// Runs a schedule now, whether it is switched on or not. If it has as many runs as it may have, this one waits for its turn.
    /// </summary>
    /// <param name="runId">Identity of its run, chosen by the caller: asking twice with the same one gives one run.</param>
    /// <param name="partition">The month; <see langword="null"/> for that of a due time now.</param>
    /// <param name="by">Person who requests it, such as <c>person ada</c>.</param>
    /// <exception cref="SchedulingException"><c>schedule.unknown</c>.</exception>
    /// <exception cref="RunAlreadyActiveException">Another run has the month.</exception>
    /// <exception cref="PartitionOutOfRangeException">No run may work on the month.</exception>
    public async Task<Occurrence> RunNowAsync(string id, Guid runId, Partition? partition, string? by, CancellationToken cancellationToken)
    {
        try
        {
            return await store.InTransactionAsync(outages, async (connection, token) =>
            {
                var schedule = await ScheduleLedger.HoldAsync(connection, id, mayWait: true, token) ?? throw ScheduleStore.Unknown(id);
                if (await FindAsync(connection, runId, token) is { } before) return before;
                var now = await ScheduleLedger.NowAsync(connection, token);
                schedule = await ledger.SettleAsync(connection, schedule, now, token);
                var month = partition ?? schedule.Plan.Mapping.Of(schedule.Plan.ReadRule(), now);
                months.Check(month);
                await connection.ExecuteAsync(
                    $"""
                    insert into orchestrator.occurrence ({ScheduleLedger.OccurrenceColumns})
                    select $1, coalesce(max(due_at) + interval '1 microsecond', $2), $3, 'Pending', $4, true, $5, $2
                    from orchestrator.occurrence where schedule_id = $1 and due_at >= $2
                    """,
                    parameters => parameters.With(id).With(now).With(month).With($"Asked for by {by ?? "somebody"}.").With(runId), token);
                await StartPendingAsync(connection, schedule, refused: runId, token);
                return (await FindAsync(connection, runId, token))!;
            }, cancellationToken);
        }
        catch (PostgresException refused) when (RunAlreadyActiveException.Is(refused))
        {
            throw RunAlreadyActiveException.Of(refused);
        }
    }

    /// <summary>Finds the due time, or the request of a person, for which a run was started; <see langword="null"/> for none.</summary>
    public Task<Occurrence?> FindAsync(Guid runId, CancellationToken cancellationToken) =>
        store.InTransactionAsync(outages, (connection, token) => FindAsync(connection, runId, token), cancellationToken);

    static async Task<Occurrence?> FindAsync(NpgsqlConnection connection, Guid runId, CancellationToken cancellationToken) =>
        (await connection.ReadAsync($"select {ScheduleLedger.OccurrenceColumns} from orchestrator.occurrence where run_id = $1",
            parameters => parameters.With(runId), ScheduleLedger.ReadOccurrence, cancellationToken)).SingleOrDefault();

    async Task<bool> TickAsync(NpgsqlConnection connection, string id, CancellationToken cancellationToken)
    {
        if (await ScheduleLedger.HoldAsync(connection, id, mayWait: false, cancellationToken) is not { } schedule) return false;
        var now = await ScheduleLedger.NowAsync(connection, cancellationToken);
        schedule = await ledger.SettleAsync(connection, schedule, now, cancellationToken);
        // The due time is recorded, its run is not started.
        crash.At("schedule.due");
        await StartPendingAsync(connection, schedule, refused: null, cancellationToken);
        crash.At("schedule.before_commit");
        return true;
    }

    /// <summary>Starts the runs of due times, in order, up to the limit of runs at once.</summary>
    /// <param name="refused">The run that is refused if another one has its month; all others queue behind that one.</param>
    async Task StartPendingAsync(NpgsqlConnection connection, Schedule schedule, Guid? refused, CancellationToken cancellationToken)
    {
        var failure = await StartAsync(connection, schedule, refused, cancellationToken);
        await ScheduleLedger.NoteFailureAsync(connection, schedule.Id, failure, cancellationToken);
    }

    /// <returns>The reason if nothing can start; <see langword="null"/> if it can.</returns>
    async Task<string?> StartAsync(NpgsqlConnection connection, Schedule schedule, Guid? refused, CancellationToken cancellationToken)
    {
        var pending = await connection.ReadAsync(
            $"""
            select {ScheduleLedger.OccurrenceColumns} from orchestrator.occurrence
            where schedule_id = $1 and status = 'Pending' and (is_manual or $2)
            order by due_at
            limit greatest(0, $3 - (
              select count(*) from orchestrator.occurrence as started join orchestrator.run on run.id = started.run_id
              where started.schedule_id = $1 and run.finished_at is null and run.status <> 'Suspended'))
            """,
            parameters => parameters.With(schedule.Id).With(schedule.Plan.IsOn, NpgsqlTypes.NpgsqlDbType.Boolean).With(schedule.Plan.MaxParallel),
            ScheduleLedger.ReadOccurrence, cancellationToken);
        if (pending.Count == 0) return null;
        var plan = schedule.Plan;
        WorkflowDefinition definition;
        IReadOnlyDictionary<string, JsonElement> inputs;
        try
        {
            (definition, inputs) = await RunInputs.PrepareAsync(find, plan.DefinitionId, plan.Inputs, cancellationToken);
            if (plan is { Trigger: null, Mapping: PartitionMapping.None } && pending.Exists(occurrence => occurrence.Partition is null))
                await RunInputs.RequirePartitionAsync(find, definition, cancellationToken);
        }
        catch (SchedulingException cannot)
        {
            await WaitAsync(connection, schedule.Id, cannot.Message, cancellationToken);
            return cannot.Message;
        }
        // By the present mapping: a due time that waited without a month gets one when its schedule is corrected.
        var mapping = plan.Trigger is null ? plan.Mapping : await TriggerSchedules.MappingAsync(definition, find, cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var occurrence in pending)
        {
            var startedBy = $"schedule {schedule.Id}";
            var month = occurrence.Partition ?? mapping.Of(plan.ReadRule(), occurrence.DueAt);
            if (months.Refusal(month) is { } outside)
            {
                batch.Add("update orchestrator.occurrence set status = 'Skipped', reason = $3 where schedule_id = $1 and due_at = $2").With(schedule.Id).With(occurrence.DueAt).With(outside);
                continue;
            }
            using var span = ScheduleTelemetry.StartTick(startedBy, plan.DefinitionId, month);
            var start = new StartRun(occurrence.RunId ?? Guid.CreateVersion7(clock.GetUtcNow()), definition, month, inputs)
            {
                Priority = plan.Priority, StartedBy = startedBy, Trigger = plan.Trigger is { } activity ? new(activity) : null,
                WhenActive = occurrence.RunId is { } asked && asked == refused ? WhenActive.Refuse : WhenActive.Queue,
            };
            runs.AddTo(batch, start);
            batch.Add("""
                update orchestrator.occurrence set status = 'Started', run_id = $3, partition = $4, reason = case when is_manual then reason end
                where schedule_id = $1 and due_at = $2
                """).With(schedule.Id).With(occurrence.DueAt).With(start.Id).With(month);
            Started(schedule.Id, occurrence.DueAt, month, start.Id);
        }
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return null;
    }

    /// <summary>Records at the pending due times why they cannot start. They start as soon as the reason no longer applies.</summary>
    async Task WaitAsync(NpgsqlConnection connection, string id, string reason, CancellationToken cancellationToken)
    {
        var told = await connection.ExecuteAsync(
            "update orchestrator.occurrence set reason = $2 where schedule_id = $1 and status = 'Pending' and reason is distinct from $2",
            parameters => parameters.With(id).With(reason), cancellationToken);
        if (told > 0) CannotStart(id, reason);
    }

    [LoggerMessage(1050, LogLevel.Information, "Schedule {Schedule} was due at {DueAt} for {Partition}: run {RunId}.")]
    partial void Started(string schedule, DateTimeOffset dueAt, Partition? partition, Guid runId);

    [LoggerMessage(1051, LogLevel.Error, "Schedule {Schedule} is due and cannot start: {Reason}")]
    partial void CannotStart(string schedule, string reason);

    [LoggerMessage(1052, LogLevel.Error, "Schedule {Schedule} could not be looked after; it is tried again.")]
    partial void TickFailed(Exception error, string schedule);
}
