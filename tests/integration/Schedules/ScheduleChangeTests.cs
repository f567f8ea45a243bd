using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Tests.Integration.Schedules;

/// <summary>Changes that come between a due time and the tick that notes it, or at the same time.</summary>
public sealed class ScheduleChangeTests(PostgresFixture postgres)
{
    const string Before = "2026-09-15T12:00:00Z", Due = "2026-10-01T02:00:00Z", After = "2026-10-01T02:05:00Z";

    static readonly SchedulePlan Monthly = new("test", "0 2 1 * *");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Moving_the_time_on_neither_loses_the_month_that_was_due_nor_runs_it_twice(bool isTicked)
    {
        await using var scene = await StartAsync(Monthly);
        await scene.SetClockAsync(After);
        if (isTicked) await scene.Node.LookAsync();
        var changed = await scene.Node.Schedules.ChangeAsync("sales", plan => plan with { Cron = "0 3 1 * *" }, version: 1, by: null, Token);
        Assert.Equal((2, ScheduleTests.At("2026-10-01T03:00:00Z")), (changed.Version, changed.NextDueAt));
        await scene.SetClockAsync("2026-10-01T03:00:00Z");
        await scene.RunAllAsync();
        Assert.Equal(["2026-09 Succeeded"], await scene.ListRunsAsync());
        Assert.Equal(["2026-09 Started", "2026-09 Skipped"], await scene.ListOccurrencesAsync());
        Assert.Contains(await scene.Node.Schedules.ListOccurrencesAsync(new(), Token), due => due.Reason == "2026-09 was due already before the schedule was changed.");
        await scene.SetClockAsync("2026-11-01T03:00:00Z");
        await scene.RunAllAsync();
        Assert.Equal(["2026-09 Succeeded", "2026-10 Succeeded"], await scene.ListRunsAsync());
    }

    [Fact]
    public async Task Moving_the_time_back_past_the_present_moment_does_not_lose_the_month()
    {
        await using var scene = await StartAsync(Monthly with { Cron = "0 3 1 * *" });
        await scene.SetClockAsync("2026-10-01T02:30:00Z");
        await scene.Node.Schedules.ChangeAsync("sales", plan => plan with { Cron = "0 2 1 * *" }, version: null, by: null, Token);
        await scene.RunAllAsync();
        await scene.SetClockAsync("2026-10-01T03:30:00Z");
        await scene.RunAllAsync();
        Assert.Equal(["2026-09 Succeeded"], await scene.ListRunsAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pausing_keeps_what_was_due_for_later_and_owes_nothing_of_the_time_that_it_was_off(bool isTicked)
    {
        await using var scene = await StartAsync(Monthly);
        await scene.SetClockAsync(After);
        if (isTicked) await scene.Node.LookAsync();
        var paused = await scene.Node.Schedules.ChangeAsync("sales", plan => plan with { IsOn = false }, version: null, by: null, Token);
        Assert.Null(paused.NextDueAt);
        await scene.SetClockAsync("2026-12-15T12:00:00Z");
        await scene.RunAllAsync();
        Assert.Equal(isTicked ? ["2026-09 Succeeded"] : [], await scene.ListRunsAsync());
        var resumed = await scene.Node.Schedules.ChangeAsync("sales", plan => plan with { IsOn = true }, version: null, by: null, Token);
        Assert.Equal(ScheduleTests.At("2027-01-01T02:00:00Z"), resumed.NextDueAt);
        await scene.RunAllAsync();
        Assert.Equal(["2026-09 Succeeded"], await scene.ListRunsAsync());
        Assert.Equal(["2026-09 Started"], await scene.ListOccurrencesAsync());
    }

    [Theory]
    [InlineData(false, "2026-09 Skipped")]
    [InlineData(true, "2026-09 Started")]
    public async Task Deleting_accounts_for_what_was_due_and_starts_nothing_more_even_where_it_is_made_anew(bool isTicked, string ledger)
    {
        await using var scene = await StartAsync(Monthly);
        await scene.SetClockAsync(After);
        if (isTicked) await scene.Node.LookAsync();
        await scene.Node.Schedules.DeleteAsync("sales", version: null, by: null, Token);
        await scene.RunAllAsync();
        Assert.Equal([ledger], await scene.ListOccurrencesAsync());
        Assert.Equal("schedule.unknown", (await Assert.ThrowsAsync<SchedulingException>(() => scene.Node.Schedules.GetAsync("sales", Token))).Code);
        Assert.Empty(await scene.Node.Schedules.ListAsync(Token));
        var again = await scene.Node.Schedules.CreateAsync("sales", Monthly, by: null, Token);
        Assert.Equal(ScheduleTests.At("2026-11-01T02:00:00Z"), again.NextDueAt);
        await scene.RunAllAsync();
        Assert.Equal(isTicked ? 1 : 0, (await scene.ListRunsAsync()).Count);
    }

    [Fact]
    public async Task Changes_while_many_nodes_tick_lose_and_double_no_month()
    {
        await using var scene = await StartAsync(Monthly with { MaxParallel = 100 });
        SchedulerNode[] nodes = [scene.Node, scene.AddNode(TimeSpan.FromMinutes(3)), scene.AddNode(TimeSpan.FromMinutes(-3))];
        // Each month somebody moves the time of day to and fro and pauses and resumes, while every node ticks.
        foreach (var month in Enumerable.Range(0, 12))
        {
            var due = ScheduleTests.At(Due).AddMonths(month);
            await scene.SetClockAsync(due.ToString("O"));
            var cron = month % 2 == 0 ? "0 3 1 * *" : "0 2 1 * *";
            await Task.WhenAll(
                [.. nodes.Select(node => Task.Run(async () => { await node.LookAsync(); await node.LookAsync(); }, Token)),
                    Task.Run(async () =>
                    {
                        await scene.Node.Schedules.ChangeAsync("sales", plan => plan with { Cron = cron }, version: null, by: null, Token);
                        await scene.Node.Schedules.ChangeAsync("sales", plan => plan with { IsOn = false }, version: null, by: null, Token);
                        await scene.Node.Schedules.ChangeAsync("sales", plan => plan with { IsOn = true }, version: null, by: null, Token);
                    }, Token)]);
            await scene.SetClockAsync(due.AddHours(2).ToString("O"));
            await scene.Node.LookAsync();
        }
        var runs = await scene.Node.Runs.ListAsync(new() { Limit = 100 }, Token);
        Assert.Equal(ScheduleScene.Months("2026-09", "2027-08"), runs.Select(run => run.Partition.ToString()).Order());
    }

    [Fact]
    public async Task A_change_that_was_made_for_another_version_is_refused_and_changes_nothing()
    {
        await using var scene = await StartAsync(Monthly);
        await scene.Node.Schedules.ChangeAsync("sales", plan => plan with { Priority = 5 }, version: 1, by: "person ada", Token);
        var refused = await Assert.ThrowsAsync<SchedulingException>(() =>
            scene.Node.Schedules.ChangeAsync("sales", plan => plan with { Priority = 9 }, version: 1, by: "person bob", Token));
        Assert.Equal((SchedulingFault.Changed, "schedule.changed"), (refused.Fault, refused.Code));
        Assert.Equal("Schedule 'sales' was changed in the meantime: it has version 2, expected was 1. Look at it again, then repeat the change.", refused.Message);
        var kept = await scene.Node.Schedules.GetAsync("sales", Token);
        Assert.Equal((5, 2, "person ada"), (kept.Plan.Priority, kept.Version, kept.ChangedBy));
    }

    [Fact]
    public async Task What_ships_is_imported_once_and_never_again_whatever_a_person_did_with_it()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, Before);
        var schedules = scene.Node.Schedules;
        Assert.True(await schedules.ImportAsync("sales", Monthly with { IsOn = false }, Token));
        Assert.Null((await schedules.GetAsync("sales", Token)).NextDueAt);
        await schedules.ChangeAsync("sales", plan => plan with { IsOn = true, Cron = "0 5 1 * *" }, version: null, by: null, Token);
        Assert.False(await schedules.ImportAsync("sales", Monthly with { IsOn = false }, Token));
        Assert.Equal((true, "0 5 1 * *"), (await schedules.GetAsync("sales", Token)).Plan is var plan ? (plan.IsOn, plan.Cron) : default);
        await schedules.DeleteAsync("sales", version: null, by: null, Token);
        Assert.False(await schedules.ImportAsync("sales", Monthly, Token));
        Assert.Empty(await schedules.ListAsync(Token));
    }

    [Theory]
    [InlineData("sales", "test", "0 2 31 2 *", "UTC", 1, "schedule.never_due")]
    [InlineData("sales", "test", "0 2 1 *", "UTC", 1, "schedule.bad_cron")]
    [InlineData("sales", "test", "0 2 1 * *", "Nowhere/Land", 1, "schedule.unknown_zone")]
    [InlineData("sales", "other", "0 2 1 * *", "UTC", 1, "workflow.unknown")]
    [InlineData("Sales!", "test", "0 2 1 * *", "UTC", 1, "schedule.bad_name")]
    [InlineData("sales", "test", "0 2 1 * *", "UTC", 0, "schedule.bad_parallel")]
    [InlineData("taken", "test", "0 2 1 * *", "UTC", 1, "schedule.exists")]
    public async Task What_cannot_be_is_refused_with_a_code_and_nothing_is_kept(string id, string workflow, string cron, string zone, int most, string code)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, Before);
        await scene.Node.Schedules.CreateAsync("taken", Monthly, by: null, Token);
        var refused = await Assert.ThrowsAsync<SchedulingException>(() =>
            scene.Node.Schedules.CreateAsync(id, new(workflow, cron) { Zone = zone, MaxParallel = most }, by: null, Token));
        Assert.Equal(code, refused.Code);
        Assert.Equal(["taken"], (await scene.Node.Schedules.ListAsync(Token)).Select(schedule => schedule.Id));
    }

    async Task<ScheduleScene> StartAsync(SchedulePlan plan)
    {
        var scene = await ScheduleScene.StartAsync(postgres, Before);
        await scene.Node.Schedules.CreateAsync("sales", plan, by: null, Token);
        return scene;
    }
}
