using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Backfills;

/// <summary>Runs schedules and backfills when it is called; the host owns the clock that calls it.</summary>
public sealed class Scheduler(ScheduleTicker schedules, BackfillTicker backfills, StoreSignals signals)
{
    /// <summary>Something changed: it is time to tick. Called from any thread; handlers must return at once.</summary>
    public event EventHandler? Called;

    /// <summary>Subscribes to changes.</summary>
    public void Listen()
    {
        signals.Heard += (_, signal) =>
        {
            if (signal.Channel == StoreSignals.SchedulesChanged) Called?.Invoke(this, EventArgs.Empty);
        };
        signals.Listen();
    }

    /// <summary>Records due times and starts all runs that can start.</summary>
    /// <returns>How long until the next due time, by the database's clock; <see langword="null"/> if there is none.</returns>
    public async Task<TimeSpan?> LookAsync(CancellationToken cancellationToken)
    {
        await schedules.TickAsync(cancellationToken);
        await backfills.TickAsync(cancellationToken);
        return await schedules.UntilNextAsync(cancellationToken);
    }
}
