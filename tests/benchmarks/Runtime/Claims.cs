using System.Collections.Concurrent;
using System.Diagnostics;

namespace Orchestrator.Benchmarks.Runtime;

/// <summary>How long a run that a worker asks for takes until its first activity starts, with many runs queued.</summary>
static class Claims
{
    const int RunsAtOnce = 4;

    /// <returns>From asking for the run to the start of its activity.</returns>
    public static async Task<Samples> MeasureAsync(RuntimeHost host, int queued)
    {
        for (var run = 0; run < queued; run++) await host.CreateAsync();
        var (asked, started) = (new ConcurrentDictionary<Guid, DateTime>(), new ConcurrentDictionary<Guid, DateTime>());
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Orchestrator.Workflows",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.OperationName.StartsWith("claim ", StringComparison.Ordinal)) asked[Guid.Parse(span.GetTagItem("orchestrator.run.id")!.ToString()!)] = span.StartTimeUtc;
            },
        };
        ActivitySource.AddActivityListener(listener);
        // A run has ten activities: the first counts.
        host.ActivityStarted = attempt => started.TryAdd(attempt.RunId, DateTime.UtcNow);
        await host.DriveAllAsync(RunsAtOnce);
        host.ActivityStarted = null;
        return new(started.Select(run => (run.Value - asked[run.Key]).TotalMilliseconds));
    }
}
