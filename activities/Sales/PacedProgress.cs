namespace Orchestrator.Activities.Sales;

/// <summary>Adds up work of many threads and reports it ten times a second at most.</summary>
/// <param name="report">Called with the sum.</param>
sealed class PacedProgress(TimeProvider clock, Action<long> report) : IProgress<long>
{
    static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    readonly Lock gate = new();
    long sum, reportedAt = clock.GetTimestamp();

    /// <summary>Adds work done.</summary>
    public void Add(long amount)
    {
        var now = clock.GetTimestamp();
        lock (gate)
        {
            sum += amount;
            if (clock.GetElapsedTime(reportedAt, now) < Pace) return;
            reportedAt = now;
            report(sum);
        }
    }

    /// <summary>Reports the sum, whatever the time.</summary>
    public void Flush()
    {
        lock (gate) report(sum);
    }

    void IProgress<long>.Report(long value) => Add(value);
}
