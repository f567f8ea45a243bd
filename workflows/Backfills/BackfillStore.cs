using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Backfills;

/// <summary>Keeps backfills: the store has all that is known of one, so any node can continue it.</summary>
public sealed class BackfillStore(StoreDatabase store, StoreOutages outages, FindDefinition find, PartitionRange months)
{
    /// <summary>Largest number of months of one backfill: fifty years.</summary>
    public const int MostMonths = 600;

    const int MostParallel = 100;

    internal const string Columns = """
        backfill.id, definition_id, first_partition, last_partition, direction, max_parallel, reprocess, when_active, inputs, priority, backfill.status, created_by,
        created_at, finished_at
        """;

    /// <summary>Previews what a backfill would do now. Stores nothing.</summary>
    /// <exception cref="SchedulingException">The plan is not valid.</exception>
    /// <exception cref="PartitionOutOfRangeException">No run may work on the first or the last month.</exception>
    public async Task<BackfillPreview> PreviewAsync(BackfillPlan plan, CancellationToken cancellationToken)
    {
        var definition = await CheckAsync(plan, cancellationToken);
        return await store.InTransactionAsync(outages, async (connection, token) =>
        {
            var found = await MonthHistory.ReadAsync(connection, plan.DefinitionId, MonthsOf(plan), token);
            var overwritten = (await connection.ReadAsync(
                """
                select materialization.partition, asset, rows from orchestrator.materialization join orchestrator.run on run.id = run_id
                where is_current and definition_id = $1 and materialization.partition between $2 and $3
                order by asset
                """,
                parameters => parameters.With(plan.DefinitionId).With(plan.First).With(plan.Last),
                row => (Partition: row.GetPartition(0)!.Value, Asset: new OverwrittenAsset(row.GetString(1), row.GetInt64(2))), token)).ToLookup(row => row.Partition, row => row.Asset);
            var previewed = found.Select(month => month.SkipReason(plan.Reprocess, plan.WhenActive) is { } reason
                ? new PreviewedPartition(month.Partition, WillRun: false, reason, [])
                : new PreviewedPartition(month.Partition, WillRun: true, month.WaitReason, [.. overwritten[month.Partition]])).ToList();
            var runs = previewed.Count(month => month.WillRun);
            return new BackfillPreview(previewed, runs, runs * definition.Activities.Values.Count(node => node.Children.Count == 0));
        }, cancellationToken);
    }

    /// <summary>
    /// Starts a backfill. Months that do not run under present conditions are left out with the reason; the others are checked again when
    /// they start.
    /// </summary>
    /// <param name="id">Identity of the backfill, chosen by the caller: asking twice with the same one gives one backfill.</param>
    /// <param name="by">Person who does it, such as <c>person ada</c>.</param>
    /// <exception cref="SchedulingException">The plan is not valid.</exception>
    /// <exception cref="PartitionOutOfRangeException">No run may work on the first or the last month.</exception>
    public async Task<Backfill> CreateAsync(Guid id, BackfillPlan plan, string? by, CancellationToken cancellationToken)
    {
        await CheckAsync(plan, cancellationToken);
        await store.InTransactionAsync(outages, async (connection, token) =>
        {
            var found = await MonthHistory.ReadAsync(connection, plan.DefinitionId, MonthsOf(plan), token);
            var reasons = found.ConvertAll(month => month.SkipReason(plan.Reprocess, plan.WhenActive));
            await using var batch = new NpgsqlBatch(connection);
            batch.Add("""
                insert into orchestrator.backfill
                  (id, definition_id, first_partition, last_partition, direction, max_parallel, reprocess, when_active, inputs, priority, status, created_by, created_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'Running', $11, orchestrator.clock()) on conflict do nothing
                """).With(id).With(plan.DefinitionId).With(plan.First).With(plan.Last).With(plan.Order.ToString()).With(plan.MaxParallel).With(plan.Reprocess.ToString())
                .With(plan.WhenActive.ToString()).WithJson(InputJson.Write(plan.Inputs)).With(plan.Priority).With(by);
            batch.Add("""
                insert into orchestrator.backfill_partition (backfill_id, partition, position, status, reason)
                select $1, month, position, case when reason is null then 'Pending' else 'Skipped' end, reason
                from unnest($2, $3) with ordinality as wanted (month, reason, position)
                on conflict do nothing
                """).With(id).With(found.Select(month => month.Partition.Start).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Date)
                .With(reasons.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
            return await batch.ExecuteNonQueryAsync(token);
        }, cancellationToken);
        return await GetAsync(id, cancellationToken);
    }

    /// <summary>Reads a backfill.</summary>
    /// <exception cref="SchedulingException"><c>backfill.unknown</c>.</exception>
    public async Task<Backfill> GetAsync(Guid id, CancellationToken cancellationToken) => await FindAsync(id, cancellationToken) ?? throw Unknown(id);

    /// <summary>A backfill; <see langword="null"/> if there is none.</summary>
    public async Task<Backfill?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        (await ReadAsync("where backfill.id = $1", parameters => parameters.With(id), cancellationToken)).SingleOrDefault();

    /// <summary>Lists backfills, the newest first.</summary>
    /// <param name="before">Only those after this one in the list: the last one of the page before.</param>
    /// <param name="limit">Largest number of results.</param>
    public Task<IReadOnlyList<Backfill>> ListAsync(Guid? before, int limit, CancellationToken cancellationToken) => ReadAsync(
        """
        where $1 is null or (created_at, backfill.id) < (select created_at, id from orchestrator.backfill where id = $1)
        order by created_at desc, backfill.id desc
        limit $2
        """,
        parameters => parameters.With(before).With(limit), cancellationToken);

    /// <summary>Lists the months of a backfill, in the order in which they start.</summary>
    public Task<IReadOnlyList<BackfillPartition>> ListPartitionsAsync(Guid id, CancellationToken cancellationToken) => StoreReading.ReadAsync(
        store, outages,
        """
        select month.partition, month.status, month.reason, month.run_id, run.status
        from orchestrator.backfill_partition as month left join orchestrator.run on run.id = run_id
        where backfill_id = $1 order by position
        """,
        parameters => parameters.With(id),
        row => new BackfillPartition(row.GetPartition(0)!.Value, Enum.Parse<BackfillPartitionStatus>(row.GetString(1)), row.GetOrDefault<string>(2),
            row.IsDBNull(3) ? null : row.GetGuid(3), row.IsDBNull(4) ? null : Enum.Parse<RunStatus>(row.GetString(4))), cancellationToken);

    /// <summary>Pauses a backfill: no further month starts. Runs that have started continue.</summary>
    /// <exception cref="SchedulingException"><c>backfill.unknown</c> or <c>backfill.has_ended</c>.</exception>
    public Task<Backfill> PauseAsync(Guid id, CancellationToken cancellationToken) => MoveAsync(id, BackfillStatus.Paused, cancelsRuns: false, cancellationToken);

    /// <summary>Resumes a backfill that was paused.</summary>
    /// <exception cref="SchedulingException"><c>backfill.unknown</c> or <c>backfill.has_ended</c>.</exception>
    public Task<Backfill> ResumeAsync(Guid id, CancellationToken cancellationToken) => MoveAsync(id, BackfillStatus.Running, cancelsRuns: false, cancellationToken);

    /// <summary>Ends a backfill for good: months that have not started never do.</summary>
    /// <param name="cancelsRuns">Whether the runs that have started end too.</param>
    /// <exception cref="SchedulingException"><c>backfill.unknown</c> or <c>backfill.has_ended</c>.</exception>
    public Task<Backfill> CancelAsync(Guid id, bool cancelsRuns, CancellationToken cancellationToken) => MoveAsync(id, BackfillStatus.Cancelled, cancelsRuns, cancellationToken);

    async Task<Backfill> MoveAsync(Guid id, BackfillStatus status, bool cancelsRuns, CancellationToken cancellationToken)
    {
        await store.InTransactionAsync(outages, async (connection, token) =>
        {
            var (old, hasFinished) = (await connection.ReadAsync("select status, finished_at is not null from orchestrator.backfill where id = $1 for update",
                parameters => parameters.With(id), row => (row.GetString(0), row.GetBoolean(1)), token)) is [var found] ? found : throw Unknown(id);
            if (hasFinished || (old == nameof(BackfillStatus.Cancelled) && status is not BackfillStatus.Cancelled))
                throw new SchedulingException(SchedulingFault.Conflict, "backfill.has_ended", $"Backfill {id} has ended: it is {old}. Start a new one for the months that are missing.");
            await using var batch = new NpgsqlBatch(connection);
            batch.Add("update orchestrator.backfill set status = $2 where id = $1").With(id).With(status.ToString());
            if (status is BackfillStatus.Cancelled)
            {
                batch.Add("update orchestrator.backfill_partition set status = 'Cancelled', reason = 'The backfill was cancelled.' where backfill_id = $1 and status = 'Pending'").With(id);
                if (cancelsRuns)
                {
                    batch.Add("""
                        update orchestrator.run set cancel_reason = $2
                        where finished_at is null and cancel_reason is null
                          and id in (select run_id from orchestrator.backfill_partition where backfill_id = $1 and status = 'Started')
                        """).With(id).With($"Backfill {id} was cancelled.");
                }
            }
            return await batch.ExecuteNonQueryAsync(token);
        }, cancellationToken);
        return await GetAsync(id, cancellationToken);
    }

    Task<IReadOnlyList<Backfill>> ReadAsync(string constant, Func<NpgsqlParameterCollection, NpgsqlParameterCollection> fill, CancellationToken cancellationToken) =>
        StoreReading.ReadAsync(store, outages,
            $"""
            select {Columns}, counted.statuses, counted.counts
            from orchestrator.backfill cross join lateral (
              select array_agg(status order by status) as statuses, array_agg(count order by status) as counts
              from (select status, count(*)::integer from orchestrator.backfill_partition where backfill_id = backfill.id group by status) as groups) as counted
            {constant}
            """, fill, Read, cancellationToken);

    internal static Backfill Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), ReadPlan(row), Enum.Parse<BackfillStatus>(row.GetString(10)), row.GetOrDefault<string>(11), row.GetFieldValue<DateTimeOffset>(12), row.GetMoment(13),
        row.GetFieldValue<string[]>(14).Zip(row.GetFieldValue<int[]>(15)).ToDictionary(pair => Enum.Parse<BackfillPartitionStatus>(pair.First), pair => pair.Second));

    internal static BackfillPlan ReadPlan(NpgsqlDataReader row) => new(row.GetString(1), row.GetPartition(2)!.Value, row.GetPartition(3)!.Value)
    {
        Order = Enum.Parse<BackfillOrder>(row.GetString(4)), MaxParallel = row.GetInt32(5), Reprocess = Enum.Parse<Reprocess>(row.GetString(6)),
        WhenActive = Enum.Parse<ActiveMonth>(row.GetString(7)), Inputs = InputJson.Read(row.GetString(8)), Priority = row.GetInt32(9),
    };

    static SchedulingException Unknown(Guid id) =>
        new(SchedulingFault.Unknown, "backfill.unknown", $"There is no backfill {id}. List the backfills to see their ids.");

    static IEnumerable<Partition> MonthsOf(BackfillPlan plan)
    {
        var range = Enumerable.Range(0, CountOf(plan)).Select(number => new Partition(plan.First.Start.AddMonths(number)));
        return plan.Order is BackfillOrder.NewestFirst ? range.Reverse() : range;
    }

    static int CountOf(BackfillPlan plan) => ((plan.Last.Start.Year - plan.First.Start.Year) * 12) + plan.Last.Start.Month - plan.First.Start.Month + 1;

    async Task<WorkflowDefinition> CheckAsync(BackfillPlan plan, CancellationToken cancellationToken)
    {
        if (plan.First > plan.Last)
            throw Bad("backfill.bad_range", $"From {plan.First} to {plan.Last} is backwards. Give the earlier month first; --order newest-first begins with the latest.");
        if (CountOf(plan) is > MostMonths and var count)
            throw Bad("backfill.too_long", $"From {plan.First} to {plan.Last} are {count} months. Ask for at most {MostMonths} at once.");
        months.Check(plan.First);
        months.Check(plan.Last);
        if (plan.MaxParallel is < 1 or > MostParallel) throw Bad("backfill.bad_parallel", $"{plan.MaxParallel} runs at once cannot be. Give 1 to {MostParallel}.");
        return (await RunInputs.PrepareAsync(find, plan.DefinitionId, plan.Inputs, cancellationToken)).Definition;
    }

    static SchedulingException Bad(string code, string message) => new(SchedulingFault.Invalid, code, message);
}
