using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Times;
using static Orchestrator.Tests.Unit.Schedules.SchedulePreviewTests;

namespace Orchestrator.Tests.Unit.Schedules;

/// <summary>Due times in every zone of the tz database, checked against the zone's distance from UTC alone.</summary>
public sealed class ZoneTests
{
    static readonly DateTimeOffset Begin = At("2024-01-01T00:00:00Z"), End = At("2031-01-01T00:00:00Z");

    // Time of day of the fixed ones; null for those that repeat within the day.
    static readonly (string Cron, TimeSpan? Time, Func<DateTime, bool> Matches)[] Rules =
    [
        ("30 1 * * *", new(1, 30, 0), _ => true),
        ("30 2 * * *", new(2, 30, 0), _ => true),
        ("0 0 * * *", new(0, 0, 0), _ => true),
        ("15 3 * * 0", new(3, 15, 0), time => time.DayOfWeek is DayOfWeek.Sunday),
        ("0 2 1 * *", new(2, 0, 0), time => time.Day == 1),
        ("59 23 L * *", new(23, 59, 0), time => time.AddDays(1).Day == 1),
        ("30 30 1 * 3,10 *", new(1, 30, 30), time => time.Month is 3 or 10),
        ("45 1 29 2 *", new(1, 45, 0), time => time is { Month: 2, Day: 29 }),
        ("@daily", TimeSpan.Zero, _ => true),
        ("*/10 * * * *", null, time => time is { Second: 0 } && time.Minute % 10 == 0),
        ("30 * * * *", null, time => time is { Second: 0, Minute: 30 }),
        ("0 1-2 * * *", null, time => time is { Second: 0, Minute: 0, Hour: 1 or 2 }),
        ("0 */2 * * *", null, time => time is { Second: 0, Minute: 0 } && time.Hour % 2 == 0),
    ];

    public static TheoryData<string> Crons => [.. Rules.Select(rule => rule.Cron)];

    [Theory]
    [MemberData(nameof(Crons))]
    public void Due_times_in_every_zone_ascend_and_are_those_at_which_its_clocks_show_the_time(string cron)
    {
        var rule = Rules.Single(known => known.Cron == cron);
        var wrong = TimeZoneInfo.GetSystemTimeZones().Select(zone => Check(rule, zone)).OfType<string>().Take(5);
        Assert.Empty(wrong);
    }

    [Fact]
    public void In_a_summer_that_is_an_hour_behind_the_winter_no_due_time_comes_twice()
    {
        var preview = SchedulePreview.Of(CronRule.Parse("30 1 * * *", "Europe/Dublin"), At("2027-03-27T12:00:00Z"), 2);
        Assert.Equal(["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"], preview.Next.Select(ClockChange.Text));
        Assert.Equal(["01:30 does not exist on 2027-03-28 in Europe/Dublin: it runs at 02:00."], preview.Notes);
        var back = SchedulePreview.Of(CronRule.Parse("30 1 * * *", "Europe/Dublin"), At("2027-10-30T12:00:00Z"), 2);
        Assert.Equal(["2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"], back.Next.Select(ClockChange.Text));
        Assert.Equal(["01:30 occurs twice on 2027-10-31 in Europe/Dublin: it runs once, at 2027-10-31T00:30:00Z."], back.Notes);
    }

    [Fact]
    public void A_day_that_a_country_left_out_is_named_itself() => Assert.Equal(
        ["12:00 does not exist on 2011-12-30 in Pacific/Apia: it runs at 00:00 on 2011-12-31."],
        SchedulePreview.Of(CronRule.Parse("0 12 * * *", "Pacific/Apia"), At("2011-12-29T12:00:00Z"), 3).Notes);

    [Theory]
    // A day that a country left out, and the month in which clocks were put back for Ramadan.
    [InlineData("0 12 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-29T22:00:00Z 2011-12-30T10:00:00Z 2011-12-30T22:00:00Z")]
    [InlineData("30 2 * * *", "Africa/Casablanca", "2026-02-14T12:00:00Z", "2026-02-15T01:30:00Z 2026-02-16T02:30:00Z")]
    [InlineData("30 2 * * *", "Africa/Casablanca", "2026-03-21T12:00:00Z", "2026-03-22T02:00:00Z 2026-03-23T01:30:00Z")]
    public void Unusual_changes_of_the_clocks_are_followed(string cron, string zone, string after, string next) => Assert.Equal(
        next.Split(' '), SchedulePreview.Of(CronRule.Parse(cron, zone), At(after), next.Split(' ').Length).Next.Select(ClockChange.Text));

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    public void The_ends_of_the_calendar_are_no_failure(string after)
    {
        foreach (var zone in (string[])["UTC", "Europe/Dublin", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
        {
            var rule = CronRule.Parse("30 1 * * *", zone);
            Assert.True(rule.Next(At(after)) is not { } next || next > At(after));
            _ = rule.Previous(At(after));
        }
    }

    [Theory]
    [InlineData("30 1 * * *", "2027-03-29T00:30:00Z", "2027-03-28T01:00:00Z")]
    [InlineData("0 0 29 2 *", "2027-03-29T00:30:00Z", "2024-02-29T00:00:00Z")]
    [InlineData("* * * * * *", "2027-03-29T00:30:00Z", "2027-03-29T00:29:59Z")]
    public void The_last_due_time_before_a_moment_is_found_however_long_ago_it_was(string cron, string before, string last) =>
        Assert.Equal(At(last), CronRule.Parse(cron, "Europe/Dublin").Previous(At(before)));

    static string? Check((string Cron, TimeSpan? Time, Func<DateTime, bool> Matches) rule, TimeZoneInfo zone)
    {
        var cron = CronRule.Parse(rule.Cron, zone.Id);
        // Rules that are due many times a day are looked at around the changes only.
        foreach (var (from, until) in rule.Time is null ? Around(zone) : [(Begin, End)])
        {
            var expected = rule.Time is { } time ? Fixed(zone, time, rule.Matches, from, until) : Repeated(zone, rule.Matches, from, until);
            var at = from;
            foreach (var due in expected)
            {
                if (cron.Next(at) is not { } next || next != due) return $"{zone.Id}: after {at:O} comes {cron.Next(at):O}, expected was {due:O}";
                at = next;
            }
        }
        return null;
    }

    /// <summary>Each day of the calendar once: at the first instant at which the clocks show the time or a later one of that day.</summary>
    static IEnumerable<DateTimeOffset> Fixed(TimeZoneInfo zone, TimeSpan time, Func<DateTime, bool> matches, DateTimeOffset from, DateTimeOffset until)
    {
        var last = from;
        for (var day = from.UtcDateTime.Date.AddDays(-2); day < until.UtcDateTime.Date; day = day.AddDays(1))
        {
            var wanted = DateTime.SpecifyKind(day + time, DateTimeKind.Unspecified);
            if (!matches(wanted)) continue;
            var due = FirstShown(zone, wanted);
            if (due <= last) continue;
            yield return due;
            last = due;
        }
    }

    static DateTimeOffset FirstShown(TimeZoneInfo zone, DateTime wanted)
    {
        // No clock is further from UTC than 15 hours; a change in between is at a full minute.
        var at = new DateTimeOffset(wanted, TimeSpan.Zero).AddHours(-15);
        var offset = zone.GetUtcOffset(at);
        if (zone.GetUtcOffset(at.AddHours(30)) == offset) return new DateTimeOffset(wanted, TimeSpan.Zero) - offset;
        while (Shown(zone, at) < wanted) at = at.AddMinutes(1);
        return Shown(zone, at.AddSeconds(-60 + wanted.Second)) >= wanted ? at.AddSeconds(-60 + wanted.Second) : at;
    }

    /// <summary>Every instant at which the clocks show such a time, and each instant at which they skip one.</summary>
    static IEnumerable<DateTimeOffset> Repeated(TimeZoneInfo zone, Func<DateTime, bool> matches, DateTimeOffset from, DateTimeOffset until)
    {
        for (var at = from.AddMinutes(1); at <= until; at = at.AddMinutes(1))
        {
            var (before, now) = (Shown(zone, at.AddMinutes(-1)), Shown(zone, at));
            var isSkipped = false;
            for (var time = before.AddMinutes(1); time < now; time = time.AddMinutes(1)) isSkipped |= matches(time);
            if (isSkipped || matches(now)) yield return at;
        }
    }

    static IEnumerable<(DateTimeOffset, DateTimeOffset)> Around(TimeZoneInfo zone)
    {
        for (var day = Begin; day < End; day = day.AddDays(1))
            if (zone.GetUtcOffset(day) != zone.GetUtcOffset(day.AddDays(1))) yield return (day.AddHours(-6), day.AddHours(30));
    }

    static DateTime Shown(TimeZoneInfo zone, DateTimeOffset at) => at.UtcDateTime + zone.GetUtcOffset(at) is var shown ? DateTime.SpecifyKind(shown, DateTimeKind.Unspecified) : default;
}
