using System.Diagnostics;

namespace Orchestrator.Benchmarks.Runtime;

/// <summary>Times of one and the same thing, in milliseconds.</summary>
sealed class Samples(IEnumerable<double> milliseconds)
{
    readonly double[] sorted = [.. milliseconds.Order()];

    /// <summary>Times something so many times, one after the other.</summary>
    public static async Task<Samples> TakeAsync(int count, Func<int, Task> action)
    {
        var times = new List<double>(count);
        for (var index = 0; index < count; index++)
        {
            var begun = Stopwatch.GetTimestamp();
            await action(index);
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }
        return new(times);
    }

    public double Median => Quantile(0.5);

    /// <param name="share">Such as 0.95: so many of the samples are at most this long.</param>
    public double Quantile(double share) => sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
}
