using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Backfills;

/// <summary>
/// Starts the months of backfills, in their order and up to the limit of each backfill. Any number of nodes do so at any time: the holder
/// of a backfill's row lock proceeds. The start of a month and its run are one commit.
/// </summary>
public sealed partial class BackfillTicker(
    StoreDatabase store, StoreOutages outages, RunStore runs, FindDefinition find, PartitionRange months, TimeProvider clock,
    ILogger<BackfillTicker> log)
{
    const int Tries = 3;

    /// <summary>Records which months have ended, and starts those that are next.</summary>
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        var open = await StoreReading.ReadAsync(store, outages, "select id from orchestrator.backfill where finished_at is null order by id",
            parameters => parameters, row => row.GetGuid(0), cancellationToken);
        foreach (var id in open)
        {
            try
            {
                await TickAsync(id, cancellationToken);
            }
#pragma warning disable CA1031 // A faulty backfill must not keep the others from running; it is tried again in the next tick.
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                TickFailed(error, id);
            }
        }
    }

    async Task TickAsync(Guid id, CancellationToken cancellationToken)
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                await store.InTransactionAsync(outages, async (connection, token) => await TickAsync(connection, id, token), cancellationToken);
                return;
            }
            catch (PostgresException refused) when (RunAlreadyActiveException.Is(refused) && tried < Tries)
            {
                // A run of the month was started in between; now it is visible.
            }
        }
    }

    async Task<bool> TickAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        var held = await connection.ReadAsync(
            $"select {BackfillStore.Columns} from orchestrator.backfill where id = $1 and finished_at is null for update skip locked",
            parameters => parameters.With(id), row => (Plan: BackfillStore.ReadPlan(row), Status: Enum.Parse<BackfillStatus>(row.GetString(10))), cancellationToken);
        if (held is not [var (plan, status)]) return false;
        await connection.ExecuteAsync(
            """
            update orchestrator.backfill_partition as month set status = run.status, reason = run.error_code || ': ' || run.error_message
            from orchestrator.run where backfill_id = $1 and month.status = 'Started' and run.id = month.run_id and run.finished_at is not null
            """,
            parameters => parameters.With(id), cancellationToken);
        if (status is BackfillStatus.Running) await StartAsync(connection, id, plan, cancellationToken);
        var finished = await connection.ReadAsync(
            """
            update orchestrator.backfill set finished_at = orchestrator.clock(), status = case
              when status = 'Cancelled' then status
              when exists (select 1 from orchestrator.backfill_partition where backfill_id = $1 and status in ('Failed', 'Cancelled')) then 'Failed'
              else 'Succeeded' end
            where id = $1 and not exists (select 1 from orchestrator.backfill_partition where backfill_id = $1 and status in ('Pending', 'Started'))
            returning status
            """,
            parameters => parameters.With(id), row => row.GetString(0), cancellationToken);
        if (finished is [var end]) Ended(id, plan.DefinitionId, end);
        return true;
    }

    async Task StartAsync(NpgsqlConnection connection, Guid id, BackfillPlan plan, CancellationToken cancellationToken)
    {
        var pending = await connection.ReadAsync("select partition from orchestrator.backfill_partition where backfill_id = $1 and status = 'Pending' order by position",
            parameters => parameters.With(id), row => row.GetPartition(0)!.Value, cancellationToken);
        if (pending.Count == 0) return;
        var running = (await connection.ReadAsync(
            """
            select count(*)::integer from orchestrator.backfill_partition as month join orchestrator.run on run.id = month.run_id
            where backfill_id = $1 and month.status = 'Started' and run.status <> 'Suspended'
            """,
            parameters => parameters.With(id), row => row.GetInt32(0), cancellationToken))[0];
        var free = plan.MaxParallel - running;
        if (free <= 0) return;
        WorkflowDefinition definition;
        IReadOnlyDictionary<string, JsonElement> inputs;
        try
        {
            (definition, inputs) = await RunInputs.PrepareAsync(find, plan.DefinitionId, plan.Inputs, cancellationToken);
        }
        catch (SchedulingException cannot)
        {
            await connection.ExecuteAsync(
                "update orchestrator.backfill_partition set reason = $2 where backfill_id = $1 and status = 'Pending' and reason is distinct from $2",
                parameters => parameters.With(id).With(cannot.Message), cancellationToken);
            return;
        }
        await using var batch = new NpgsqlBatch(connection);
        foreach (var month in await MonthHistory.ReadAsync(connection, plan.DefinitionId, pending, cancellationToken))
        {
            if (free == 0) break;
            if ((months.Refusal(month.Partition) ?? month.SkipReason(plan.Reprocess, plan.WhenActive)) is { } skipped)
            {
                batch.Add("update orchestrator.backfill_partition set status = 'Skipped', reason = $3 where backfill_id = $1 and partition = $2")
                    .With(id).With(month.Partition).With(skipped);
                continue;
            }
            // A waiting month keeps its place, or those after it would overtake it.
            free--;
            if (month.WaitReason is { } waits)
            {
                batch.Add("update orchestrator.backfill_partition set reason = $3 where backfill_id = $1 and partition = $2 and reason is distinct from $3")
                    .With(id).With(month.Partition).With(waits);
                continue;
            }
            var startedBy = $"backfill {id}";
            using var span = ScheduleTelemetry.StartTick(startedBy, plan.DefinitionId, month.Partition);
            var start = new StartRun(Guid.CreateVersion7(clock.GetUtcNow()), definition, month.Partition, inputs) { Priority = plan.Priority, StartedBy = startedBy };
            runs.AddTo(batch, start);
            batch.Add("update orchestrator.backfill_partition set status = 'Started', reason = null, run_id = $3 where backfill_id = $1 and partition = $2")
                .With(id).With(month.Partition).With(start.Id);
        }
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(1053, LogLevel.Information, "Backfill {Backfill} of {DefinitionId} has ended: {Status}.")]
    partial void Ended(Guid backfill, string definitionId, string status);

    [LoggerMessage(1054, LogLevel.Error, "Backfill {Backfill} could not be looked after; it is tried again.")]
    partial void TickFailed(Exception error, Guid backfill);
}
