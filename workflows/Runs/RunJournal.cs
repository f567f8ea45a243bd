using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Runs;

/// <summary>The lease under which a worker may append to a run's journal.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Token">Grows with each claim; the newest one counts.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct Fence(Guid RunId, long Token);

/// <summary>Events to append, with everything that becomes true with them: one commit, all or nothing.</summary>
/// <param name="State">The run after the events.</param>
sealed record JournalAppend(
    Fence Fence, long ExpectedSequence, IReadOnlyList<JournalEntry> Entries, RunState State, IReadOnlyCollection<ExecutionRow> Executions,
    IReadOnlyCollection<LogRow> Log, IReadOnlyCollection<CheckRow> Checks, IReadOnlyCollection<MaterializationRow> Materializations);

/// <summary>The worker does not hold the run any more: another one does, and nothing of what was to be written is there.</summary>
sealed class LeaseLostException(Guid runId) : Exception($"Run {runId} is driven by another worker now.");

/// <summary>The store refuses what was to be written, and nothing of it is there: it is the fault of the activity, not of the store.</summary>
/// <param name="code"><c>assets.conflict</c> or <c>run.commit_refused</c>.</param>
/// <param name="isRetryable">Whether another attempt may write something else.</param>
sealed class CommitRefusedException(string code, string message, bool isRetryable, Exception cause) : Exception(message, cause)
{
    public string Code => code;

    public bool IsRetryable => isRetryable;
}

/// <summary>Reads and appends the journals of runs.</summary>
sealed class RunJournal(StoreDatabase store, StoreOutages outages, CrashPoint crash)
{
    const string Fenced = "OR001", Conflict = "OR002";

    /// <summary>Everything that happened in a run, in order.</summary>
    public Task<List<JournalEntry>> ReadAsync(Guid runId, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand("select sequence, at, type, payload from orchestrator.journal where run_id = $1 order by sequence");
        command.Parameters.With(runId);
        await using var row = await command.ExecuteReaderAsync(token);
        var entries = new List<JournalEntry>();
        while (await row.ReadAsync(token)) entries.Add(ReadEntry(row));
        return entries;
    }, cancellationToken);

    static JournalEntry ReadEntry(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), RunEventJson.Read(row.GetString(2), row.GetString(3)));

    /// <summary>Appends durably. An append whose answer was lost is recognised, so nothing is lost or doubled.</summary>
    /// <exception cref="LeaseLostException">Another worker holds the run.</exception>
    /// <exception cref="CommitRefusedException">A materialization was derived from one that readers do not see any more, or breaks a rule of the schema.</exception>
    public async Task AppendAsync(JournalAppend append, CancellationToken cancellationToken)
    {
        var (first, last) = (append.ExpectedSequence + 1, append.ExpectedSequence + append.Entries.Count);
        crash.BeforeCommit(first, last);
        var isRepeated = false;
        await outages.RideOutAsync(async token =>
        {
            if (isRepeated && await IsAppendedAsync(append, token)) return;
            var mayBeThereAlready = isRepeated;
            isRepeated = true;
            try
            {
                await WriteAsync(append, token);
            }
            catch (PostgresException fenced) when (fenced.SqlState is Fenced)
            {
                // The first try may have been committed while we looked.
                if (!mayBeThereAlready || !await IsAppendedAsync(append, token)) throw new LeaseLostException(append.Fence.RunId);
            }
            catch (PostgresException conflict) when (conflict.SqlState is Conflict)
            {
                throw new CommitRefusedException("assets.conflict",
                    $"{conflict.MessageText} Nothing was committed; another attempt starts from what is there now.", isRetryable: true, conflict);
            }
            // Class 22 is data, class 23 a constraint.
            catch (PostgresException refused) when (refused.SqlState.StartsWith("22", StringComparison.Ordinal) || refused.SqlState.StartsWith("23", StringComparison.Ordinal))
            {
                throw new CommitRefusedException("run.commit_refused", $"The store refused what the activity wrote: {refused.MessageText} Nothing was committed.", isRetryable: false, refused);
            }
        }, cancellationToken);
        crash.AfterCommit(first, last);
    }

    async Task<bool> IsAppendedAsync(JournalAppend append, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand("select 1 from orchestrator.run where id = $1 and fencing_token = $2 and last_sequence = $3");
        command.Parameters.With(append.Fence.RunId).With(append.Fence.Token).With(append.ExpectedSequence + append.Entries.Count);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    async Task WriteAsync(JournalAppend append, CancellationToken cancellationToken)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        var state = append.State;
        batch.Add("select orchestrator.advance_run($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
            .With(append.Fence.RunId).With(append.Fence.Token).With(append.ExpectedSequence).With(append.Entries.Count).With(state.Status.ToString())
            .With(state.StartedAt).With(state.FinishedAt).With(state.Error?.Code).With(Text(state.Error?.Message)).With(state.Error?.ActivityId).With(state.SuspendedReason);
        if (append.Entries.Count > 0) AddEntries(batch, append.Fence.RunId, append.Entries);
        if (append.Executions.Count > 0)
            batch.Add(UpsertExecutions).WithJson(Rows(append.Executions, ProjectionContext.Default.IReadOnlyCollectionExecutionRow));
        if (append.Log.Count > 0)
            batch.Add(InsertLog).WithJson(Rows(append.Log, ProjectionContext.Default.IReadOnlyCollectionLogRow));
        if (append.Checks.Count > 0)
            batch.Add(InsertChecks).WithJson(Rows(append.Checks, ProjectionContext.Default.IReadOnlyCollectionCheckRow));
        // In one order for everybody, so that two commits cannot wait for each other.
        foreach (var materialization in append.Materializations.OrderBy(row => row.Asset, StringComparer.Ordinal).ThenBy(row => row.Partition, StringComparer.Ordinal))
            batch.Add("select orchestrator.commit_materialization($1)").WithJson(Rows(materialization, ProjectionContext.Default.MaterializationRow));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    // PostgreSQL's text cannot hold the character zero, which a broken source file may well contain. The journal keeps it.
    static string? Text(string? text) => text?.Replace('\0', '\uFFFD');

    static string Rows<T>(T rows, JsonTypeInfo<T> type) => JsonSerializer.Serialize(rows, type).Replace(@"\u0000", @"\uFFFD", StringComparison.Ordinal);

    static void AddEntries(NpgsqlBatch batch, Guid runId, IReadOnlyList<JournalEntry> entries) =>
        batch.Add("""
            insert into orchestrator.journal (run_id, sequence, at, type, payload)
            select $1, sequence, at, type, payload from unnest($2, $3, $4, $5) as entry (sequence, at, type, payload)
            """)
            .With(runId)
            .With(entries.Select(entry => entry.Sequence).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint)
            .With(entries.Select(entry => entry.At).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz)
            .With(entries.Select(entry => RunEventJson.NameOf(entry.Event)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(entries.Select(entry => RunEventJson.Write(entry.Event)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Json);

    const string UpsertExecutions = """
        insert into orchestrator.activity_execution
        select * from json_populate_recordset(null::orchestrator.activity_execution, $1)
        on conflict (run_id, number) do update
        set status = excluded.status, attempts = excluded.attempts, started_at = excluded.started_at, finished_at = excluded.finished_at,
            inputs = excluded.inputs, outputs = excluded.outputs, outcomes = excluded.outcomes, metrics = excluded.metrics,
            error_code = excluded.error_code, error_message = excluded.error_message
        """;

    const string InsertLog = """
        insert into orchestrator.activity_log (run_id, activity_id, attempt, at, event, message)
        select run_id, activity_id, attempt, at, event, message from json_populate_recordset(null::orchestrator.activity_log, $1)
        """;

    const string InsertChecks = """
        insert into orchestrator.asset_check_result
          (run_id, activity_id, attempt, at, check_name, asset, partition, severity, is_passed, expected, actual, offending_rows)
        select run_id, activity_id, attempt, at, check_name, asset, partition, severity, is_passed, expected, actual, offending_rows
        from json_populate_recordset(null::orchestrator.asset_check_result, $1)
        """;
}
