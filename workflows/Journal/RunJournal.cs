using System.Runtime.InteropServices;
using System.Text.Json;
using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Journal;

/// <summary>The lease under which a worker may append to a run's journal.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Token">Grows with each claim; the newest one counts.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct Fence(Guid RunId, long Token);

/// <summary>Events to append, with all other changes of the same commit: all or nothing.</summary>
/// <param name="Run">Where the run stands after the events; null if it stands as it stood before them.</param>
sealed record JournalAppend(
    Fence Fence, long ExpectedSequence, IReadOnlyList<JournalEntry> Entries, RunRow? Run, IReadOnlyCollection<ExecutionRow> Executions,
    IReadOnlyCollection<LogRow> Log, IReadOnlyCollection<CheckRow> Checks, IReadOnlyCollection<MaterializationRow> Materializations)
{
    /// <summary>Sequence of the last of the events.</summary>
    public long LastSequence => ExpectedSequence + Entries.Count;
}

/// <summary>The worker no longer holds the run: another one does, and nothing of the append was written.</summary>
sealed class LeaseLostException(Guid runId) : Exception($"Run {runId} is driven by another worker now.");

/// <summary>The store refuses an append, and nothing of it was written: the fault is the activity's, not the store's.</summary>
/// <param name="code"><c>assets.conflict</c> or <c>run.commit_refused</c>.</param>
/// <param name="isRetryable">Whether another attempt may write something else.</param>
sealed class CommitRefusedException(string code, string message, bool isRetryable, Exception cause) : Exception(message, cause)
{
    public string Code => code;

    public bool IsRetryable => isRetryable;
}

/// <summary>Reads and appends the journals of runs.</summary>
public sealed class RunJournal(StoreDatabase store, StoreOutages outages, CrashPoint crash)
{
    /// <summary>Reads all entries of a run, in order, for <see cref="ReadEntry"/>.</summary>
    internal const string EntriesOfRun = "select sequence, at, type, payload from orchestrator.journal where run_id = $1 order by sequence";

    /// <summary>Reads the entries of a run after one of them, in order, for <see cref="ReadEntry"/>.</summary>
    internal const string EntriesBehind =
        "select sequence, at, type, payload from orchestrator.journal where run_id = $1 and sequence > $2 order by sequence";

    const string Conflict = "OR002";

    readonly JournalWriter writer = new(store);
    readonly GroupCommit group = new(new(store));

    /// <summary>Reads all events of a run, in order.</summary>
    internal Task<List<JournalEntry>> ReadAsync(Guid runId, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand(EntriesOfRun);
        command.Parameters.With(runId);
        await using var row = await command.ExecuteReaderAsync(token);
        var entries = new List<JournalEntry>();
        while (await row.ReadAsync(token)) entries.Add(ReadEntry(row));
        return entries;
    }, cancellationToken);

    internal static JournalEntry ReadEntry(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), RunEventJson.Read(row.GetString(2), row.GetString(3)));

    /// <summary>
    /// Appends durably; appends of many runs share a commit, and none can affect another. An append whose answer was lost is recognized, so
    /// nothing is lost or doubled.
    /// </summary>
    /// <exception cref="LeaseLostException">Another worker holds the run.</exception>
    /// <exception cref="CommitRefusedException">A materialization was derived from one that readers no longer see, or violates a constraint
    /// of the schema.</exception>
    internal async Task AppendAsync(JournalAppend append, CancellationToken cancellationToken)
    {
        var (first, last) = (append.ExpectedSequence + 1, append.LastSequence);
        var rows = RowsOf(append);
        crash.BeforeCommit(first, last);
        var isRepeated = false;
        await outages.RideOutAsync(async token =>
        {
            if (isRepeated && await IsAppendedAsync(append, token)) return;
            var mayBeThereAlready = isRepeated;
            isRepeated = true;
            // The first try may have been committed during the check.
            if (!await WriteAsync(rows) && !(mayBeThereAlready && await IsAppendedAsync(append, token))) throw new LeaseLostException(append.Fence.RunId);
        }, cancellationToken);
        crash.AfterCommit(first, last);
    }

    static JournalRows RowsOf(JournalAppend append)
    {
        try
        {
            return JournalRows.Of(append);
        }
        // System.Text.Json throws these for a value that is no JSON, such as half a character or a number that is not finite.
        catch (Exception unfit) when (unfit is JsonException or InvalidOperationException or ArgumentException or NotSupportedException)
        {
            throw new CommitRefusedException("run.unwritable",
                $"A value of the activity cannot be written as JSON: {unfit.Message} " +
                "Nothing was committed. Correct what the activity gives.",
                isRetryable: false, unfit);
        }
    }

    /// <returns>Whether the run was held and is advanced; if not, nothing is written.</returns>
    async Task<bool> WriteAsync(JournalRows rows)
    {
        try
        {
            return rows.Materializations.Count == 0 ? await group.WriteAsync(rows) : await writer.WriteAloneAsync(rows);
        }
        catch (PostgresException conflict) when (conflict.SqlState is Conflict)
        {
            throw new CommitRefusedException("assets.conflict",
                $"{conflict.MessageText} Nothing was committed; another attempt starts from what is there now.", isRetryable: true, conflict);
        }
        catch (PostgresException refused) when (JournalWriter.IsRefusal(refused))
        {
            throw new CommitRefusedException("run.commit_refused", $"The store refused what the activity wrote: {refused.MessageText} Nothing was committed.", isRetryable: false, refused);
        }
    }

    async Task<bool> IsAppendedAsync(JournalAppend append, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand("select 1 from orchestrator.run where id = $1 and fencing_token = $2 and last_sequence = $3");
        command.Parameters.With(append.Fence.RunId).With(append.Fence.Token).With(append.LastSequence);
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }
}
