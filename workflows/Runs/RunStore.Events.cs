using System.Text.Json;
using NpgsqlTypes;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Runs;

/// <summary>One line of a run's journal, for readers.</summary>
/// <param name="Sequence">Place in the journal, from 1 without gaps.</param>
/// <param name="At">When it happened.</param>
/// <param name="Type">Type of the event, such as <c>activity.completed</c>.</param>
/// <param name="ActivityId">The activity it is about; <see langword="null"/> for the run.</param>
/// <param name="Data">Data of the event in the journal.</param>
public sealed record JournalLine(long Sequence, DateTimeOffset At, string Type, string? ActivityId, JsonElement Data);

public sealed partial class RunStore
{
    /// <summary>Lists the events of a run after a place in its journal, in order.</summary>
    /// <param name="after">Sequence of the last line that is known already; 0 for none.</param>
    /// <param name="limit">Largest number of results.</param>
    public Task<IReadOnlyList<JournalLine>> ListEventsAsync(Guid runId, long after, int limit, CancellationToken cancellationToken) => ReadAsync(
        """
        select journal.sequence, journal.at, journal.type, execution.activity_id, journal.payload
        from orchestrator.journal
        left join orchestrator.activity_execution as execution
          on execution.run_id = $1 and execution.number = orchestrator.event_number(journal.payload)
        where journal.run_id = $1 and journal.sequence > $2
        order by journal.sequence limit $3
        """,
        parameters => parameters.With(runId).With(after).With(limit),
        row => new JournalLine(
            row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetOrDefault<string>(3), JsonElement.Parse(row.GetString(4))),
        cancellationToken);

    /// <summary>Lists every attempt of some executions of a run, in the order they began.</summary>
    /// <param name="numbers">Numbers of the executions.</param>
    public async Task<IReadOnlyList<AttemptHistory>> ListAttemptsAsync(
        Guid runId, IReadOnlyCollection<int> numbers, CancellationToken cancellationToken)
    {
        var entries = await ReadAsync(
            """
            select sequence, at, type, payload from orchestrator.journal
            where run_id = $1 and type = any($3) and orchestrator.event_number(payload) = any($2)
            order by sequence
            """,
            parameters => parameters.With(runId).With(numbers.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer).With(AttemptHistories.Events),
            RunJournal.ReadEntry, cancellationToken);
        return AttemptHistories.Of(entries);
    }

    /// <summary>Lists checks of the data, the last one first.</summary>
    /// <param name="asset">Only of this asset.</param>
    /// <param name="partition">Only of this month.</param>
    /// <param name="isPassed">Only those that passed, or that failed.</param>
    /// <param name="before">Only those noted before this one: the last of the page before.</param>
    /// <param name="limit">Largest number of results.</param>
    public Task<IReadOnlyList<(long Id, RecordedCheck Check)>> ListChecksAsync(
        string? asset, Assets.Partition? partition, bool? isPassed, long? before, int limit, CancellationToken cancellationToken) => ReadAsync(
        """
        select run_id, activity_id, attempt, at, check_name, asset, partition, severity, is_passed, expected, actual, offending_rows, id
        from orchestrator.asset_check_result
        where ($1 is null or asset = $1) and ($2 is null or partition = $2) and ($3 is null or is_passed = $3) and ($4 is null or id < $4)
        order by id desc limit $5
        """,
        parameters => parameters.With(asset).With(partition).With(isPassed, NpgsqlDbType.Boolean).With(before, NpgsqlDbType.Bigint)
            .With(limit),
        row => (row.GetInt64(12), ReadCheck(row)), cancellationToken);
}
