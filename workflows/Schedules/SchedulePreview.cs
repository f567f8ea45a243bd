using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Schedules;

/// <summary>Due times of a rule in the future.</summary>
/// <param name="Next">The next due times in UTC, ascending.</param>
/// <param name="Notes">Unusual due times, in words: days that have to match twice, due times that a change of the clocks moves or repeats;
/// empty if none.</param>
public sealed record SchedulePreview(IReadOnlyList<DateTimeOffset> Next, IReadOnlyList<string> Notes)
{
    /// <summary>Largest number of due times in one list.</summary>
    public const int MostListed = 1_000;

    /// <summary>Lists the next due times; the same arguments give the same answer at any time.</summary>
    /// <param name="after">The moment after which to list; a due time at that very moment does not count.</param>
    /// <param name="count">Number of due times, from 1 to <see cref="MostListed"/>.</param>
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
