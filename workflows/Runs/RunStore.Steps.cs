using NpgsqlTypes;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Runs;

/// <summary>Parts of a run, for pages that stay small even if the run is long.</summary>
public sealed partial class RunStore
{
    /// <summary>
    /// Lists a part of the executions of activities, in the order of work: as they started, then as they were scheduled. Containers are
    /// left out.
    /// </summary>
    /// <param name="activities">Ids of the activities that are steps.</param>
    public Task<IReadOnlyList<ActivityExecution>> ListStepsAsync(
        Guid runId, IReadOnlyCollection<string> activities, int skip, int limit, CancellationToken cancellationToken) => ReadAsync(
        $"""
        {SelectExecution}
        where run_id = $1 and activity_id = any($2)
          and not exists (select from orchestrator.activity_execution as child where child.run_id = $1 and child.parent = execution.number)
        order by coalesce(started_at, 'infinity'), number offset $3 limit $4
        """,
        parameters => parameters.With(runId).With([.. activities]).With(skip).With(limit), ReadExecution, cancellationToken);

    /// <summary>Counts how often each activity of a run was scheduled; containers too.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CountExecutionsAsync(Guid runId, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(
            """
            select activity_id, count(*) filter (where not exists (
              select from orchestrator.activity_execution as child where child.run_id = $1 and child.parent = execution.number))::integer
            from orchestrator.activity_execution as execution where run_id = $1 group by activity_id
            """,
            parameters => parameters.With(runId), row => KeyValuePair.Create(row.GetString(0), row.GetInt32(1)), cancellationToken);
        return new Dictionary<string, int>(found, StringComparer.Ordinal);
    }

    /// <summary>Finds the last execution of an activity in a run; <see langword="null"/> if it was never scheduled.</summary>
    public async Task<ActivityExecution?> FindLastExecutionAsync(Guid runId, string activityId, CancellationToken cancellationToken)
    {
        var found = await ReadAsync($"{SelectExecution} where run_id = $1 and activity_id = $2 order by number desc limit 1",
            parameters => parameters.With(runId).With(activityId), ReadExecution, cancellationToken);
        return found is [var last] ? last : null;
    }

    /// <summary>Lists the last lines that the activities of a run logged before a place in the log, in order.</summary>
    /// <param name="activityId">Only of this activity; <see langword="null"/> for all.</param>
    /// <param name="before">Place of the first line that is known already; <see langword="null"/> for the end of the log.</param>
    /// <param name="limit">Largest number of results.</param>
    public async Task<IReadOnlyList<(long Place, ActivityLogLine Line)>> ListLogBeforeAsync(
        Guid runId, string? activityId, long? before, int limit, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(
            """
            select activity_id, attempt, at, event, message, id from orchestrator.activity_log
            where run_id = $1 and ($2 is null or activity_id = $2) and ($3 is null or id < $3) order by id desc limit $4
            """,
            parameters => parameters.With(runId).With(activityId).With(before, NpgsqlDbType.Bigint).With(limit), row => (row.GetInt64(5),
                ReadLine(row)), cancellationToken);
        return [.. found.Reverse()];
    }
}
