using Orchestrator.Workflows.Times;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Activities.Store.S3;

/// <summary>
/// The time for which a put or a download goes on while nothing works. All of its requests share it, and whichever succeeds fills it up:
/// one that is throttled goes on slowly, one whose server is gone gives up.
/// </summary>
/// <param name="longest">Time without any answer after which it gives up.</param>
sealed class RetryBudget(TimeSpan longest, TimeProvider time, JitterSource jitter)
{
    static readonly GrowingPause Pause = new(TimeSpan.FromMilliseconds(100), Longest: TimeSpan.FromSeconds(5));

    readonly Lock gate = new();
    long? failingSince;

    /// <summary>A request was answered.</summary>
    public void Fill()
    {
        lock (gate) failingSince = null;
    }

    /// <summary>Gives the pause before a request is sent again, with full jitter; <see langword="null"/> if the time is over.</summary>
    /// <param name="failures">How often it has failed, from 1.</param>
    public TimeSpan? Spend(int failures)
    {
        var now = time.GetTimestamp();
        lock (gate)
        {
            failingSince ??= now;
            if (time.GetElapsedTime(failingSince.Value, now) >= longest) return null;
        }
        return Pause.After(failures, jitter.Next());
    }
}
