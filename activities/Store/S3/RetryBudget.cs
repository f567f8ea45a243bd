using Orchestrator.Workflows.Workers;

namespace Orchestrator.Activities.Store.S3;

/// <summary>
/// How long a put or a download goes on while nothing works. All of its requests share it, and whichever succeeds fills it up: one that is
/// throttled goes on slowly, one whose server is gone gives up.
/// </summary>
sealed class RetryBudget(TimeSpan patience, TimeProvider time, JitterSource jitter)
{
    static readonly TimeSpan First = TimeSpan.FromMilliseconds(100), Longest = TimeSpan.FromSeconds(5);

    readonly Lock gate = new();
    long? failingSince;

    /// <summary>A request was answered.</summary>
    public void Fill()
    {
        lock (gate) failingSince = null;
    }

    /// <summary>The wait before a request is sent again, exponential with full jitter; <see langword="null"/> where it is not worth it.</summary>
    /// <param name="failures">How often it has failed, from 1.</param>
    public TimeSpan? Spend(int failures)
    {
        var now = time.GetTimestamp();
        lock (gate)
        {
            failingSince ??= now;
            if (time.GetElapsedTime(failingSince.Value, now) >= patience) return null;
        }
        var longest = Math.Min(Longest.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 20)));
        return TimeSpan.FromMilliseconds(longest * jitter.Next());
    }
}
