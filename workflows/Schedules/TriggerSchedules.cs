using Npgsql;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Schedules;

/// <summary>
/// The schedules that belong to published workflows, one for each <see cref="TimeTrigger"/>: created, changed and ended in the transaction
/// that publishes or retracts the workflow. Their due times are processed like those of any other schedule.
/// </summary>
static class TriggerSchedules
{
    const int MostParallel = 100;

    /// <summary>Returns the name of the schedule of an activity; no person can choose such a name.</summary>
    public static string IdOf(string definitionId, string activityId) => $"{definitionId}:{activityId}";

    /// <summary>
    /// Gives a workflow the schedules of the version that is published now. A schedule whose rule stays keeps it, so its intervals
    /// continue.
    /// </summary>
    public static async Task ReplaceAsync(
        NpgsqlConnection connection, WorkflowDefinition definition, FindDefinition find, CancellationToken cancellationToken)
    {
        var triggers = TimeTrigger.Of(definition).Where(trigger => trigger.Rule is not null).ToList();
        await EndAsync(connection, definition.DefinitionId, [.. triggers.Select(trigger => IdOf(definition.DefinitionId, trigger.Activity.Id))], "It was published without this trigger.", cancellationToken);
        if (triggers.Count == 0) return;
        var mapping = await MappingAsync(definition, find, cancellationToken);
        foreach (var trigger in triggers) await WriteAsync(connection, definition.DefinitionId, trigger, mapping, cancellationToken);
    }

    /// <summary>The month of the runs that the triggers of a workflow start.</summary>
    public static async Task<PartitionMapping> MappingAsync(
        WorkflowDefinition definition, FindDefinition find, CancellationToken cancellationToken) =>
        await PartitionNeed.TakesOneAsync(definition, find, cancellationToken) ? PartitionMapping.PreviousMonth : PartitionMapping.None;

    /// <summary>Ends the schedules of a workflow that is not published any more.</summary>
    public static Task EndAsync(NpgsqlConnection connection, string definitionId, CancellationToken cancellationToken) =>
        EndAsync(connection, definitionId, [], "The workflow is not published any more.", cancellationToken);

    static async Task WriteAsync(NpgsqlConnection connection, string definitionId, TimeTrigger trigger, PartitionMapping mapping, CancellationToken cancellationToken)
    {
        var id = IdOf(definitionId, trigger.Activity.Id);
        var before = await ScheduleLedger.HoldAsync(connection, id, mayWait: true, cancellationToken);
        if (before is not null && CronRule.IsSame(before.Plan.Cron, trigger.Rule!))
        {
            await connection.ExecuteAsync("update orchestrator.schedule set mapping = $2 where id = $1 and mapping <> $2", parameters => parameters.With(id).With(mapping.ToString()), cancellationToken);
            return;
        }
        var now = await ScheduleLedger.NowAsync(connection, cancellationToken);
        var plan = new SchedulePlan(definitionId, CronRule.From(trigger.Rule!, now))
        {
            Trigger = trigger.Activity.Id, Mapping = mapping, CatchUp = CatchUp.Last, MaxParallel = MostParallel,
        };
        await ScheduleLedger.WriteAsync(connection, new(id, plan, Version: 1, plan.ReadRule().Next(now), now, now, $"workflow {definitionId}", RuleSince: now, SettledUntil: now),
            ScheduleLedger.ReplaceIt, cancellationToken);
    }

    static async Task EndAsync(NpgsqlConnection connection, string definitionId, string[] except, string reason, CancellationToken cancellationToken)
    {
        var ended = await connection.ReadAsync(
            "select id from orchestrator.schedule where definition_id = $1 and trigger_activity is not null and deleted_at is null and id <> all($2) order by id for update",
            parameters => parameters.With(definitionId).With(except), row => row.GetString(0), cancellationToken);
        if (ended.Count == 0) return;
        await connection.ExecuteAsync("update orchestrator.occurrence set status = 'Skipped', reason = $2 where schedule_id = any($1) and status = 'Pending'",
            parameters => parameters.With([.. ended]).With(reason), cancellationToken);
        await connection.ExecuteAsync(
            """
            update orchestrator.schedule
            set deleted_at = orchestrator.clock(), changed_at = orchestrator.clock(), changed_by = $2, is_on = false, next_due_at = null, version = version + 1
            where id = any($1)
            """,
            parameters => parameters.With([.. ended]).With($"workflow {definitionId}"), cancellationToken);
    }
}
