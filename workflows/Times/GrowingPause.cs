namespace Orchestrator.Workflows.Times;

/// <summary>Pauses between tries, which grow from one to the next.</summary>
/// <param name="First">Longest pause after the first failure.</param>
/// <param name="Longest">No pause is longer.</param>
/// <param name="Factor">Factor by which the longest pause grows with each failure, at least 1.</param>
public sealed record GrowingPause(TimeSpan First, TimeSpan Longest, double Factor = 2)
{
    /// <summary>Returns the pause after a failure.</summary>
    /// <param name="failures">Number of failures, from 1.</param>
    /// <param name="uniform">The part of the longest pause that is used: 1 for all of it; a random number from 0 to 1 spreads tries that
    /// failed together (full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).</param>
    public TimeSpan After(int failures, double uniform = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        var longest = Math.Min(Longest.Ticks, First.Ticks * Math.Pow(Factor, failures - 1));
        return TimeSpan.FromTicks((long)(longest * Math.Clamp(uniform, 0, 1)));
    }
}
