using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Workers;

/// <summary>
/// The runs that this process drives. One statement renews the leases of all of them, and notifies their drivers of a lost lease or a
/// requested cancellation.
/// </summary>
public sealed partial class HeldRuns : IAsyncDisposable
{
    readonly RunLeases leases;
    readonly StoreSignals signals;
    readonly RunOptions options;
    readonly TimeProvider clock;
    readonly ILogger log;
    readonly ConcurrentDictionary<Fence, Held> held = new();
    readonly CancellationTokenSource stop = new();
    readonly WakeUp wake;
    readonly Lazy<Task> beating;

    /// <summary>Holds no run yet.</summary>
    public HeldRuns(RunLeases leases, StoreSignals signals, IOptions<RunOptions> options, TimeProvider clock, ILogger<HeldRuns> log)
    {
        (this.leases, this.signals, this.options, this.clock, this.log) = (leases, signals, options.Value, clock, log);
        wake = new(clock);
        beating = new(() => Task.Run(BeatAsync, CancellationToken.None));
    }

    /// <summary>Keeps a run until the result is disposed.</summary>
    internal IDisposable Keep(Fence fence, RunMailbox mailbox, RunRecorder recorder)
    {
        held[fence] = new(mailbox, recorder) { RenewedAt = clock.GetTimestamp() };
        _ = beating.Value;
        return new Kept(() => held.TryRemove(fence, out _));
    }

    async Task BeatAsync()
    {
        var interval = options.Heartbeat < options.Lease / 3 ? options.Heartbeat : options.Lease / 3;
        signals.Heard += OnSignal;
        var pause = interval;
        while (!stop.IsCancellationRequested)
        {
            await wake.SleepAsync(pause, stop.Token);
            pause = held.IsEmpty || await BeatOnceAsync() ? interval : interval / 8;
        }
        signals.Heard -= OnSignal;
    }

    void OnSignal(object? sender, StoreSignal signal)
    {
        if (signal.Channel == StoreSignals.RunCancel && !held.IsEmpty && (signal.Payload.Length == 0 || held.Keys.Any(fence => fence.RunId.ToString() == signal.Payload)))
            wake.Call();
    }

    /// <returns>Whether every lease that was due is renewed.</returns>
    async Task<bool> BeatOnceAsync()
    {
        var now = clock.GetTimestamp();
        var due = held.Where(run => clock.GetElapsedTime(run.Value.RenewedAt, now) > options.Lease / 3 - options.Heartbeat / 2).Select(run => run.Key).ToList();
        try
        {
            var (renewed, states) = await leases.RenewAsync(due, [.. held.Keys], options.LeaseTaken, stop.Token);
            foreach (var (fence, run) in held)
            {
                if (renewed.Contains(fence)) run.RenewedAt = now;
                if (states.TryGetValue(fence, out var state)) Tell(run, state);
            }
            return due.TrueForAll(renewed.Contains);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return true;
        }
#pragma warning disable CA1031 // The next heartbeat or commit shows whether the runs are still held; the fencing token keeps both safe.
        catch (Exception away)
#pragma warning restore CA1031
        {
            BeatMissed(away is NpgsqlException ? null : away, due.Count, away.Message);
            return true;
        }
    }

    static void Tell(Held run, HeldState state)
    {
        if (!state.IsHeld) run.Mailbox.Post(new RunMessage.LeaseLost());
        else if (state.CancelReason is { } reason && !run.IsCancelTold)
        {
            run.IsCancelTold = true;
            run.Mailbox.Post(new RunMessage.Cancel(reason));
        }
        else if (run.Recorder.HasLog) run.Mailbox.Post(new RunMessage.Tick());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        if (beating.IsValueCreated) await beating.Value;
        stop.Dispose();
    }

    sealed class Held(RunMailbox mailbox, RunRecorder recorder)
    {
        public RunMailbox Mailbox => mailbox;

        public RunRecorder Recorder => recorder;

        public long RenewedAt { get; set; }

        public bool IsCancelTold { get; set; }
    }

    sealed class Kept(Action letGo) : IDisposable
    {
        public void Dispose() => letGo();
    }

    [LoggerMessage(1007, LogLevel.Warning, "The leases of {Runs} runs could not be renewed: {Reason}")]
    partial void BeatMissed(Exception? unexpected, int runs, string reason);
}
