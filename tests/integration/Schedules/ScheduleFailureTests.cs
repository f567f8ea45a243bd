using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Tests.Integration.Schedules;

/// <summary>Schedules that cannot run, or whose runs fail: they say so, and hold up nothing else.</summary>
public sealed class ScheduleFailureTests(PostgresFixture postgres)
{
    static readonly SchedulePlan Monthly = new("test", "0 2 1 * *");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("cron = 'no cron'", "The cron expression 'no cron' has 2 fields.")]
    [InlineData("zone = 'Nowhere/Land'", "There is no time zone 'Nowhere/Land'.")]
    [InlineData("definition_id = 'gone'", "There is no workflow 'gone'.")]
    public async Task A_schedule_that_cannot_run_is_shown_as_failing_and_holds_up_neither_others_nor_its_own_end(string broken, string reason)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-09-15T12:00:00Z");
        var schedules = scene.Node.Schedules;
        await schedules.CreateAsync("broken", Monthly, by: null, Token);
        await schedules.CreateAsync("sales", Monthly, by: null, Token);
        await scene.ExecuteAsync($"update orchestrator.schedule set {broken} where id = 'broken'");
        await scene.Node.Backfills.CreateAsync(Guid.CreateVersion7(), new("test", Partition.Parse("2026-01"), Partition.Parse("2026-01")), by: null, Token);
        await scene.SetClockAsync("2026-10-01T02:00:00Z");
        await scene.Node.LookAsync();
        Assert.Equal(["2026-01 Queued", "2026-09 Queued"], (await scene.ListRunsAsync()).Order());
        var failing = Assert.Single(await schedules.ListFailingAsync(Token));
        Assert.Equal(("broken", ScheduleTests.At("2026-10-01T02:00:00Z"), null), (failing.Id, failing.Failure!.Since, failing.Failure.RunId));
        Assert.StartsWith(reason, failing.Failure.Reason, StringComparison.Ordinal);
        await scene.SetClockAsync("2026-10-01T03:00:00Z");
        await scene.Node.LookAsync();
        Assert.Equal(ScheduleTests.At("2026-10-01T02:00:00Z"), (await schedules.GetAsync("broken", Token)).Failure!.Since);

        var off = await schedules.ChangeAsync("broken", plan => plan with { IsOn = false }, version: null, "person ada", Token);
        Assert.Equal((false, null, null), (off.Plan.IsOn, off.NextDueAt, off.Failure));
        var repaired = await schedules.ChangeAsync("broken", _ => Monthly, version: null, "person ada", Token);
        Assert.Equal((true, ScheduleTests.At("2026-11-01T02:00:00Z")), (repaired.Plan.IsOn, repaired.NextDueAt));
        await scene.ExecuteAsync($"update orchestrator.schedule set {broken}, next_due_at = '2026-10-01T02:00:00Z' where id = 'broken'");
        await schedules.DeleteAsync("broken", version: null, by: null, Token);
        Assert.Equal(["sales"], (await schedules.ListAsync(Token)).Select(schedule => schedule.Id));
    }

    [Fact]
    public async Task A_schedule_is_failing_from_a_run_that_failed_until_one_succeeds_or_that_one_is_repeated_with_success()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-08-15T12:00:00Z");
        await scene.Node.Schedules.CreateAsync("sales", Monthly, by: null, Token);
        await RunAsync("2026-09-01T02:00:00Z", RunStatus.Failed);
        var failure = (await scene.Node.Schedules.GetAsync("sales", Token)).Failure!;
        var failed = Assert.Single(await scene.Node.Runs.ListAsync(new(), Token));
        Assert.Equal(("Its last run failed: test.broken: It is broken.", failed.Id), (failure.Reason, failure.RunId));

        await RunAsync("2026-10-01T02:00:00Z", RunStatus.Succeeded);
        Assert.Null((await scene.Node.Schedules.GetAsync("sales", Token)).Failure);

        await RunAsync("2026-11-01T02:00:00Z", RunStatus.Failed);
        failed = (await scene.Node.Runs.ListAsync(new(), Token))[0];
        Assert.Equal(failed.Id, (await scene.Node.Schedules.GetAsync("sales", Token)).Failure!.RunId);
        await scene.Node.Runs.CreateAsync(scene.Start("2026-10") with { RerunOf = failed.Id, RootRun = failed.Id }, Token);
        await scene.EndRunsAsync();
        Assert.Null((await scene.Node.Schedules.GetAsync("sales", Token)).Failure);

        async Task RunAsync(string due, RunStatus status)
        {
            await scene.SetClockAsync(due);
            await scene.Node.LookAsync();
            await scene.EndRunsAsync(status);
        }
    }

    [Fact]
    public async Task In_the_night_in_which_Dublin_puts_its_clocks_forward_a_schedule_has_one_run_and_goes_on()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2027-03-27T12:00:00Z");
        await scene.Node.Schedules.CreateAsync("nightly", new("test", "30 1 * * *") { Zone = "Europe/Dublin", Mapping = PartitionMapping.None, MaxParallel = 10 }, by: null, Token);
        foreach (var (now, runs) in (IEnumerable<(string, int)>)[("2027-03-28T00:59:59Z", 0), ("2027-03-28T01:00:00Z", 1), ("2027-03-28T12:00:00Z", 1), ("2027-03-29T00:30:00Z", 2)])
        {
            await scene.SetClockAsync(now);
            await scene.Node.LookAsync();
            Assert.Equal(runs, (await scene.ListRunsAsync()).Count);
        }
        Assert.False((await scene.Node.Schedules.ChangeAsync("nightly", plan => plan with { IsOn = false }, version: null, by: null, Token)).Plan.IsOn);
    }

    [Fact]
    public async Task Very_many_due_times_are_noted_a_thousand_in_each_look_and_others_come_in_between()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-09-30T23:30:00Z");
        await scene.Node.Schedules.CreateAsync("a", new("test", "* * * * * *") { CatchUp = CatchUp.None }, by: null, Token);
        await scene.Node.Schedules.CreateAsync("b", new("test", "0 0 1 * *"), by: null, Token);
        await scene.SetClockAsync("2026-10-01T00:10:00Z");
        await scene.Node.LookAsync();
        Assert.Equal(1_000, await CountAsync(scene, "a"));
        Assert.Equal(1, await CountAsync(scene, "b"));
        await scene.Node.LookAsync();
        await scene.Node.LookAsync();
        Assert.Equal(2_400, await CountAsync(scene, "a"));
    }

    [Fact]
    public async Task Switching_off_accounts_for_very_many_due_times_without_noting_each()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-09-01T00:00:00Z");
        await scene.Node.Schedules.CreateAsync("often", new("test", "* * * * * *") { CatchUp = CatchUp.None }, by: null, Token);
        await scene.SetClockAsync("2026-10-01T00:00:00Z");
        var off = await scene.Node.Schedules.ChangeAsync("often", plan => plan with { IsOn = false }, version: null, by: null, Token);
        Assert.Equal((false, ScheduleTests.At("2026-10-01T00:00:00Z")), (off.Plan.IsOn, off.SettledUntil));
        Assert.Equal(10_001, await CountAsync(scene, "often"));
        Assert.Equal("It and all others since 2026-09-01 02:46:41Z were left out: more than 10000 were due when the schedule was changed.",
            (await scene.Node.Schedules.ListOccurrencesAsync(new() { Limit = 1 }, Token))[0].Reason);
    }

    [Fact]
    public async Task A_month_that_no_run_may_work_on_is_skipped_with_the_reason()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "1989-12-15T12:00:00Z");
        var refused = await Assert.ThrowsAsync<SchedulingException>(() => scene.Node.Schedules.CreateAsync("sales", Monthly, by: null, Token));
        Assert.Equal((SchedulingFault.Unfit, PartitionOutOfRangeException.Code), (refused.Fault, refused.Code));
        await scene.SetClockAsync("1990-01-15T12:00:00Z");
        await scene.Node.Schedules.CreateAsync("sales", Monthly, by: null, Token);
        await scene.ExecuteAsync("update orchestrator.schedule set next_due_at = '1990-01-01T02:00:00Z', settled_until = '1989-12-15T12:00:00Z'");
        await scene.Node.LookAsync();
        Assert.Equal(["1989-12 Skipped"], await scene.ListOccurrencesAsync());
        Assert.Empty(await scene.ListRunsAsync());
        await Assert.ThrowsAsync<PartitionOutOfRangeException>(() => scene.Node.Ticker.RunNowAsync("sales", Guid.CreateVersion7(), Partition.Parse("0206-10"), by: null, Token));
    }

    static async Task<int> CountAsync(ScheduleScene scene, string schedule) =>
        (await scene.Node.Schedules.ListOccurrencesAsync(new() { ScheduleId = schedule, Limit = 20_000 }, Token)).Count;
}
