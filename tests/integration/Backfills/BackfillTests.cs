using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Backfills;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Tests.Integration.Backfills;

public sealed class BackfillTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(BackfillOrder.OldestFirst, "2025-11,2025-12,2026-01,2026-02")]
    [InlineData(BackfillOrder.NewestFirst, "2026-02,2026-01,2025-12,2025-11")]
    public async Task Each_month_of_the_range_has_one_run_in_the_order_that_was_asked_for(BackfillOrder order, string months)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-10-10T12:00:00Z");
        var backfill = await scene.Node.Backfills.CreateAsync(Guid.CreateVersion7(), Plan("2025-11", "2026-02") with { Order = order }, "person ada", Token);
        Assert.Equal((BackfillStatus.Running, 4), (backfill.Status, backfill.Progress[BackfillPartitionStatus.Pending]));
        await scene.RunAllAsync();
        Assert.Equal(months.Split(',').Select(month => $"{month} Succeeded"), await scene.ListRunsAsync());
        backfill = await scene.Node.Backfills.GetAsync(backfill.Id, Token);
        Assert.Equal((BackfillStatus.Succeeded, 4), (backfill.Status, backfill.Progress[BackfillPartitionStatus.Succeeded]));
        Assert.NotNull(backfill.FinishedAt);
        Assert.All(await scene.Node.Runs.ListAsync(new(), Token), run => Assert.Equal($"backfill {backfill.Id}", run.StartedBy));
    }

    [Fact]
    public async Task No_more_months_than_allowed_run_at_once_whatever_number_of_nodes_looks_and_a_restart_in_the_middle_changes_nothing()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-10-10T12:00:00Z");
        var id = (await scene.Node.Backfills.CreateAsync(Guid.CreateVersion7(), Plan("2024-01", "2025-12") with { MaxParallel = 3 }, by: null, Token)).Id;
        for (var ended = 1; ended > 0;)
        {
            // Every round has other nodes: those before are gone.
            await using var first = scene.AddNode(TimeSpan.FromHours(2));
            await using var second = scene.AddNode(TimeSpan.FromHours(-2));
            await Task.WhenAll(new[] { first, second, first, second }.Select(node => Task.Run(node.LookAsync, Token)));
            Assert.InRange((await scene.Node.Runs.ListUnfinishedAsync(Token)).Count, 0, 3);
            ended = await scene.EndRunsAsync();
        }
        await scene.Node.LookAsync();
        Assert.Equal(ScheduleScene.Months("2024-01", "2025-12").Select(month => $"{month} Succeeded"), (await scene.ListRunsAsync()).Order());
        Assert.Equal(BackfillStatus.Succeeded, (await scene.Node.Backfills.GetAsync(id, Token)).Status);
    }

    [Theory]
    [InlineData(Reprocess.None, "2026-04")]
    [InlineData(Reprocess.Failed, "2026-02,2026-03,2026-04")]
    [InlineData(Reprocess.All, "2026-01,2026-02,2026-03,2026-04")]
    public async Task What_was_run_before_runs_again_only_as_was_asked_for_and_the_dry_run_says_the_same(Reprocess reprocess, string months)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-10-10T12:00:00Z");
        foreach (var (month, status) in (IEnumerable<(string, RunStatus)>)[("2026-01", RunStatus.Succeeded), ("2026-02", RunStatus.Failed), ("2026-03", RunStatus.Cancelled)])
        {
            await scene.Node.Runs.CreateAsync(scene.Start(month), Token);
            await scene.EndRunsAsync(status);
        }
        var plan = Plan("2026-01", "2026-04") with { Reprocess = reprocess };
        var preview = await scene.Node.Backfills.PreviewAsync(plan, Token);
        Assert.Empty(await scene.Node.Backfills.ListAsync(before: null, 10, Token));
        Assert.Equal(months.Split(','), preview.Partitions.Where(month => month.WillRun).Select(month => month.Partition.ToString()));
        // Three jobs in the workflow; the flowchart around them is none.
        Assert.Equal((months.Split(',').Length, months.Split(',').Length * 3), (preview.Runs, preview.Activities));
        Assert.All(preview.Partitions, month => Assert.Equal(month.WillRun, month.Reason is null));

        var backfill = await scene.Node.Backfills.CreateAsync(Guid.CreateVersion7(), plan, by: null, Token);
        await scene.RunAllAsync();
        var partitions = await scene.Node.Backfills.ListPartitionsAsync(backfill.Id, Token);
        Assert.Equal(months.Split(','), partitions.Where(month => month.Status is BackfillPartitionStatus.Succeeded).Select(month => month.Partition.ToString()));
        Assert.Equal(preview.Partitions.Where(month => !month.WillRun).Select(month => month.Reason), partitions.Where(month => month.Status is BackfillPartitionStatus.Skipped).Select(month => month.Reason));
    }

    [Fact]
    public async Task The_dry_run_shows_what_readers_would_not_see_any_more()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-10-10T12:00:00Z");
        var run = await scene.Node.Runs.CreateAsync(scene.Start("2026-01"), Token);
        await scene.EndRunsAsync();
        await scene.ExecuteAsync("""
            insert into orchestrator.materialization (id, asset, partition, run_id, activity_id, attempt, committed_at, location, rows, bytes, files, columns, figures, code_version, is_current)
            values (gen_random_uuid(), 'fact_sales', '2026-01-01', $1, 'A1', 1, now(), 'x/', 42, 1, '[]', '[]', '{}', 'test', true)
            """, run.Id);
        var preview = await scene.Node.Backfills.PreviewAsync(Plan("2026-01", "2026-02") with { Reprocess = Reprocess.All }, Token);
        Assert.Equal([new("fact_sales", 42)], preview.Partitions[0].Overwrites);
        Assert.Empty(preview.Partitions[1].Overwrites);
    }

    [Fact]
    public async Task A_month_that_somebody_else_runs_is_waited_for_and_then_judged_again()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-10-10T12:00:00Z");
        var other = await scene.Node.Runs.CreateAsync(scene.Start("2026-01"), Token);
        var id = (await scene.Node.Backfills.CreateAsync(Guid.CreateVersion7(), Plan("2026-01", "2026-02"), by: null, Token)).Id;
        await scene.Node.LookAsync();
        var waits = (await scene.Node.Backfills.ListPartitionsAsync(id, Token))[0];
        Assert.Equal((BackfillPartitionStatus.Pending, $"Waits for run {other.Id}, which is working on it."), (waits.Status, waits.Reason));
        // It does not overtake: only one may run at once, and the waiting month has that place.
        Assert.Equal(["2026-01 Queued"], await scene.ListRunsAsync());
        await scene.RunAllAsync();
        Assert.Equal(["2026-01 Succeeded", "2026-02 Succeeded"], await scene.ListRunsAsync());
        Assert.Equal($"Run {other.Id} succeeded.", (await scene.Node.Backfills.ListPartitionsAsync(id, Token))[0].Reason);
    }

    [Fact]
    public async Task A_month_that_somebody_else_runs_is_left_out_where_that_was_asked_for()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-10-10T12:00:00Z");
        var other = await scene.Node.Runs.CreateAsync(scene.Start("2026-01"), Token);
        var id = (await scene.Node.Backfills.CreateAsync(Guid.CreateVersion7(), Plan("2026-01", "2026-02") with { WhenActive = ActiveMonth.Skip, Reprocess = Reprocess.All }, by: null, Token)).Id;
        await scene.RunAllAsync();
        Assert.Equal(["2026-01 Succeeded", "2026-02 Succeeded"], await scene.ListRunsAsync());
        Assert.Equal((BackfillPartitionStatus.Skipped, $"Run {other.Id} is working on it."),
            (await scene.Node.Backfills.ListPartitionsAsync(id, Token))[0] is var left ? (left.Status, left.Reason) : default);
    }

    [Theory]
    [InlineData(ActiveMonth.Wait)]
    [InlineData(ActiveMonth.Skip)]
    public async Task A_run_of_a_file_with_the_same_id_is_in_the_way_but_does_not_count_as_one_of_the_workflow(ActiveMonth whenActive)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-10-10T12:00:00Z");
        await scene.Node.Runs.CreateAsync(scene.Start("2026-01") with { IsAdHoc = true }, Token);
        await scene.EndRunsAsync();
        await scene.Node.Runs.CreateAsync(scene.Start("2026-02") with { IsAdHoc = true }, Token);
        var plan = Plan("2026-01", "2026-02") with { WhenActive = whenActive, MaxParallel = 2 };
        Assert.Equal(2, (await scene.Node.Backfills.PreviewAsync(plan, Token)).Runs);
        var id = (await scene.Node.Backfills.CreateAsync(Guid.CreateVersion7(), plan, by: null, Token)).Id;
        await scene.Node.LookAsync();
        Assert.Equal(2, (await scene.Node.Runs.ListUnfinishedAsync(Token)).Count);
        await scene.RunAllAsync();
        Assert.Equal((BackfillStatus.Succeeded, 2), (await scene.Node.Backfills.GetAsync(id, Token)) is var ended ? (ended.Status, ended.Progress[BackfillPartitionStatus.Succeeded]) : default);
        Assert.Equal(["2026-01 False", "2026-01 True", "2026-02 False", "2026-02 True"],
            (await scene.Node.Runs.ListAsync(new(), Token)).Select(run => $"{run.Partition} {run.IsAdHoc}").Order());
    }

    [Fact]
    public async Task A_paused_backfill_starts_nothing_until_it_is_resumed()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-10-10T12:00:00Z");
        var id = (await scene.Node.Backfills.CreateAsync(Guid.CreateVersion7(), Plan("2026-01", "2026-03"), by: null, Token)).Id;
        await scene.Node.LookAsync();
        Assert.Equal(BackfillStatus.Paused, (await scene.Node.Backfills.PauseAsync(id, Token)).Status);
        await scene.RunAllAsync();
        Assert.Equal(["2026-01 Succeeded"], await scene.ListRunsAsync());
        Assert.Equal((1, 2), (await scene.Node.Backfills.GetAsync(id, Token)).Progress is var progress ? (progress[BackfillPartitionStatus.Succeeded], progress[BackfillPartitionStatus.Pending]) : default);
        await scene.Node.Backfills.ResumeAsync(id, Token);
        await scene.RunAllAsync();
        Assert.Equal(3, (await scene.ListRunsAsync()).Count);
        Assert.Equal(BackfillStatus.Succeeded, (await scene.Node.Backfills.GetAsync(id, Token)).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cancelled_backfill_starts_nothing_more_and_ends_its_runs_where_that_was_asked_for(bool cancelsRuns)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-10-10T12:00:00Z");
        var id = (await scene.Node.Backfills.CreateAsync(Guid.CreateVersion7(), Plan("2026-01", "2026-03"), by: null, Token)).Id;
        await scene.Node.LookAsync();
        var cancelled = await scene.Node.Backfills.CancelAsync(id, cancelsRuns, Token);
        Assert.Equal((BackfillStatus.Cancelled, null), (cancelled.Status, cancelled.FinishedAt));
        Assert.Equal(cancelsRuns, Assert.Single(await scene.Node.Runs.ListAsync(new(), Token)).IsCancelRequested);
        await scene.EndRunsAsync(cancelsRuns ? RunStatus.Cancelled : RunStatus.Succeeded);
        await scene.Node.LookAsync();
        Assert.Single(await scene.ListRunsAsync());
        var ended = await scene.Node.Backfills.GetAsync(id, Token);
        Assert.Equal(BackfillStatus.Cancelled, ended.Status);
        Assert.NotNull(ended.FinishedAt);
        Assert.Equal(cancelsRuns ? 3 : 2, ended.Progress[BackfillPartitionStatus.Cancelled]);
        Assert.Equal("backfill.has_ended", (await Assert.ThrowsAsync<SchedulingException>(() => scene.Node.Backfills.ResumeAsync(id, Token))).Code);
    }

    [Fact]
    public async Task A_failed_month_does_not_stop_the_others_and_is_counted()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-10-10T12:00:00Z");
        var id = (await scene.Node.Backfills.CreateAsync(Guid.CreateVersion7(), Plan("2026-01", "2026-02"), by: null, Token)).Id;
        await scene.Node.LookAsync();
        await scene.EndRunsAsync(RunStatus.Failed);
        await scene.RunAllAsync();
        Assert.Equal(["2026-01 Failed", "2026-02 Succeeded"], await scene.ListRunsAsync());
        Assert.Equal(BackfillStatus.Failed, (await scene.Node.Backfills.GetAsync(id, Token)).Status);
        Assert.Equal("test.broken: It is broken.", (await scene.Node.Backfills.ListPartitionsAsync(id, Token))[0].Reason);
    }

    [Theory]
    [InlineData("test", "2026-03", "2026-01", 1, "backfill.bad_range", "From 2026-03 to 2026-01 is backwards. Give the earlier month first; --order newest-first begins with the latest.")]
    [InlineData("test", "1900-01", "2026-01", 1, "backfill.too_long", "From 1900-01 to 2026-01 are 1513 months. Ask for at most 600 at once.")]
    [InlineData("test", "2026-01", "2026-03", 0, "backfill.bad_parallel", "0 runs at once cannot be. Give 1 to 100.")]
    [InlineData("other", "2026-01", "2026-03", 1, "workflow.unknown", "There is no workflow 'other'. List the workflows to see what there is.")]
    public async Task What_cannot_be_is_refused_with_a_code_and_nothing_is_kept(string workflow, string first, string last, int most, string code, string message)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-10-10T12:00:00Z");
        var plan = new BackfillPlan(workflow, Partition.Parse(first), Partition.Parse(last)) { MaxParallel = most };
        var refused = await Assert.ThrowsAsync<SchedulingException>(() => scene.Node.Backfills.CreateAsync(Guid.CreateVersion7(), plan, by: null, Token));
        Assert.Equal((code, message), (refused.Code, refused.Message));
        Assert.Equal(code, (await Assert.ThrowsAsync<SchedulingException>(() => scene.Node.Backfills.PreviewAsync(plan, Token))).Code);
        Assert.Empty(await scene.Node.Backfills.ListAsync(before: null, 10, Token));
    }

    static BackfillPlan Plan(string first, string last) => new("test", Partition.Parse(first), Partition.Parse(last));
}
