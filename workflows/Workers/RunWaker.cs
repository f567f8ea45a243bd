using Microsoft.Extensions.Logging;
using Npgsql;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Workers;

/// <summary>
/// Wakes suspended runs when their signal has come or their time is due. Each process with workers has one; it sleeps until the store
/// notifies it, until the next due time, and at most a second.
/// </summary>
public sealed partial class RunWaker(RunWaits waits, StoreSignals signals, TimeProvider clock, ILogger<RunWaker> log)
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(1), Shortest = TimeSpan.FromMilliseconds(5);

    internal async Task RunAsync(CancellationToken stop)
    {
        var wake = new WakeUp(clock);
        void OnSignal(object? sender, StoreSignal signal)
        {
            if (signal.Channel == StoreSignals.RunSignal) wake.Call();
        }
        signals.Heard += OnSignal;
        signals.Listen();
        while (!stop.IsCancellationRequested)
        {
            var pause = Longest;
            try
            {
                if (await waits.WakeAsync(stop) is { } due && due - clock.GetUtcNow() is var left && left < Longest) pause = left > Shortest ? left : Shortest;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
#pragma warning disable CA1031 // Waiting runs are checked again after any error of the store.
            catch (Exception away)
#pragma warning restore CA1031
            {
                WakingFailed(away is NpgsqlException ? null : away, away.Message);
            }
            await wake.SleepAsync(pause, stop);
        }
        signals.Heard -= OnSignal;
    }

    [LoggerMessage(1015, LogLevel.Warning, "No waiting run could be woken: {Reason}")]
    partial void WakingFailed(Exception? unexpected, string reason);
}
