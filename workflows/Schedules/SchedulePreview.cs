using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Schedules;

/// <summary>When a rule will be due.</summary>
/// <param name="Next">The next due times in UTC, ascending.</param>
/// <param name="Notes">What is unusual about them, in words: days that have to match twice, due times that a change of the clocks moves or
/// repeats; empty for nothing.</param>
public sealed record SchedulePreview(IReadOnlyList<DateTimeOffset> Next, IReadOnlyList<string> Notes)
{
    /// <summary>The most due times that are listed at once.</summary>
    public const int MostListed = 1_000;

    /// <summary>Looks ahead; the same question has the same answer at any time.</summary>
    /// <param name="after">The moment to look from; a due time at that very moment does not count.</param>
    /// <param name="count">How many due times, from 1 to <see cref="MostListed"/>.</param>
    /// <exception cref="SchedulingException"><c>schedule.bad_count</c>.</exception>
    public static SchedulePreview Of(CronRule rule, DateTimeOffset after, int count)
    {
        if (count is < 1 or > MostListed)
            throw new SchedulingException(SchedulingFault.Invalid, "schedule.bad_count", $"{count} due times cannot be listed. Ask for 1 to {MostListed}.");
        var next = new List<DateTimeOffset>(count);
        for (var due = rule.Next(after); due is { } at && next.Count < count; due = rule.Next(at)) next.Add(at);
        return next.Count == 0
            ? new(next, [$"'{rule.Cron}' is never due after {ClockChange.Text(after)}.", .. Days(rule)])
            : new(next, [.. Days(rule), .. ClockChange.Between(rule.Clock, after, next[^1]).SelectMany(change => change.Explain(rule, after, next[^1]))]);
    }

    static IEnumerable<string> Days(CronRule rule) => CronFields.ExplainDays(rule.Cron) is { } days ? [days] : [];
}
