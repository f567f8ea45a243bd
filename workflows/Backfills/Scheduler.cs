using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Backfills;

/// <summary>Looks after schedules and backfills, whenever somebody tells it to: the clock that does is the host's.</summary>
public sealed class Scheduler(ScheduleTicker schedules, BackfillTicker backfills, StoreSignals signals)
{
    /// <summary>Something changed: it is time to look. Called from any thread; must return at once.</summary>
    public event EventHandler? Called;

    /// <summary>Begins to hear of changes.</summary>
    public void Listen()
    {
        signals.Heard += (_, signal) =>
        {
            if (signal.Channel == StoreSignals.SchedulesChanged) Called?.Invoke(this, EventArgs.Empty);
        };
        signals.Listen();
    }

    /// <summary>Notes what has become due and starts what can start.</summary>
    /// <returns>How long until the next due time, by the database's clock; <see langword="null"/> where there is none.</returns>
    public async Task<TimeSpan?> LookAsync(CancellationToken cancellationToken)
    {
        await schedules.TickAsync(cancellationToken);
        await backfills.TickAsync(cancellationToken);
        return await schedules.UntilNextAsync(cancellationToken);
    }
}
