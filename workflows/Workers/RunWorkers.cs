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

/// <summary>Takes whatever run is next and drives it, many at once: the worker role of a process.</summary>
public sealed partial class RunWorkers(
    RunWorker worker, RunLeases leases, StoreSignals signals, WorkerRegistry registry, RunWaker waker, IOptions<RunOptions> options,
    TimeProvider clock, ILogger<RunWorkers> log)
{
    // Others want some as well; a worker that has room for more asks again at once.
    const int MostPerClaim = 16;

    // After a run was told to let go it takes as long as cancelling may take, and the last commit.
    static readonly TimeSpan LettingGo = TimeSpan.FromSeconds(5);

    /// <summary>What this process does besides driving runs, as the list of workers shows it. Default <c>worker</c> alone.</summary>
    public IReadOnlyList<string> Roles { get; set; } = ["worker"];

    /// <summary>Watches the runs that are driven here.</summary>
    public IRunObserver Observer { get; set; } = new Unobserved();

    /// <summary>
    /// Called when a run ended or was suspended here and that is durable, on the thread that drove it; must return at once and not throw.
    /// Add to it with <c>+=</c> before the workers run.
    /// </summary>
    public Action<Run>? RunEnded { get; set; }

    /// <summary>Drives runs until it is told to end.</summary>
    /// <param name="runsAtOnce">How many at once, at least 1.</param>
    /// <param name="drain">Take nothing new: what runs finishes, or is handed over to other workers after
    /// <see cref="RunOptions.DrainTimeout"/>.</param>
    /// <param name="stop">Hand over what runs at once.</param>
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
                    // It takes itself out at its end, which may come before the second line is through.
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
#pragma warning disable CA1031 // A worker lives through everything that the store may do; it looks again after a while.
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
#pragma warning disable CA1031 // One run must not take the others with it. It stays under its lease, so that nobody tries again before that ends.
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

    /// <summary>Says that this worker is there, and looks after the runs of those that are not.</summary>
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
                // It is shown as gone until the store is there again.
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
            // It is shown as gone, then forgotten.
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
