using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Workers;

/// <summary>Claims the next runs and drives them, many at once: the worker role of a process.</summary>
public sealed partial class RunWorkers(
    RunWorker worker, RunLeases leases, StoreSignals signals, WorkerRegistry registry, RunWaker waker, IOptions<RunOptions> options,
    TimeProvider clock, ILogger<RunWorkers> log)
{
    // Other workers need some too; a worker that has room for more asks again at once.
    const int MostPerClaim = 16;

    // A run that was asked to stop takes as long as canceling may take, and the last commit.
    static readonly TimeSpan LettingGo = TimeSpan.FromSeconds(5);

    /// <summary>Roles of this process, as the list of workers shows them. Default <c>worker</c> alone.</summary>
    public IReadOnlyList<string> Roles { get; set; } = ["worker"];

    /// <summary>Watches the runs that are driven here.</summary>
    public IRunObserver Observer { get; set; } = new Unobserved();

    /// <summary>
    /// Raised when a run ended or was suspended here and that is durable, on the thread that drove it; handlers must return at once and not
    /// throw. Add to it with <c>+=</c> before the workers run.
    /// </summary>
    public Action<Run>? RunEnded { get; set; }

    /// <summary>Drives runs until it is asked to stop.</summary>
    /// <param name="runsAtOnce">Number of runs at once, at least 1.</param>
    /// <param name="drain">Claim no further runs: those that run finish, or are handed over to other workers after
    /// <see cref="RunOptions.DrainTimeout"/>.</param>
    /// <param name="stop">Hand over all runs at once.</param>
    public async Task RunAsync(int runsAtOnce, CancellationToken drain, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(runsAtOnce, 1);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(drain, stop);
        using var handOver = new CancellationTokenSource();
        using var gone = new CancellationTokenSource();
        var wake = new WakeUp(clock);
        var driving = new ConcurrentDictionary<Guid, Task>();
        void OnSignal(object? sender, StoreSignal signal)
        {
            if (signal.Channel == StoreSignals.RunReady) wake.Call();
        }
        signals.Heard += OnSignal;
        signals.Listen();
        var presence = BePresentAsync(runsAtOnce, wake, gone.Token);
        var waking = waker.RunAsync(gone.Token);
        try
        {
            while (!ending.IsCancellationRequested)
            {
                var room = Math.Min(runsAtOnce - driving.Count, MostPerClaim);
                var claims = room > 0 ? await ClaimAsync(room, ending.Token) : [];
                foreach (var claim in claims)
                {
                    // It removes itself at its end, which may come before the second line is executed.
                    driving[claim.Run.Id] = Task.CompletedTask;
                    driving.TryUpdate(claim.Run.Id, Task.Run(() => DriveAsync(claim, driving, wake, handOver.Token), CancellationToken.None), Task.CompletedTask);
                }
                if (room == 0 || claims.Count < room) await wake.SleepAsync(options.Value.LeaseCheck, ending.Token);
            }
            await DrainAsync(driving, handOver, stop);
        }
        finally
        {
            signals.Heard -= OnSignal;
            await gone.CancelAsync();
            await presence;
            await waking;
        }
    }

    async Task<List<Claim>> ClaimAsync(int most, CancellationToken ending)
    {
        try
        {
            return await leases.ClaimNextAsync(most, worker.Name, options.Value.LeaseTaken, ending);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            return [];
        }
#pragma warning disable CA1031 // A worker survives every error of the store; it tries again after a pause.
        catch (Exception away)
#pragma warning restore CA1031
        {
            ClaimFailed(away is NpgsqlException ? null : away, away.Message);
            return [];
        }
    }

    async Task DriveAsync(Claim claim, ConcurrentDictionary<Guid, Task> driving, WakeUp wake, CancellationToken handOver)
    {
        try
        {
            var run = await worker.DriveAsync(claim, Observer, CancellationToken.None, handOver);
            if (run.Status.IsFinal || run.Status is RunStatus.Suspended) RunEnded?.Invoke(run);
        }
        catch (LeaseLostException lost)
        {
            LeaseLost(lost.Message);
        }
#pragma warning disable CA1031 // One run must not affect the others. Its lease stays, so no worker tries again before it ends.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            DrivingFailed(exception, claim.Run.Id, exception.Message);
        }
        finally
        {
            driving.TryRemove(claim.Run.Id, out _);
            wake.Call();
        }
    }

    async Task DrainAsync(ConcurrentDictionary<Guid, Task> driving, CancellationTokenSource handOver, CancellationToken stop)
    {
        await Task.WhenAll(driving.Values).WaitAsync(options.Value.DrainTimeout, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await handOver.CancelAsync();
        await Task.WhenAll(driving.Values).WaitAsync(LettingGo, clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!driving.IsEmpty) StillDriving(driving.Count, options.Value.Lease);
    }

    /// <summary>Sends the heartbeat of this worker, and releases the runs of dead ones.</summary>
    async Task BePresentAsync(int slots, WakeUp wake, CancellationToken gone)
    {
        while (!gone.IsCancellationRequested)
        {
            try
            {
                await registry.SeeAsync(worker.Name, Roles, slots, gone);
                await leases.ExpireOfDeadAsync(gone);
            }
            catch (Exception away) when (away is NpgsqlException or OperationCanceledException)
            {
                // The worker is shown as unavailable until the store is available again.
            }
            wake.Call();
            await Task.Delay(registry.Interval, clock, gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        try
        {
            await registry.RemoveAsync(worker.Name, CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // The worker is shown as unavailable, then removed.
        }
    }

    sealed class Unobserved : IRunObserver
    {
        public void OnProgress(ActivityAttempt attempt, ActivityProgress progress) { }

        public void OnLog(ActivityAttempt attempt, string eventName, string? message) { }

        public void OnActivityStarted(ActivityAttempt attempt) { }

        public void OnActivityFinished(ActivityAttempt attempt, ActivityExecution execution) { }

        public void OnRetry(ActivityAttempt attempt, RunError error, TimeSpan delay) { }

        public void OnRunFinished(Run run) { }
    }

    [LoggerMessage(1011, LogLevel.Warning, "No run could be taken: {Reason}")]
    partial void ClaimFailed(Exception? unexpected, string reason);

    [LoggerMessage(1012, LogLevel.Warning, "{Reason}")]
    partial void LeaseLost(string reason);

    [LoggerMessage(1013, LogLevel.Error, "Run {RunId} cannot be driven here: {Reason} Another try follows when its lease has ended.")]
    partial void DrivingFailed(Exception exception, Guid runId, string reason);

    [LoggerMessage(1014, LogLevel.Warning, "{Runs} runs could not be handed over; other workers go on with them within {Lease}.")]
    partial void StillDriving(int runs, TimeSpan lease);
}
