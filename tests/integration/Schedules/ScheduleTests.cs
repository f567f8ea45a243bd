using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration.Schedules;

public sealed class ScheduleTests(PostgresFixture postgres)
{
    static readonly SchedulePlan Monthly = new("test", "0 2 1 * *");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_due_time_starts_one_run_for_the_month_before_and_says_who_started_it()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-09-15T12:00:00Z");
        var schedule = await scene.Node.Schedules.CreateAsync("sales", Monthly with { Priority = 7 }, "person ada", Token);
        Assert.Equal(At("2026-10-01T02:00:00Z"), schedule.NextDueAt);
        Assert.Equal(At("2026-10-01T02:00:00Z") - At("2026-09-15T12:00:00Z"), await scene.Node.LookAsync());
        Assert.Empty(await scene.ListRunsAsync());

        await scene.SetClockAsync("2026-10-01T02:00:00Z");
        await scene.Node.LookAsync();
        await scene.Node.LookAsync();
        var run = Assert.Single(await scene.Node.Runs.ListAsync(new(), Token));
        Assert.Equal(("2026-09", "schedule sales", 7), (run.Partition.ToString(), run.StartedBy, run.Priority));
        var due = Assert.Single(await scene.Node.Schedules.ListOccurrencesAsync(new(), Token));
        Assert.Equal((At("2026-10-01T02:00:00Z"), OccurrenceStatus.Started, run.Id, RunStatus.Queued), (due.DueAt, due.Status, due.RunId, due.RunStatus));
        Assert.Equal(At("2026-11-01T02:00:00Z"), (await scene.Node.Schedules.GetAsync("sales", Token)).NextDueAt);
    }

    [Theory]
    [InlineData(CatchUp.All, "2026-07 Started,2026-08 Started,2026-09 Started", "2026-07 Succeeded,2026-08 Succeeded,2026-09 Succeeded")]
    [InlineData(CatchUp.Last, "2026-07 Skipped,2026-08 Skipped,2026-09 Started", "2026-09 Succeeded")]
    [InlineData(CatchUp.None, "2026-07 Skipped,2026-08 Skipped,2026-09 Skipped", "")]
    public async Task After_three_months_without_a_node_each_missed_month_is_accounted_for_once_and_in_order(CatchUp catchUp, string ledger, string runs)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-07-15T12:00:00Z");
        await scene.Node.Schedules.CreateAsync("sales", Monthly with { CatchUp = catchUp }, by: null, Token);
        await scene.SetClockAsync("2026-10-10T12:00:00Z");
        await scene.RunAllAsync();
        Assert.Equal(ledger.Split(','), await scene.ListOccurrencesAsync());
        Assert.Equal(runs.Split(',', StringSplitOptions.RemoveEmptyEntries), await scene.ListRunsAsync());
        Assert.All(await scene.Node.Schedules.ListOccurrencesAsync(new() { Status = OccurrenceStatus.Skipped }, Token), due => Assert.False(string.IsNullOrEmpty(due.Reason)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task No_more_runs_than_allowed_are_open_at_once_and_the_months_keep_their_order(int most)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-04-15T12:00:00Z");
        await scene.Node.Schedules.CreateAsync("sales", Monthly with { MaxParallel = most }, by: null, Token);
        await scene.SetClockAsync("2026-10-10T12:00:00Z");
        await scene.Node.LookAsync();
        await scene.Node.LookAsync();
        Assert.Equal(most, (await scene.ListRunsAsync()).Count);
        await scene.EndRunsAsync(RunStatus.Failed, "2026-04");
        await scene.Node.LookAsync();
        Assert.Equal(most, (await scene.Node.Runs.ListUnfinishedAsync(Token)).Count);
        await scene.RunAllAsync();
        Assert.Equal(["2026-04 Failed", .. ScheduleScene.Months("2026-05", "2026-09").Select(month => $"{month} Succeeded")], await scene.ListRunsAsync());
    }

    [Fact]
    public async Task Three_nodes_with_skewed_clocks_give_each_month_one_run_in_order()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-01-15T12:00:00Z");
        SchedulerNode[] nodes = [scene.Node, scene.AddNode(TimeSpan.FromHours(5)), scene.AddNode(TimeSpan.FromDays(-40))];
        await scene.Node.Schedules.CreateAsync("sales", Monthly with { MaxParallel = 3 }, by: null, Token);
        foreach (var now in (string[])["2026-02-01T01:59:59Z", "2026-02-01T02:00:00Z", "2026-03-01T02:00:01Z", "2026-09-01T12:00:00Z"])
        {
            await scene.SetClockAsync(now);
            await Task.WhenAll(nodes.Select(node => Task.Run(node.LookAsync, Token)));
            // However wrong a node's own clock is, it hears how long to wait by the database's.
            var wait = (await scene.Node.Schedules.GetAsync("sales", Token)).NextDueAt - At(now);
            Assert.InRange(wait!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(31));
            foreach (var node in nodes) Assert.Equal(wait, await node.LookAsync());
        }
        for (var ended = 1; ended > 0; ended = await scene.EndRunsAsync())
            await Task.WhenAll(nodes.Concat(nodes).Select(node => Task.Run(node.LookAsync, Token)));
        Assert.Equal(ScheduleScene.Months("2026-01", "2026-08").Select(month => $"{month} Started"), await scene.ListOccurrencesAsync());
        var runs = await scene.Node.Runs.ListAsync(new() { Limit = 100 }, Token);
        Assert.Equal(ScheduleScene.Months("2026-01", "2026-08"), runs.Select(run => run.Partition.ToString()).Order());
    }

    [Fact]
    public async Task A_node_that_is_killed_between_tick_and_start_leaves_nothing_and_the_next_one_does_both()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-09-15T12:00:00Z");
        await scene.Node.Schedules.CreateAsync("sales", Monthly, by: null, Token);
        await scene.SetClockAsync("2026-10-01T02:00:00Z");
        // The due time is noted and the run is about to be accepted: the connection dies there.
        await scene.ExecuteAsync("""
            create function public.die() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
            create trigger die before insert on orchestrator.run for each row execute function public.die();
            """);
        await scene.AddNode(TimeSpan.Zero, services => services.Configure<RunOptions>(options => options.StoreOutage = TimeSpan.Zero)).LookAsync();
        Assert.Empty(await scene.ListOccurrencesAsync());
        await scene.ExecuteAsync("drop trigger die on orchestrator.run");
        await scene.Node.LookAsync();
        Assert.Equal(["2026-09 Started"], await scene.ListOccurrencesAsync());
        Assert.Equal(["2026-09 Queued"], await scene.ListRunsAsync());
    }

    [Theory]
    [InlineData("2026-03-28T12:00:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T12:00:00Z")]
    [InlineData("2026-10-24T12:00:00Z", "2026-10-25T00:29:59Z", "2026-10-25T00:30:00Z", "2026-10-25T12:00:00Z")]
    public async Task A_night_in_which_the_clocks_change_has_one_run_like_any_other(string created, string before, string due, string later)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, created);
        await scene.Node.Schedules.CreateAsync("nightly", new("test", "30 2 * * *") { Zone = "Europe/Berlin", Mapping = PartitionMapping.None, MaxParallel = 10 }, by: null, Token);
        foreach (var (now, runs) in (IEnumerable<(string, int)>)[(before, 0), (due, 1), (later, 1)])
        {
            await scene.SetClockAsync(now);
            await scene.Node.LookAsync();
            Assert.Equal(runs, (await scene.ListRunsAsync()).Count);
        }
    }

    [Fact]
    public async Task A_run_that_is_asked_for_now_has_the_month_that_is_asked_for_even_while_the_schedule_is_off()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-10-10T12:00:00Z");
        await scene.Node.Schedules.CreateAsync("sales", Monthly with { IsOn = false }, by: null, Token);
        var asked = await scene.Node.Ticker.RunNowAsync("sales", Guid.CreateVersion7(), Partition.Parse("2026-03"), "person ada", Token);
        Assert.Equal(("2026-03", OccurrenceStatus.Started, true), (asked.Partition.ToString(), asked.Status, asked.IsManual));
        // The only place is taken: this one waits for it. Asking again with the same id changes nothing.
        var id = Guid.CreateVersion7();
        var second = await scene.Node.Ticker.RunNowAsync("sales", id, partition: null, "person ada", Token);
        Assert.Equal(("2026-09", OccurrenceStatus.Pending), (second.Partition.ToString(), second.Status));
        Assert.Equal(second, await scene.Node.Ticker.RunNowAsync("sales", id, partition: null, "person ada", Token));
        await scene.RunAllAsync();
        Assert.Equal(["2026-03 Succeeded", "2026-09 Succeeded"], await scene.ListRunsAsync());
    }

    [Fact]
    public async Task A_run_that_is_asked_for_now_is_refused_while_another_run_has_the_month_but_a_due_time_queues_behind_it()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-09-15T12:00:00Z");
        await scene.Node.Schedules.CreateAsync("sales", Monthly, by: null, Token);
        var active = await scene.Node.Runs.CreateAsync(scene.Start("2026-09"), Token);
        var refused = await Assert.ThrowsAsync<RunAlreadyActiveException>(() => scene.Node.Ticker.RunNowAsync("sales", Guid.CreateVersion7(), Partition.Parse("2026-09"), by: null, Token));
        Assert.Equal(active.Id, refused.ActiveRun);
        Assert.Empty(await scene.ListOccurrencesAsync());
        await scene.SetClockAsync("2026-10-01T02:00:00Z");
        await scene.Node.LookAsync();
        Assert.Equal(["2026-09 Started"], await scene.ListOccurrencesAsync());
        Assert.Equal(2, (await scene.ListRunsAsync()).Count);
    }

    [Fact]
    public async Task A_schedule_whose_workflow_is_missing_says_so_and_runs_when_it_is_back()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-09-15T12:00:00Z");
        await scene.Node.Schedules.CreateAsync("sales", Monthly, by: null, Token);
        await scene.SetClockAsync("2026-10-01T02:00:00Z");
        var json = scene.Workflows["test"];
        scene.Workflows.Clear();
        await scene.Node.LookAsync();
        var waits = Assert.Single(await scene.Node.Schedules.ListOccurrencesAsync(new(), Token));
        Assert.Equal((OccurrenceStatus.Pending, "There is no workflow 'test'. List the workflows to see what there is."), (waits.Status, waits.Reason));
        scene.Workflows["test"] = json;
        await scene.Node.LookAsync();
        Assert.Equal(["2026-09 Started"], await scene.ListOccurrencesAsync());
    }

    internal static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
