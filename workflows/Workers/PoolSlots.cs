using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Workers;

/// <summary>An attempt that needs a slot.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Fence">The run, and the lease it is driven under.</param>
/// <param name="Number">The execution.</param>
/// <param name="Attempts">Its attempts so far, this one included.</param>
/// <param name="Priority">Priority of the run.</param>
/// <param name="CreatedAt">Creation time of the run: the older one goes first.</param>
sealed record SlotRequest(string Pool, Fence Fence, int Number, string ActivityId, int Attempts, int Priority, DateTimeOffset CreatedAt);

/// <summary>
/// Acquires slots of pools for attempts. A slot is free as soon as the end of the attempt is durable, or its worker has lost the run.
/// </summary>
public sealed class PoolSlots
{
    readonly StoreDatabase store;
    readonly StoreOutages outages;
    readonly StoreSignals signals;
    readonly RunOptions options;
    readonly TimeProvider clock;
    readonly ConcurrentDictionary<SlotRequest, WakeUp> waiting = new();

    /// <summary>Listens for slots that become free.</summary>
    public PoolSlots(StoreDatabase store, StoreOutages outages, StoreSignals signals, IOptions<RunOptions> options, TimeProvider clock)
    {
        (this.store, this.outages, this.signals, this.options, this.clock) = (store, outages, signals, options.Value, clock);
        signals.Heard += OnSignal;
    }

    /// <summary>Waits for a slot.</summary>
    /// <param name="onWait">Called once if there is none yet.</param>
    /// <returns>The slot; dispose it when the end of the attempt is durable, so that the next one in line gets it.</returns>
    internal async Task<IAsyncDisposable> TakeAsync(SlotRequest request, Action onWait, CancellationToken cancellationToken)
    {
        var wake = new WakeUp(clock);
        waiting[request] = wake;
        try
        {
            if (await AskAsync(request, cancellationToken)) return new Slot(this, request.Pool);
            onWait();
            signals.Listen();
            do
            {
                await wake.SleepAsync(options.Heartbeat, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
            }
            while (!await AskAsync(request, cancellationToken));
            return new Slot(this, request.Pool);
        }
        finally
        {
            waiting.TryRemove(request, out _);
        }
    }

    void OnSignal(object? sender, StoreSignal signal)
    {
        if (signal.Channel != StoreSignals.SlotGranted) return;
        foreach (var (request, wake) in waiting)
            if (signal.Payload.Length == 0 || signal.Payload == request.Fence.RunId.ToString()) wake.Call();
    }

    Task<bool> AskAsync(SlotRequest request, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand("select orchestrator.take_slot($1, $2, $3, $4, $5, $6, $7, $8)");
        command.Parameters.With(request.Pool).With(request.Fence.RunId).With(request.Number).With(request.ActivityId).With(request.Attempts)
            .With(request.Fence.Token).With(request.Priority).With(request.CreatedAt);
        return (bool)(await command.ExecuteScalarAsync(token))!;
    }, cancellationToken);

    sealed class Slot(PoolSlots slots, string pool) : IAsyncDisposable
    {
        // The slot is free already. If this fails, the waiting attempts find it when they ask again.
        public async ValueTask DisposeAsync()
        {
            await using var command = slots.store.DataSource.CreateCommand("select orchestrator.grant_slots($1)");
            command.Parameters.With(pool);
            await command.ExecuteNonQueryAsync();
        }
    }
}
