using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Tests.Unit.Schedules;

public sealed class SchedulePreviewTests
{
    [Fact]
    public void A_monthly_schedule_in_Berlin_is_due_in_UTC_with_the_offset_of_the_day()
    {
        var preview = Preview("30 2 1 * *", "Europe/Berlin", "2026-10-01T00:00:00Z", 12);
        Assert.Equal(
            [
                "2026-10-01T00:30:00Z", "2026-11-01T01:30:00Z", "2026-12-01T01:30:00Z", "2027-01-01T01:30:00Z", "2027-02-01T01:30:00Z", "2027-03-01T01:30:00Z",
                "2027-04-01T00:30:00Z", "2027-05-01T00:30:00Z", "2027-06-01T00:30:00Z", "2027-07-01T00:30:00Z", "2027-08-01T00:30:00Z", "2027-09-01T00:30:00Z",
            ], Texts(preview));
        Assert.Empty(preview.Notes);
    }

    [Theory]
    [InlineData("30 2 L * *", "2026-10-31T02:30:00Z", "2026-11-30T02:30:00Z")]
    [InlineData("30 2 1W * *", "2026-10-01T02:30:00Z", "2026-11-02T02:30:00Z")]
    [InlineData("30 2 LW * *", "2026-10-30T02:30:00Z", "2026-11-30T02:30:00Z")]
    [InlineData("30 2 * * 1#1", "2026-10-05T02:30:00Z", "2026-11-02T02:30:00Z")]
    [InlineData("30 2 * * 5L", "2026-10-30T02:30:00Z", "2026-11-27T02:30:00Z")]
    [InlineData("15 30 2 1 * *", "2026-10-01T02:30:15Z", "2026-11-01T02:30:15Z")]
    [InlineData("  30   2 1 *  * ", "2026-10-01T02:30:00Z", "2026-11-01T02:30:00Z")]
    [InlineData("@monthly", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")]
    public void Five_and_six_fields_and_their_special_letters_are_understood(string cron, string first, string second) =>
        Assert.Equal([first, second], Texts(Preview(cron, "UTC", "2026-10-01T00:00:00Z", 2)));

    [Fact]
    public void A_due_time_at_the_very_moment_that_is_asked_about_does_not_count() =>
        Assert.Equal(["2026-11-01T01:30:00Z"], Texts(Preview("30 2 1 * *", "Europe/Berlin", "2026-10-01T00:30:00Z", 1)));

    [Theory]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 1, "2026-03-29T01:00:00Z",
        "02:30 does not exist on 2026-03-29 in Europe/Berlin: it runs at 03:00.")]
    [InlineData("15,45 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 1, "2026-03-29T01:00:00Z",
        "02:15 and 02:45 do not exist on 2026-03-29 in Europe/Berlin: it runs once, at 03:00.")]
    [InlineData("0 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", 1, "2026-03-29T01:00:00Z",
        "02:00 does not exist on 2026-03-29 in Europe/Berlin: it is left out.")]
    [InlineData("*/10 * * * *", "Europe/Berlin", "2026-03-29T00:55:00Z", 1, "2026-03-29T01:00:00Z",
        "6 times from 02:00 to 02:50 do not exist on 2026-03-29 in Europe/Berlin: they are left out.")]
    [InlineData("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", 1, "2026-10-03T15:30:00Z",
        "02:15 does not exist on 2026-10-04 in Australia/Lord_Howe: it runs at 02:30.")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2, "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z",
        "02:30 occurs twice on 2026-10-25 in Europe/Berlin: it runs once, at 2026-10-25T00:30:00Z.")]
    [InlineData("30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 2, "2026-10-25T00:30:00Z 2026-10-25T01:30:00Z",
        "02:30 occurs twice on 2026-10-25 in Europe/Berlin: it runs both times, at 2026-10-25T00:30:00Z and 2026-10-25T01:30:00Z.")]
    [InlineData("45 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", 2, "2026-11-01T05:45:00Z 2026-11-02T06:45:00Z",
        "01:45 occurs twice on 2026-11-01 in America/New_York: it runs once, at 2026-11-01T05:45:00Z.")]
    public void A_change_of_the_clocks_is_explained_as_the_schedule_behaves(string cron, string zone, string after, int count, string next, string note)
    {
        var preview = Preview(cron, zone, after, count);
        Assert.Equal(next.Split(' '), Texts(preview));
        Assert.Equal([note], preview.Notes);
    }

    [Fact]
    public void A_daily_schedule_over_a_year_has_one_note_for_each_change_and_365_different_days()
    {
        var preview = Preview("30 2 * * *", "Europe/Berlin", "2026-01-01T00:00:00Z", 365);
        Assert.Equal(
            [
                "02:30 does not exist on 2026-03-29 in Europe/Berlin: it runs at 03:00.",
                "02:30 occurs twice on 2026-10-25 in Europe/Berlin: it runs once, at 2026-10-25T00:30:00Z.",
            ], preview.Notes);
        var rule = CronRule.Parse("30 2 * * *", "Europe/Berlin");
        Assert.Equal(365, preview.Next.Select(due => rule.Local(due).Date).Distinct().Count());
    }

    [Fact]
    public void An_expression_that_is_never_due_says_so() =>
        Assert.Equal(["'30 2 31 2 *' is never due after 2026-10-01T00:00:00Z."], Preview("30 2 31 2 *", "UTC", "2026-10-01T00:00:00Z", 3).Notes);

    [Theory]
    [InlineData("30 2 1 *", "UTC", "schedule.bad_cron",
        "The cron expression '30 2 1 *' has 4 fields. Expected are 5 fields (minute hour day month weekday), such as '0 2 1 * *', or 6 with seconds first.")]
    [InlineData("61 2 1 * *", "UTC", "schedule.bad_cron",
        "The cron expression '61 2 1 * *' is not valid: Minutes: Value must be a number between 0 and 59 (all inclusive). Expected are 5 fields (minute hour day month weekday), such as '0 2 1 * *', or 6 with seconds first.")]
    [InlineData("H 2 1 * *", "UTC", "schedule.bad_cron", "The cron expression 'H 2 1 * *' has an 'H', which stands for a random value. Write the value itself.")]
    [InlineData("", "UTC", "schedule.bad_cron",
        "The cron expression '' has 0 fields. Expected are 5 fields (minute hour day month weekday), such as '0 2 1 * *', or 6 with seconds first.")]
    [InlineData("0 2 1 * *", "Europe/Berln", "schedule.unknown_zone",
        "There is no time zone 'Europe/Berln'. Expected is an IANA name such as Europe/Berlin or UTC. Did you mean 'Europe/Berlin'?")]
    [InlineData("0 2 1 * *", "", "schedule.unknown_zone", "There is no time zone ''. Expected is an IANA name such as Europe/Berlin or UTC.")]
    public void What_is_wrong_is_said_with_what_was_expected(string cron, string zone, string code, string message)
    {
        var error = Assert.Throws<SchedulingException>(() => CronRule.Parse(cron, zone));
        Assert.Equal((SchedulingFault.Invalid, code, message), (error.Fault, error.Code, error.Message));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_001)]
    public void Only_a_number_of_due_times_that_can_be_listed_is_accepted(int count) =>
        Assert.Equal("schedule.bad_count", Assert.Throws<SchedulingException>(() => Preview("0 2 1 * *", "UTC", "2026-10-01T00:00:00Z", count)).Code);

    [Fact]
    public void Zones_are_known_by_their_IANA_names_without_libraries_for_languages()
    {
        Assert.True(AppContext.TryGetSwitch("System.Globalization.Invariant", out var isInvariant) && isInvariant);
        Assert.Equal("Asia/Kathmandu", CronRule.Parse("0 2 1 * *", "Asia/Kathmandu").Zone.Id);
        Assert.Equal("Europe/Berlin", CronRule.Parse("0 2 1 * *", "europe/berlin").Zone.Id);
    }

    internal static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    static SchedulePreview Preview(string cron, string zone, string after, int count) => SchedulePreview.Of(CronRule.Parse(cron, zone), At(after), count);

    static IEnumerable<string> Texts(SchedulePreview preview) => preview.Next.Select(ClockChange.Text);
}
