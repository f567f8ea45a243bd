using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Runs;

/// <summary>What found runs are sorted by; runs with the same value by id.</summary>
public enum RunSearchOrder
{
    /// <summary>When they were accepted.</summary>
    Created = 0,

    /// <summary>When they ended, or began where they have not ended.</summary>
    Changed = 1,

    /// <summary>When they ended; those that have not ended count as the last.</summary>
    Finished = 2,

    /// <summary>The workflow's name.</summary>
    Name = 3,
}

/// <summary>A time that a found run has.</summary>
/// <param name="Column"><see cref="RunSearchOrder.Created"/>, <see cref="RunSearchOrder.Changed"/> or
/// <see cref="RunSearchOrder.Finished"/>.</param>
/// <param name="From">At this time or later; <see langword="null"/> for any.</param>
/// <param name="Before">Before this time; <see langword="null"/> for any.</param>
public sealed record RunSearchTime(RunSearchOrder Column, DateTimeOffset? From, DateTimeOffset? Before);

/// <summary>Which runs to find; those whose history was removed are not found.</summary>
public sealed record RunSearch
{
    /// <summary>Only these; <see langword="null"/> for all.</summary>
    public IReadOnlyList<Guid>? Ids { get; init; }

    /// <summary>Part of the id, of the run's name or of the workflow's id or name, whatever the case; empty for all.</summary>
    public string Text { get; init; } = "";

    /// <summary>Any of these workflows; empty for all.</summary>
    public IReadOnlyList<string> DefinitionIds { get; init; } = [];

    /// <summary>Only those with this one; <see langword="null"/> for all.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Only of this version.</summary>
    public int? Version { get; init; }

    /// <summary>Any of these; <see langword="null"/> for every status.</summary>
    public IReadOnlyList<RunStatus>? Statuses { get; init; }

    /// <summary>Only those in which an activity failed for good, or only the others.</summary>
    public bool? HasFaults { get; init; }

    /// <summary>All of these.</summary>
    public IReadOnlyList<RunSearchTime> Times { get; init; } = [];

    /// <summary>What to sort by. Default <see cref="RunSearchOrder.Created"/>.</summary>
    public RunSearchOrder Order { get; init; }

    /// <summary>Whether the highest comes first. Default true.</summary>
    public bool IsDescending { get; init; } = true;

    /// <summary>How many to pass over.</summary>
    public int Skip { get; init; }

    /// <summary>At most so many; default 50.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>A run that was found.</summary>
/// <param name="Run">The run.</param>
/// <param name="DefinitionVersionId">Id of the version of the definition that it executes; the checksum where that is not kept as
/// one.</param>
/// <param name="Faults">Activity executions that failed for good.</param>
/// <param name="Name">What an activity called it; <see langword="null"/> for nothing.</param>
/// <param name="CorrelationId">What ties it to others; <see langword="null"/> for nothing.</param>
public sealed record FoundRun(Run Run, string DefinitionVersionId, int Faults, string? Name, string? CorrelationId);

public sealed partial class RunStore
{
    const string Changed = "coalesce(run.finished_at, run.started_at, run.created_at)";
    const string FaultsOfRun = "(select count(*) from orchestrator.activity_execution as execution where execution.run_id = run.id and execution.status = 'Failed')";

    /// <summary>A page of the runs that are asked for, and how many there are on all pages.</summary>
    public async Task<(IReadOnlyList<FoundRun> Runs, long Total)> SearchAsync(RunSearch search, CancellationToken cancellationToken)
    {
        var conditions = new List<string> { "run.history_removed_at is null" };
        if (search.Ids is not null) conditions.Add("run.id = any($1)");
        if (search.Text.Length > 0) conditions.Add("(run.id::text like $2 or run.definition_id ilike $2 or run.definition_name ilike $2 or run.run_name ilike $2)");
        if (search.DefinitionIds.Count > 0) conditions.Add("run.definition_id = any($3)");
        if (search.Version is not null) conditions.Add("run.definition_version = $4");
        if (search.CorrelationId is not null) conditions.Add("run.correlation_id = $10");
        if (search.Statuses is not null) conditions.Add("run.status = any($5)");
        if (search.HasFaults is { } hasFaults) conditions.Add($"{FaultsOfRun} {(hasFaults ? ">" : "=")} 0");
        if (search.Times.Count > 0)
        {
            conditions.Add(string.Join(" and ", search.Times.Select((time, index) =>
                $"($6::timestamptz[])[{index + 1}] <= {ColumnOf(time.Column)} and ($7::timestamptz[])[{index + 1}] > {ColumnOf(time.Column)}")));
        }
        var where = string.Join(" and ", conditions);
        var direction = search.IsDescending ? "desc" : "asc";
        var found = await ReadAsync(
            $"""
            select {RunColumns}, coalesce((
                select definition.id from orchestrator.definition
                where definition.definition_id = run.definition_id and definition.checksum = run.definition_checksum order by definition.version desc limit 1),
              run.definition_checksum), {FaultsOfRun}, run.run_name, run.correlation_id
            from orchestrator.run
            where {where} order by {ColumnOf(search.Order)} {direction}, run.id {direction} offset $8 limit $9
            """,
            Fill, row => new FoundRun(
                ReadRun(row), row.GetString(RunColumnCount), (int)row.GetInt64(RunColumnCount + 1), row.GetOrDefault<string>(RunColumnCount + 2),
                row.GetOrDefault<string>(RunColumnCount + 3)), cancellationToken);
        if (search.Skip == 0 && found.Count < search.Limit) return (found, found.Count);
        // The same parameters, so that each keeps its number.
        var total = await ReadAsync($"select count(*) from orchestrator.run where {where} and $8 >= 0 and $9 >= 0", Fill, row => row.GetInt64(0), cancellationToken);
        return (found, total[0]);

        Npgsql.NpgsqlParameterCollection Fill(Npgsql.NpgsqlParameterCollection parameters)
        {
            foreach (var value in (object[])
            [
                search.Ids?.ToArray() ?? [], $"%{Escape(search.Text)}%", search.DefinitionIds.ToArray(), search.Version ?? 0,
                search.Statuses?.Select(status => status.ToString()).ToArray() ?? [],
                search.Times.Select(time => (time.From ?? DateTimeOffset.MinValue).UtcDateTime).ToArray(), search.Times.Select(time => (time.Before ?? DateTimeOffset.MaxValue).UtcDateTime).ToArray(),
                search.Skip, search.Limit, search.CorrelationId ?? "",
            ]) parameters.Add(new() { Value = value });
            return parameters;
        }
    }

    /// <summary>A run as a search shows it; <see langword="null"/> where there is none with this id.</summary>
    public async Task<FoundRun?> FindShownAsync(Guid runId, CancellationToken cancellationToken) =>
        (await SearchAsync(new() { Ids = [runId], Limit = 1 }, cancellationToken)).Runs is [var found] ? found : null;

    /// <summary>What happened in a run, folded for reading; empty where there is no such run or its history was removed.</summary>
    /// <param name="known">What was read of the run before, which is gone on with; <see langword="null"/> for nothing.</param>
    public async Task<RunHistory> ReadHistoryAsync(Guid runId, RunHistory? known, CancellationToken cancellationToken)
    {
        known ??= RunHistory.Empty;
        return known.With(await ReadAsync(RunJournal.EntriesBehind, parameters => parameters.With(runId).With(known.Sequence),
            RunJournal.ReadEntry, cancellationToken));
    }

    /// <summary>The runs of those given that have had further lines of their journal or have ended since, by where they are now.</summary>
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
    /// Removes a run that has ended, with all that is known of it. What it wrote and readers see stays, and then so does the run itself, as
    /// one whose history was removed; as does one that another run repeats.
    /// </summary>
    /// <returns>False where there is no such run, or it has not ended.</returns>
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

    static string Escape(string text) => text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal);

    static string ColumnOf(RunSearchOrder order) => order switch
    {
        RunSearchOrder.Created => "run.created_at",
        RunSearchOrder.Changed => Changed,
        RunSearchOrder.Finished => "coalesce(run.finished_at, 'infinity')",
        RunSearchOrder.Name => "run.definition_name",
        _ => throw new ArgumentOutOfRangeException(nameof(order), order, "There is no such order."),
    };
}
