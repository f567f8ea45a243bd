using System.Text.RegularExpressions;
using Npgsql;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Schedules;

/// <summary>
/// Keeps schedules. Every change first records the earlier due times of the schedule as it was, so it loses and doubles nothing, however
/// close to a due time it comes.
/// </summary>
public sealed partial class ScheduleStore(
    StoreDatabase store, StoreOutages outages, ScheduleLedger ledger, FindDefinition find, PartitionRange months)
{
    /// <summary>Code of a change that is refused, since the schedule belongs to a published workflow.</summary>
    public const string OfWorkflow = "schedule.of_workflow";

    const int MostParallel = 100;

    /// <summary>Lists all schedules, by name.</summary>
    public Task<IReadOnlyList<Schedule>> ListAsync(CancellationToken cancellationToken) => ReadAsync(id: null, cancellationToken);

    /// <summary>Lists the schedules that do not run as they should, or whose last run failed, by name.</summary>
    public async Task<IReadOnlyList<Schedule>> ListFailingAsync(CancellationToken cancellationToken) =>
        [.. (await ListAsync(cancellationToken)).Where(schedule => schedule.Failure is not null)];

    /// <summary>Reads a schedule.</summary>
    /// <exception cref="SchedulingException"><c>schedule.unknown</c>.</exception>
    public async Task<Schedule> GetAsync(string id, CancellationToken cancellationToken) => (await ReadAsync(id, cancellationToken)).SingleOrDefault() ?? throw Unknown(id);

    /// <summary>Lists due times with their status, the last one first.</summary>
    public Task<IReadOnlyList<Occurrence>> ListOccurrencesAsync(OccurrenceFilter filter, CancellationToken cancellationToken) => StoreReading.ReadAsync(
        store, outages,
        """
        select occurrence.schedule_id, due_at, occurrence.partition, occurrence.status, occurrence.reason, is_manual, run_id, recorded_at, run.status
        from orchestrator.occurrence left join orchestrator.run on run.id = run_id
        where ($1 is null or schedule_id = $1) and ($2 is null or occurrence.status = $2) and ($3 is null or occurrence.partition = $3)
          and ($4 is null or (due_at, schedule_id) < ($4, $5))
        order by due_at desc, schedule_id desc
        limit $6
        """,
        parameters => parameters.With(filter.ScheduleId).With(filter.Status?.ToString()).With(filter.Partition)
            .With(filter.Before?.DueAt).With(filter.Before?.ScheduleId).With(filter.Limit),
        row => ScheduleLedger.ReadOccurrence(row) with { RunStatus = row.IsDBNull(8) ? null : Enum.Parse<RunStatus>(row.GetString(8)) }, cancellationToken);

    /// <summary>The time by which schedules are due: the database's.</summary>
    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) =>
        store.InTransactionAsync(outages, ScheduleLedger.NowAsync, cancellationToken);

    /// <summary>Creates a schedule. Due times before its creation are not made up for.</summary>
    /// <param name="by">Person who does it, such as <c>person ada</c>.</param>
    /// <exception cref="SchedulingException"><c>schedule.exists</c>, or the plan is not valid.</exception>
    public async Task<Schedule> CreateAsync(string id, SchedulePlan plan, string? by, CancellationToken cancellationToken)
    {
        if (!NamePattern.IsMatch(id))
            throw new SchedulingException(SchedulingFault.Invalid, "schedule.bad_name", $"'{id}' is no name for a schedule. Take up to 64 lower-case letters, digits, '-' and '_', such as monthly-sales.");
        var isNew = await store.InTransactionAsync(outages, async (connection, token) =>
            await ScheduleLedger.WriteAsync(connection, await MakeAsync(connection, id, plan, by, token), ScheduleLedger.ReplaceDeleted, token), cancellationToken);
        return isNew
            ? await GetAsync(id, cancellationToken)
            : throw new SchedulingException(SchedulingFault.Conflict, "schedule.exists", $"There is a schedule '{id}' already. Change that one, or choose another name.");
    }

    /// <summary>Creates a schedule that ships with the platform, unless it was created before: later changes of people are kept.</summary>
    /// <returns>Whether it was created.</returns>
    public Task<bool> ImportAsync(string id, SchedulePlan plan, CancellationToken cancellationToken) => store.InTransactionAsync(outages, async (connection, token) =>
        await ScheduleLedger.WriteAsync(connection, await MakeAsync(connection, id, plan, "shipped", token), ScheduleLedger.LeaveIt, token), cancellationToken);

    /// <summary>Changes a schedule.</summary>
    /// <param name="change">Returns the new plan for the present one.</param>
    /// <param name="version">The version that the change was made from; <see langword="null"/> for any version.</param>
    /// <param name="by">Person who does it, such as <c>person ada</c>.</param>
    /// <exception cref="SchedulingException"><c>schedule.unknown</c>, <c>schedule.changed</c>, <c>schedule.of_workflow</c>, or the plan is
    /// not valid.</exception>
    public async Task<Schedule> ChangeAsync(string id, Func<SchedulePlan, SchedulePlan> change, int? version, string? by, CancellationToken cancellationToken)
    {
        await store.InTransactionAsync(outages, async (connection, token) =>
        {
            var (old, now) = await HoldAsync(connection, id, version, token);
            var wanted = change(old.Plan);
            // A schedule that is no longer valid can still be switched off.
            if (wanted == old.Plan with { IsOn = false })
                return await ScheduleLedger.WriteAsync(connection, old with { Plan = wanted, ChangedAt = now, ChangedBy = by, NextDueAt = null }, ScheduleLedger.ReplaceIt, token);
            var (plan, rule) = await CheckAsync(wanted, now, token);
            var oldRule = old.Plan.TryReadRule();
            var isNewRule = (rule.Cron, rule.Zone.Id, plan.Mapping) != (oldRule?.Cron, oldRule?.Zone.Id, old.Plan.Mapping);
            if (isNewRule && oldRule is not null && old.Plan.IsOn && plan.IsOn && RuleChange.Passed((oldRule, old.Plan.Mapping), (rule, plan.Mapping), now) is { } passed
                && !await ScheduleLedger.IsCoveredAsync(connection, id, passed, token))
            {
                await ScheduleLedger.AddAsync(connection, id, [passed], now, token);
            }
            var settledUntil = isNewRule || !old.Plan.IsOn ? now : old.SettledUntil;
            return await ScheduleLedger.WriteAsync(connection, old with
            {
                Plan = plan,
                ChangedAt = now,
                ChangedBy = by,
                SettledUntil = settledUntil,
                NextDueAt = plan.IsOn ? rule.Next(settledUntil) : null,
                RuleSince = isNewRule ? now : old.RuleSince,
            }, ScheduleLedger.ReplaceIt, token);
        }, cancellationToken);
        return await GetAsync(id, cancellationToken);
    }

    /// <summary>Deletes a schedule. Due times that have not started are skipped; its ledger and its runs stay.</summary>
    /// <param name="version">The version that the change was made from; <see langword="null"/> for any version.</param>
    /// <param name="by">Person who does it, such as <c>person ada</c>.</param>
    /// <exception cref="SchedulingException"><c>schedule.unknown</c>, <c>schedule.changed</c> or <c>schedule.of_workflow</c>.</exception>
    public Task DeleteAsync(string id, int? version, string? by, CancellationToken cancellationToken) => store.InTransactionAsync(outages, async (connection, token) =>
    {
        var (_, now) = await HoldAsync(connection, id, version, token);
        await connection.ExecuteAsync(
            "update orchestrator.occurrence set status = 'Skipped', reason = 'The schedule was deleted before it started.' where schedule_id = $1 and status = 'Pending'",
            parameters => parameters.With(id), token);
        return await connection.ExecuteAsync(
            "update orchestrator.schedule set deleted_at = $2, changed_at = $2, changed_by = $3, is_on = false, next_due_at = null, version = version + 1 where id = $1",
            parameters => parameters.With(id).With(now).With(by), token);
    }, cancellationToken);

    internal static SchedulingException Unknown(string id) =>
        new(SchedulingFault.Unknown, "schedule.unknown", $"There is no schedule '{id}'. List the schedules to see their names.");

    Task<IReadOnlyList<Schedule>> ReadAsync(string? id, CancellationToken cancellationToken) => StoreReading.ReadAsync(
        store, outages,
        $"""
        select {ScheduleLedger.Columns}, failure, failing_since, ended.run, ended.finished_at, ended.error
        from orchestrator.schedule left join lateral (
          select run.id as run, run.root_run, run.status, run.finished_at, concat_ws(': ', run.error_code, run.error_message) as error
          from orchestrator.occurrence join orchestrator.run on run.id = run_id
          where schedule_id = schedule.id and run.finished_at is not null
          order by due_at desc limit 1) as ended on ended.status = 'Failed'
            and not exists (select from orchestrator.run as again where again.root_run = ended.root_run and again.status = 'Succeeded')
        where deleted_at is null and ($1 is null or schedule.id = $1)
        order by schedule.id
        """,
        parameters => parameters.With(id),
        row => ScheduleLedger.Read(row) with
        {
            Failure = row.GetOrDefault<string>(18) is { } cannot ? new(cannot, row.GetFieldValue<DateTimeOffset>(19), RunId: null)
                : row.IsDBNull(20) ? null : new($"Its last run failed: {row.GetString(22)}", row.GetFieldValue<DateTimeOffset>(21), row.GetGuid(20)),
        }, cancellationToken);

    /// <summary>Locks a schedule for a change, after its due times were recorded.</summary>
    async Task<(Schedule Schedule, DateTimeOffset Now)> HoldAsync(NpgsqlConnection connection, string id, int? version, CancellationToken cancellationToken)
    {
        var held = await ScheduleLedger.HoldAsync(connection, id, mayWait: true, cancellationToken) ?? throw Unknown(id);
        if (held.Plan is { Trigger: { } trigger, DefinitionId: var workflow })
        {
            throw new SchedulingException(SchedulingFault.Conflict, OfWorkflow,
                $"Schedule '{id}' belongs to the activity '{trigger}' of the workflow '{workflow}'. Change the activity and publish the workflow, or retract it.");
        }
        if (version is { } expected && expected != held.Version)
        {
            throw new SchedulingException(SchedulingFault.Changed, "schedule.changed",
                $"Schedule '{id}' was changed in the meantime: it has version {held.Version}, expected was {expected}. Look at it again, then repeat the change.");
        }
        var now = await ScheduleLedger.NowAsync(connection, cancellationToken);
        return (await ledger.SettleAllAsync(connection, held, now, cancellationToken), now);
    }

    async Task<Schedule> MakeAsync(NpgsqlConnection connection, string id, SchedulePlan plan, string? by, CancellationToken cancellationToken)
    {
        var now = await ScheduleLedger.NowAsync(connection, cancellationToken);
        var (wellFormed, rule) = await CheckAsync(plan, now, cancellationToken);
        return new(id, wellFormed, Version: 1, plan.IsOn ? rule.Next(now) : null, now, now, by, RuleSince: now, SettledUntil: now);
    }

    async Task<(SchedulePlan Plan, CronRule Rule)> CheckAsync(SchedulePlan plan, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rule = plan.ReadRule();
        if (rule.Next(now) is not { } next)
            throw new SchedulingException(SchedulingFault.Invalid, "schedule.never_due", $"The cron expression '{rule.Cron}' is never due. Correct its day or month.");
        if (plan.MaxParallel is < 1 or > MostParallel)
            throw new SchedulingException(SchedulingFault.Invalid, "schedule.bad_parallel", $"{plan.MaxParallel} runs at once cannot be. Give 1 to {MostParallel}.");
        var (definition, _) = await RunInputs.PrepareAsync(find, plan.DefinitionId, plan.Inputs, cancellationToken);
        if (plan.Mapping is PartitionMapping.None) await RunInputs.RequirePartitionAsync(find, definition, cancellationToken);
        if (months.Refusal(plan.Mapping.Of(rule, next)) is { } outside)
            throw new SchedulingException(SchedulingFault.Unfit, PartitionOutOfRangeException.Code, $"The first run would be refused: {outside}");
        return (plan with { Cron = rule.Cron, Zone = rule.Zone.Id }, rule);
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9_-]{0,63}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex NamePattern { get; }
}
