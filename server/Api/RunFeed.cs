using System.Collections.Concurrent;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Api;

/// <summary>Progress of a running activity.</summary>
/// <param name="ActivityId">The activity.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Rows">Rows done.</param>
/// <param name="TotalRows">Total rows; null if unknown.</param>
/// <param name="Bytes">Bytes written or sent; null if not applicable.</param>
/// <param name="Step">Current step; null for none.</param>
public sealed record ProgressResponse(string ActivityId, int Attempt, long Rows, long? TotalRows, long? Bytes, string? Step);

/// <summary>Passes events of runs that this process drives to their watchers; costs nothing without watchers.</summary>
sealed class RunFeed(TimeProvider time) : IRunObserver
{
    readonly ConcurrentDictionary<Guid, RunWatch[]> watched = new();

    /// <summary>Watches a run until the watch is disposed.</summary>
    public RunWatch Watch(Guid runId)
    {
        var watch = new RunWatch(time, gone => watched.AddOrUpdate(runId, [], (_, watches) => [.. watches.Where(other => other != gone)]));
        watched.AddOrUpdate(runId, [watch], (_, watches) => [.. watches, watch]);
        return watch;
    }

    /// <inheritdoc/>
    public void OnProgress(ActivityAttempt attempt, ActivityProgress progress)
    {
        foreach (var watch in WatchesOf(attempt.RunId))
            watch.Report(new ProgressResponse(attempt.ActivityId, attempt.Attempt, progress.Rows, progress.TotalRows, progress.Bytes, progress.Step));
    }

    /// <inheritdoc/>
    public void OnLog(ActivityAttempt attempt, string eventName, string? message)
    {
        foreach (var watch in WatchesOf(attempt.RunId)) watch.Report(new LogLineResponse(attempt.ActivityId, attempt.Attempt, time.GetUtcNow(), eventName, message));
    }

    /// <inheritdoc/>
    public void OnActivityStarted(ActivityAttempt attempt) => Wake(attempt.RunId);

    /// <inheritdoc/>
    public void OnActivityFinished(ActivityAttempt attempt, ActivityExecution execution) => Wake(attempt.RunId);

    /// <inheritdoc/>
    public void OnActivityReused(ActivityExecution execution) => Wake(execution.RunId);

    /// <inheritdoc/>
    public void OnRetry(ActivityAttempt attempt, RunError error, TimeSpan delay) => Wake(attempt.RunId);

    /// <inheritdoc/>
    public void OnRunFinished(Run run)
    {
        Wake(run.Id);
        // Later watchers read the journal.
        if (watched.TryGetValue(run.Id, out var watches) && watches.Length == 0) watched.TryRemove(KeyValuePair.Create(run.Id, watches));
    }

    void Wake(Guid runId)
    {
        foreach (var watch in WatchesOf(runId)) watch.Wake();
    }

    RunWatch[] WatchesOf(Guid runId) => watched.GetValueOrDefault(runId, []);
}
