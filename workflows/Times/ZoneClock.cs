using System.Collections.Concurrent;

namespace Orchestrator.Workflows.Times;

/// <summary>
/// The clocks of a time zone, known only by their distance from UTC at each instant: a zone whose clocks go back in summer, or by 20
/// minutes or a day, needs no rule of its own.
/// </summary>
sealed class ZoneClock(TimeZoneInfo zone)
{
    // No zone was ever set back by more than a day.
    static readonly TimeSpan LongestJump = TimeSpan.FromDays(2);

    readonly bool isFixed = !zone.SupportsDaylightSavingTime && zone.GetAdjustmentRules().Length == 0;
    readonly ConcurrentDictionary<int, ClockChange[]> years = new();

    /// <summary>The time zone.</summary>
    public TimeZoneInfo Zone => zone;

    /// <summary>The distance from UTC at an instant.</summary>
    public TimeSpan Offset(DateTime utc) => zone.GetUtcOffset(utc);

    /// <summary>The changes of the clocks after an instant, ascending.</summary>
    /// <param name="until">A change at that very instant is among them.</param>
    public IEnumerable<ClockChange> Changes(DateTime after, DateTime until)
    {
        if (isFixed) yield break;
        // A change at midnight of New Year's Eve is found in the year that ends with it.
        for (var year = Math.Max(after.AddDays(after.Year > 1 ? -1 : 0).Year, 1); year <= until.Year; year++)
            foreach (var change in years.GetOrAdd(year, FindChanges))
                if (change.At.UtcDateTime > after && change.At.UtcDateTime <= until) yield return change;
    }

    /// <summary>
    /// Returns the latest time that the clocks showed up to an instant: later than the present one, if they were set back shortly before.
    /// </summary>
    public DateTime LatestShown(DateTime utc)
    {
        var shown = utc + Offset(utc);
        foreach (var change in Changes(utc - LongestJump, utc))
            if (change.At.UtcDateTime + change.Before is var reached && reached > shown) shown = reached.AddTicks(-1);
        return shown;
    }

    ClockChange[] FindChanges(int year)
    {
        var found = new List<ClockChange>();
        for (var day = new DateTime(year, 1, 1, 0, 0, 0, DateTimeKind.Utc); day.Year == year && day < DateTime.MaxValue.Date; day = day.AddDays(1))
        {
            var (before, then) = (Offset(day), Offset(day.AddDays(1)));
            if (before != then) found.Add(new(new(Find(day, before)), before, then));
        }
        return [.. found];
    }

    DateTime Find(DateTime day, TimeSpan before)
    {
        var (low, high) = (day, day.AddDays(1));
        while (high - low > TimeSpan.FromTicks(1))
        {
            var middle = low + ((high - low) / 2);
            if (Offset(middle) == before) low = middle;
            else high = middle;
        }
        return high;
    }
}
