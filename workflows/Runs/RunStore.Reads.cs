using System.Text.Json;
using Npgsql;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Runs;

public sealed partial class RunStore
{
    internal const int RunColumnCount = 26;

    internal const string RunColumns = """
        run.id, run.definition_id, run.definition_name, run.definition_version, run.partition, run.status, run.created_at, run.started_at, run.finished_at,
        run.error_code, run.error_message, run.error_activity_id, run.suspended_reason, run.cancel_reason is not null, run.lease_owner, run.traceparent,
        run.priority, run.started_by, run.rerun_of, run.root_run,
        case when run.turn = 'Waiting' then (
          select active.id::text from orchestrator.run as active
          where active.definition_id = run.definition_id and active.partition = run.partition and active.turn = 'Active')
        when run.is_ready then orchestrator.full_pool(run.definition_id) end,
        run.history_removed_at, run.run_name, run.correlation_id, run.parent_run, run.is_ad_hoc
        """;

    const string SelectRun = $"select {RunColumns} from orchestrator.run";

    const string SelectExecution = """
        select run_id, number, parent, activity_id, node_id, type, name, status, attempts, scheduled_at, started_at, finished_at, inputs, outputs, outcomes,
               metrics, error_code, error_message, reused_from, reused_number,
               (select pool from orchestrator.pool_slot as slot
                where slot.run_id = execution.run_id and slot.number = execution.number and slot.attempts = execution.attempts and granted_at is null
                  and execution.status = 'Running')
        from orchestrator.activity_execution as execution
        """;

    /// <summary>A run; <see langword="null"/> if there is none with this id.</summary>
    public async Task<Run?> FindAsync(Guid runId, CancellationToken cancellationToken)
    {
        var found = await ReadAsync($"{SelectRun} where id = $1", parameters => parameters.With(runId), ReadRun, cancellationToken);
        return found.Count > 0 ? found[0] : null;
    }

    /// <summary>Lists a page of runs.</summary>
    public async Task<IReadOnlyList<Run>> ListAsync(RunQuery query, CancellationToken cancellationToken) =>
        [.. (await ListPageAsync(query, cancellationToken)).Select(found => found.Run)];

    /// <summary>Lists a page of runs, each with its place in the list. It is sorted by a time or by the month.</summary>
    public Task<IReadOnlyList<(Run Run, RunPosition Position)>> ListPageAsync(RunQuery query, CancellationToken cancellationToken)
    {
        var sql = new RunQuerySql(query);
        return ReadAsync($"select {RunColumns}, {sql.Key} {sql.Page}", sql.FillPage,
            row => ReadRun(row) is var run ? (run, new RunPosition(row.GetFieldValue<DateTimeOffset>(RunColumnCount), run.Id)) : default,
            cancellationToken);
    }

    /// <summary>The values that a run was started with, by name; empty if its history was removed.</summary>
    public async Task<IReadOnlyDictionary<string, JsonElement>> GetInputsAsync(Guid runId, CancellationToken cancellationToken)
    {
        var first = await ReadAsync("select type, payload from orchestrator.journal where run_id = $1 and sequence = 1",
            parameters => parameters.With(runId), row => RunEventJson.Read(row.GetString(0), row.GetString(1)), cancellationToken);
        return first is [RunCreated { Inputs: var inputs }] ? inputs : new Dictionary<string, JsonElement>();
    }

    /// <summary>Lists runs that have not ended, oldest first: those that a start of the platform continues.</summary>
    public Task<IReadOnlyList<Run>> ListUnfinishedAsync(CancellationToken cancellationToken) =>
        ReadAsync($"{SelectRun} where finished_at is null order by created_at, id", parameters => parameters, ReadRun, cancellationToken);

    /// <summary>
    /// Lists runs that have begun, have not ended, and that no living worker drives, oldest first: those that a start of the platform
    /// continues.
    /// </summary>
    /// <remarks>
    /// A run that was accepted less than ten seconds ago belongs to the process that accepted it, which is about to claim it.
    /// </remarks>
    public async Task<IReadOnlyList<Run>> ListAbandonedAsync(CancellationToken cancellationToken)
    {
        var open = await ReadAsync(
            $"""
            {SelectRun}
            where finished_at is null and status <> 'Suspended' and turn is distinct from 'Waiting' and (lease_owner is not null or created_at < now() - interval '10 s')
            order by created_at, id
            """,
            parameters => parameters, ReadRun, cancellationToken);
        return [.. open.Where(run => run.LeaseOwner is null || WorkerIdentity.IsDead(run.LeaseOwner))];
    }

    /// <summary>Lists all activity executions of a run, in the order of scheduling; containers too.</summary>
    public Task<IReadOnlyList<ActivityExecution>> ListExecutionsAsync(Guid runId, CancellationToken cancellationToken) => ReadAsync(
        $"{SelectExecution} where run_id = $1 order by number", parameters => parameters.With(runId), ReadExecution, cancellationToken);

    /// <summary>Lists the activity executions of a run after one of them, in the order of scheduling; containers too.</summary>
    /// <param name="after">Number of the last one that is known already; 0 for none.</param>
    /// <param name="limit">Largest number of results.</param>
    public Task<IReadOnlyList<ActivityExecution>> ListExecutionsAsync(Guid runId, int after, int limit,
        CancellationToken cancellationToken) => ReadAsync(
        $"{SelectExecution} where run_id = $1 and number > $2 order by number limit $3", parameters =>
            parameters.With(runId).With(after).With(limit),
        ReadExecution, cancellationToken);

    /// <summary>One activity execution of a run; <see langword="null"/> if there is none with this number.</summary>
    public async Task<ActivityExecution?> FindExecutionAsync(Guid runId, int number, CancellationToken cancellationToken)
    {
        var found = await ReadAsync($"{SelectExecution} where run_id = $1 and number = $2", parameters => parameters.With(runId).With(number), ReadExecution, cancellationToken);
        return found.Count > 0 ? found[0] : null;
    }

    /// <summary>Lists the lines that the activities of a run logged, in order.</summary>
    public Task<IReadOnlyList<ActivityLogLine>> ListLogAsync(Guid runId, CancellationToken cancellationToken) => ReadAsync(
        "select activity_id, attempt, at, event, message from orchestrator.activity_log where run_id = $1 order by id",
        parameters => parameters.With(runId), ReadLine, cancellationToken);

    /// <summary>Lists lines that the activities of a run logged, in order, each with its place in the log.</summary>
    /// <param name="activityId">Only of this activity; <see langword="null"/> for all.</param>
    /// <param name="after">Place of the last line that is known already; 0 for none.</param>
    /// <param name="limit">Largest number of results.</param>
    public Task<IReadOnlyList<(long Place, ActivityLogLine Line)>> ListLogAsync(
        Guid runId, string? activityId, long after, int limit, CancellationToken cancellationToken) => ReadAsync(
        """
        select activity_id, attempt, at, event, message, id from orchestrator.activity_log
        where run_id = $1 and ($2 is null or activity_id = $2) and id > $3 order by id limit $4
        """,
        parameters => parameters.With(runId).With(activityId).With(after).With(limit), row => (row.GetInt64(5), ReadLine(row)),
            cancellationToken);

    /// <summary>Lists the checks of the activities of a run, in order; those of failed attempts too.</summary>
    public Task<IReadOnlyList<RecordedCheck>> ListChecksAsync(Guid runId, CancellationToken cancellationToken) => ReadAsync(
        """
        select run_id, activity_id, attempt, at, check_name, asset, partition, severity, is_passed, expected, actual, offending_rows
        from orchestrator.asset_check_result where run_id = $1 order by id
        """,
        parameters => parameters.With(runId), ReadCheck, cancellationToken);

    internal static Run ReadRun(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetPartition(4), Enum.Parse<RunStatus>(row.GetString(5)),
        row.GetFieldValue<DateTimeOffset>(6), row.GetMoment(7), row.GetMoment(8),
        row.GetOrDefault<string>(9) is { } code ? new(code, row.GetString(10), row.GetOrDefault<string>(11)) : null,
        row.GetOrDefault<string>(12), row.GetBoolean(13), row.GetOrDefault<string>(14), row.GetOrDefault<string>(15))
    {
        Priority = row.GetInt32(16), StartedBy = row.GetOrDefault<string>(17), RerunOf = row.GetOrDefault<Guid?>(18), RootRun = row.GetOrDefault<Guid?>(19),
        WaitsFor = row.GetOrDefault<string>(20) switch
        {
            null => null,
            var active when Guid.TryParse(active, out _) => $"Run {active} of the same month has to end first.",
            var pool => $"All slots of '{pool}' are taken.",
        },
        HistoryRemovedAt = row.GetMoment(21), Name = row.GetOrDefault<string>(22), CorrelationId = row.GetOrDefault<string>(23), ParentRun = row.GetOrDefault<Guid?>(24),
        IsAdHoc = row.GetBoolean(25),
    };

    static ActivityExecution ReadExecution(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetInt32(1), row.IsDBNull(2) ? null : row.GetInt32(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetOrDefault<string>(6),
        Enum.Parse<ActivityStatus>(row.GetString(7)), row.GetInt32(8), row.GetFieldValue<DateTimeOffset>(9), row.GetMoment(10), row.GetMoment(11),
        ReadValues(row.GetOrDefault<string>(12) ?? "{}"), ReadValues(row.GetOrDefault<string>(13) ?? "{}"),
        JsonSerializer.Deserialize(row.GetOrDefault<string>(14) ?? "[]", ProjectionContext.Default.IReadOnlyListString) ?? [],
        JsonSerializer.Deserialize(row.GetOrDefault<string>(15) ?? "{}", ProjectionContext.Default.IReadOnlyDictionaryStringDecimal) ?? new Dictionary<string, decimal>(),
        row.GetOrDefault<string>(16) is { } code ? new(code, row.GetString(17), row.GetString(3)) : null)
    {
        ReusedFrom = row.GetOrDefault<Guid?>(18), ReusedNumber = row.GetOrDefault<int?>(19),
        WaitsFor = row.GetOrDefault<string>(20) is { } pool ? $"All slots of the pool '{pool}' are taken." : null,
    };

    static ActivityLogLine ReadLine(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetInt32(1), row.GetFieldValue<DateTimeOffset>(2), row.GetString(3), row.GetOrDefault<string>(4));

    static RecordedCheck ReadCheck(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.GetFieldValue<DateTimeOffset>(3),
        new(row.GetString(4), new(row.GetString(5)), row.GetPartition(6), Enum.Parse<CheckSeverity>(row.GetString(7)), row.GetBoolean(8), row.GetString(9), row.GetString(10),
            JsonSerializer.Deserialize(row.GetString(11), ProjectionContext.Default.IReadOnlyListString) ?? []));

    Task<IReadOnlyList<T>> ReadAsync<T>(
        string constant, Func<NpgsqlParameterCollection, NpgsqlParameterCollection> fill, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        StoreReading.ReadAsync(store, outages, constant, fill, read, cancellationToken);
}
