using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Times;
using static Orchestrator.Tests.Unit.Schedules.SchedulePreviewTests;

namespace Orchestrator.Tests.Unit.Schedules;

public sealed class DueTimesTests
{
    static readonly TimeSpan OnTime = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(PartitionMapping.PreviousMonth, "2026-09")]
    [InlineData(PartitionMapping.SameMonth, "2026-10")]
    [InlineData(PartitionMapping.None, null)]
    public void A_due_time_is_about_the_month_that_the_mapping_says_on_the_clocks_of_its_zone(PartitionMapping mapping, string? month) =>
        // 00:30 on the first in Berlin is still September in UTC.
        Assert.Equal(month, mapping.Of(CronRule.Parse("30 0 1 * *", "Europe/Berlin"), At("2026-09-30T22:30:00Z"))?.ToString());

    [Theory]
    [InlineData(CatchUp.All, "2026-07 2026-08 2026-09")]
    [InlineData(CatchUp.Last, "-2026-07 -2026-08 2026-09")]
    [InlineData(CatchUp.None, "-2026-07 -2026-08 -2026-09")]
    public void After_three_months_without_a_node_all_the_last_or_none_is_caught_up(CatchUp catchUp, string expected)
    {
        var due = Find(new("w", "0 2 1 * *") { CatchUp = catchUp }, "2026-07-31T00:00:00Z", "2026-10-10T12:00:00Z");
        Assert.Equal(expected.Split(' '), due.Due.Select(time => $"{(time.SkipReason is null ? "" : "-")}{time.Partition}"));
        Assert.Equal((At("2026-10-01T02:00:00Z"), At("2026-11-01T02:00:00Z")), (due.SettledUntil, due.NextDueAt));
    }

    [Fact]
    public void Without_catching_up_a_due_time_that_is_noticed_a_moment_late_still_runs() =>
        Assert.Null(Assert.Single(Find(new("w", "0 2 1 * *") { CatchUp = CatchUp.None }, "2026-09-30T00:00:00Z", "2026-10-01T02:04:59Z").Due).SkipReason);

    [Fact]
    public void Nothing_that_is_still_to_come_is_due() =>
        Assert.Equal(At("2026-10-01T02:00:00Z"), Find(new("w", "0 2 1 * *"), "2026-09-30T00:00:00Z", "2026-10-01T01:59:59Z") is { Due: [], NextDueAt: var next } ? next : null);

    [Fact]
    public void Very_many_due_times_are_found_a_thousand_at_a_time_and_only_the_very_last_one_is_caught_up()
    {
        var plan = new SchedulePlan("w", "* * * * *") { CatchUp = CatchUp.Last };
        var first = Find(plan, "2026-10-01T00:00:00Z", "2026-10-01T20:00:00Z");
        Assert.Equal((1_000, true), (first.Due.Count, first.Due.All(time => time.SkipReason is not null)));
        var rest = DueTimes.Find(plan, plan.ReadRule(), first.SettledUntil, At("2026-10-01T20:00:00Z"), OnTime);
        Assert.Equal((200, 1), (rest.Due.Count, rest.Due.Count(time => time.SkipReason is null)));
        Assert.Null(rest.Due[^1].SkipReason);
    }

    [Theory]
    // Moved back past the present moment: September would have no run, so it is due at once.
    [InlineData("0 3 1 * *", "0 2 1 * *", "2026-10-01T02:30:00Z", "2026-10-01T02:00:00Z")]
    [InlineData("0 2 25 * *", "0 2 1 * *", "2026-10-20T12:00:00Z", "2026-10-01T02:00:00Z")]
    // Moved on: the new rule comes by itself.
    [InlineData("0 2 1 * *", "0 3 1 * *", "2026-10-01T01:00:00Z", null)]
    // The month was run; the next one is not touched.
    [InlineData("0 2 1 * *", "0 3 1 * *", "2026-10-01T02:05:00Z", null)]
    // More often: the new rule comes to the month by itself.
    [InlineData("0 2 25 * *", "0 2 * * *", "2026-10-20T12:00:00Z", null)]
    // Less often, on purpose.
    [InlineData("0 2 1 * *", "0 2 1 1 *", "2026-10-20T12:00:00Z", null)]
    public void A_changed_rule_owes_a_month_whose_time_has_passed_under_it_only_where_the_old_one_had_not_come_to_it(string old, string changed, string now, string? due)
    {
        var passed = RuleChange.Passed((CronRule.Parse(old, "UTC"), default), (CronRule.Parse(changed, "UTC"), default), At(now));
        Assert.Equal(due, passed is null ? null : ClockChange.Text(passed.At));
        if (due is not null) Assert.Equal(Partition.Parse("2026-09"), passed!.Partition);
    }

    [Theory]
    [InlineData("0 3 1 * *", "2026-10-01T02:05:00Z", "2026-10-01T03:00:00Z", true)]
    [InlineData("0 3 1 * *", "2026-10-01T02:05:00Z", "2026-11-01T03:00:00Z", false)]
    [InlineData("0 3 * * *", "2026-10-05T02:05:00Z", "2026-10-05T03:00:00Z", false)]
    public void Only_the_first_time_of_a_month_right_after_a_change_may_repeat_a_month(string cron, string since, string due, bool mayRepeat)
    {
        var plan = new SchedulePlan("w", cron);
        Assert.Equal(mayRepeat, RuleChange.MayRepeat(plan, plan.ReadRule(), At(since), new(At(due), plan.Mapping.Of(plan.ReadRule(), At(due)), SkipReason: null)));
    }

    static DueTimes Find(SchedulePlan plan, string settledUntil, string now) => DueTimes.Find(plan, plan.ReadRule(), At(settledUntil), At(now), OnTime);
}
