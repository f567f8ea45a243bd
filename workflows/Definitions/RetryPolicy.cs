using Orchestrator.Workflows.Activities;

namespace Orchestrator.Workflows.Definitions;

/// <summary>
/// Number of tries of an activity, and the waits in between. Read from the activity's <c>customProperties.retryPolicy</c>, such as
/// <c>{"attempts":3,"delay":"00:00:01","factor":2,"maximumDelay":"00:01:00","timeout":"00:30:00"}</c>; omitted members have the default of
/// the activity's kind.
/// </summary>
/// <param name="Attempts">Tries in all, at least 1; 1 means no retry.</param>
/// <param name="Delay">Longest wait before the second try; at least zero.</param>
/// <param name="Factor">Factor by which the longest wait grows with each try, at least 1.</param>
/// <param name="MaximumDelay">The longest wait never grows beyond it.</param>
/// <param name="Timeout">Longest time of one try; <see langword="null"/> for any time.</param>
public sealed record RetryPolicy(int Attempts, TimeSpan Delay, double Factor, TimeSpan MaximumDelay, TimeSpan? Timeout)
{
    /// <summary>For jobs: 3 attempts, 1 s, doubled each time up to 1 min, any time.</summary>
    public static RetryPolicy ForJobs { get; } = new(3, TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(1), null);

    /// <summary>For activities that execute inline: 1 attempt.</summary>
    public static RetryPolicy ForInline { get; } = ForJobs with { Attempts = 1 };

    /// <summary>Returns the policy of an activity of this kind if the definition gives none.</summary>
    public static RetryPolicy DefaultOf(ActivityKind kind) => kind is ActivityKind.Job ? ForJobs : ForInline;

    /// <summary>
    /// Returns the wait after a failed try: exponential back-off with full jitter, so anything from zero to the longest wait.
    /// </summary>
    /// <param name="failedAttempt">Number of the try that failed, from 1.</param>
    /// <param name="uniform">A random number from 0 (included) to 1 (excluded).</param>
    /// <remarks>Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.</remarks>
    public TimeSpan DelayAfter(int failedAttempt, double uniform)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failedAttempt, 1);
        var longest = Math.Min(MaximumDelay.Ticks, Delay.Ticks * Math.Pow(Factor, failedAttempt - 1));
        return TimeSpan.FromTicks((long)(longest * Math.Clamp(uniform, 0, 1)));
    }
}
