using System.Collections.Concurrent;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Hosting;

/// <summary>Drives runs in the background.</summary>
sealed class WorkerService(RunStore runs, RunWorker worker, ServerOptions options, ServerShutdown shutdown, TimeProvider time) : BackgroundService
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    readonly ConcurrentDictionary<Guid, Task> driven = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!shutdown.Drain.IsCancellationRequested)
        {
            foreach (var run in await runs.ListUnfinishedAsync(CancellationToken.None))
            {
                if (run.Status is RunStatus.Suspended || driven.ContainsKey(run.Id) || driven.Count >= options.Workers) continue;
                driven[run.Id] = DriveAsync(run.Id);
            }
            await Task.Delay(Poll, time, shutdown.Drain).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await Task.WhenAll(driven.Values);
    }

    async Task DriveAsync(Guid runId)
    {
        await Task.Yield();
        try
        {
            await worker.DriveAsync(runId, new Silent(), shutdown.Stop);
        }
        finally
        {
            driven.TryRemove(runId, out _);
        }
    }

    sealed class Silent : IRunObserver
    {
        public void OnProgress(ActivityAttempt attempt, ActivityProgress progress) { }
        public void OnLog(ActivityAttempt attempt, string eventName, string? message) { }
        public void OnActivityStarted(ActivityAttempt attempt) { }
        public void OnActivityFinished(ActivityAttempt attempt, ActivityExecution execution) { }
        public void OnRetry(ActivityAttempt attempt, RunError error, TimeSpan delay) { }
        public void OnRunFinished(Run run) { }
    }
}
