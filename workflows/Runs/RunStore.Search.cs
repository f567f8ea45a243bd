using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Runs;

/// <summary>A run that was found.</summary>
/// <param name="Run">The run.</param>
/// <param name="DefinitionVersionId">Id of the version of the definition that it executes; the checksum if that definition is not stored as
/// a version.</param>
/// <param name="Faults">Activity executions that failed for good.</param>
/// <param name="Name">Name that an activity gave it; <see langword="null"/> for none.</param>
/// <param name="CorrelationId">Correlation id; <see langword="null"/> for none.</param>
public sealed record FoundRun(Run Run, string DefinitionVersionId, int Faults, string? Name, string? CorrelationId);

public sealed partial class RunStore
{
    /// <summary>Returns a page of the runs that are requested and have a history, and the number of runs on all pages.</summary>
    public async Task<(IReadOnlyList<FoundRun> Runs, long Total)> SearchAsync(RunQuery query, CancellationToken cancellationToken)
    {
        var sql = new RunQuerySql(query with { HasHistory = true });
        var found = await ReadAsync(
            $"""
            select {RunColumns}, coalesce((
                select definition.id from orchestrator.definition
                where definition.definition_id = run.definition_id and definition.checksum = run.definition_checksum order by definition.version desc limit 1),
              run.definition_checksum), {RunQuerySql.Faults}, run.run_name, run.correlation_id
            {sql.Page}
            """,
            sql.FillPage, row => new FoundRun(
                ReadRun(row), row.GetString(RunColumnCount), (int)row.GetInt64(RunColumnCount + 1), row.GetOrDefault<string>(RunColumnCount + 2),
                row.GetOrDefault<string>(RunColumnCount + 3)), cancellationToken);
        if (query.Skip == 0 && found.Count < query.Limit) return (found, found.Count);
        return (found, (await ReadAsync(sql.Count, sql.FillCount, row => row.GetInt64(0), cancellationToken))[0]);
    }

    /// <summary>A run as a search shows it; <see langword="null"/> if there is none with this id.</summary>
    public async Task<FoundRun?> FindShownAsync(Guid runId, CancellationToken cancellationToken) =>
        (await SearchAsync(new() { Ids = [runId], Limit = 1 }, cancellationToken)).Runs is [var found] ? found : null;

    /// <summary>Reads the events of a run, folded for readers; empty if there is no such run or its history was removed.</summary>
    /// <param name="known">The history that was read before, from which this continues; <see langword="null"/> for none.</param>
    public async Task<RunHistory> ReadHistoryAsync(Guid runId, RunHistory? known, CancellationToken cancellationToken)
    {
        known ??= RunHistory.Empty;
        return known.With(await ReadAsync(RunJournal.EntriesBehind, parameters => parameters.With(runId).With(known.Sequence),
            RunJournal.ReadEntry, cancellationToken));
    }

    /// <summary>
    /// Returns those of the given runs whose journal has grown or that have ended since, with the present end of their journal.
    /// </summary>
    /// <returns>Run → sequence of the last line.</returns>
    public async Task<IReadOnlyDictionary<Guid, long>> ReadSequencesAsync(IReadOnlyList<Guid> runs, CancellationToken cancellationToken)
    {
        var found = await ReadAsync("select id, last_sequence from orchestrator.run where id = any($1)",
            parameters =>
            {
                parameters.Add(new() { Value = runs.ToArray() });
                return parameters;
            },
            row => KeyValuePair.Create(row.GetGuid(0), row.GetInt64(1)), cancellationToken);
        return new Dictionary<Guid, long>(found);
    }

    /// <summary>
    /// Removes a run that has ended, with all that is known of it. The data that it wrote and readers see stays, and then so does the run
    /// itself, as one whose history was removed; so does a run that another one repeats.
    /// </summary>
    /// <returns>False if there is no such run, or it has not ended.</returns>
    public async Task<bool> DeleteAsync(Guid runId, CancellationToken cancellationToken)
    {
        var removed = await ReadAsync(DeleteRun, parameters => parameters.With(runId), row => row.GetGuid(0), cancellationToken);
        if (removed.Count == 0) return false;
        await ReadAsync(DeleteWhatNothingNeeds, parameters => parameters.With(runId), row => row.GetGuid(0), cancellationToken);
        return true;
    }

    const string DeleteRun = """
        with ended as (update orchestrator.run set history_removed_at = coalesce(history_removed_at, now()) where id = $1 and finished_at is not null returning id),
        executions as (delete from orchestrator.activity_execution where run_id in (select id from ended)),
        lines as (delete from orchestrator.activity_log where run_id in (select id from ended)),
        checks as (delete from orchestrator.asset_check_result where run_id in (select id from ended)),
        journal as (delete from orchestrator.journal where run_id in (select id from ended))
        select id from ended
        """;

    const string DeleteWhatNothingNeeds = """
        delete from orchestrator.run
        where id = $1 and not exists (select from orchestrator.materialization where run_id = $1)
          and not exists (select from orchestrator.run as repeats where repeats.rerun_of = $1 or (repeats.root_run = $1 and repeats.id <> $1))
        returning id
        """;
}
