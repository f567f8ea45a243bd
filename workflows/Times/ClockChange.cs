using System.Globalization;

namespace Orchestrator.Workflows.Times;

/// <summary>A change of a zone's clocks: forward (times that do not exist) or back (times that occur twice).</summary>
/// <param name="At">Time of the change.</param>
/// <param name="Before">The zone's distance from UTC until then.</param>
/// <param name="After">The zone's distance from UTC from then on.</param>
sealed record ClockChange(DateTimeOffset At, TimeSpan Before, TimeSpan After)
{
    const int Listed = 3;

    /// <summary>The changes of a zone around a span of time, ascending.</summary>
    public static IEnumerable<ClockChange> Between(ZoneClock clock, DateTimeOffset after, DateTimeOffset until) =>
        // A day more at both ends: the hour that occurs twice begins before the change.
        clock.Changes(after.UtcDateTime > DateTime.MinValue.AddDays(1) ? after.UtcDateTime.AddDays(-1) : after.UtcDateTime, until.UtcDateTime.AddDays(1));

    /// <summary>Explains what happens to the due times that the change moves or repeats, as the rule really behaves.</summary>
    /// <param name="after">Due times until then are left out.</param>
    /// <param name="until">Due times after that are left out.</param>
    public IEnumerable<string> Explain(CronRule rule, DateTimeOffset after, DateTimeOffset until) =>
        After > Before ? ExplainGap(rule, after, until) : ExplainOverlap(rule, after, until);

    public static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    IEnumerable<string> ExplainGap(CronRule rule, DateTimeOffset after, DateTimeOffset until)
    {
        var end = At.UtcDateTime + After;
        var lost = rule.Nominal(At.UtcDateTime + Before, end).ToList();
        if (lost.Count == 0 || At <= after || At > until) yield break;
        var isOne = lost.Count == 1;
        var effect = rule.IsDue(At) && !rule.Nominal(end, end.AddTicks(1)).Any()
            ? $"it runs {(isOne ? "" : "once, ")}at {Time(end)}{(lost[0].Date == end.Date ? "" : $" on {Date(end)}")}"
            : $"{(isOne ? "it is" : "they are")} left out";
        yield return $"{Times(lost)} {(isOne ? "does" : "do")} not exist on {Date(lost[0])} in {rule.Zone.Id}: {effect}.";
    }

    IEnumerable<string> ExplainOverlap(CronRule rule, DateTimeOffset after, DateTimeOffset until)
    {
        var local = At.UtcDateTime;
        var repeated = rule.Nominal(local + After, local + Before).Where(time => Moment(time, After) > after && Moment(time, Before) <= until).ToList();
        if (repeated.Count == 0) yield break;
        var isOne = repeated.Count == 1;
        // All of them are treated alike: the rule repeats or it does not.
        var (first, second) = (Moment(repeated[0], Before), Moment(repeated[0], After));
        var effect = (rule.IsDue(first), rule.IsDue(second)) switch
        {
            (true, true) => isOne ? $"it runs both times, at {Text(first)} and {Text(second)}" : "they run both times",
            (true, false) => isOne ? $"it runs once, at {Text(first)}" : $"they run once, from {Text(first)}",
            _ => isOne ? $"it runs once, at {Text(second)}" : $"they run once, from {Text(second)}",
        };
        yield return $"{Times(repeated)} {(isOne ? "occurs" : "occur")} twice on {Date(local + Before)} in {rule.Zone.Id}: {effect}.";
    }

    static DateTimeOffset Moment(DateTime local, TimeSpan offset) => new(local.Ticks - offset.Ticks, TimeSpan.Zero);

    static string Times(List<DateTime> times) => times.Count switch
    {
        1 => Time(times[0]),
        <= Listed => $"{string.Join(", ", times.Take(times.Count - 1).Select(Time))} and {Time(times[^1])}",
        _ => $"{times.Count} times from {Time(times[0])} to {Time(times[^1])}",
    };

    static string Time(DateTime time) => time.ToString(time.Second == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);

    static string Date(DateTime time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
