using System.Collections.Concurrent;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration.Workers;

public sealed class WorkersTests(PostgresFixture postgres)
{
    static readonly string Chart = RuntimeHarness.Flowchart("A1 -> B1");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_runs_and_several_workers_drive_each_run_once()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var attempts = new ConcurrentBag<string>();
        runtime.Work["A1"] = runtime.Work["B1"] = context =>
        {
            attempts.Add($"{context.Attempt.RunId} {context.Attempt.ActivityId} {context.Attempt.Attempt}");
            return Task.CompletedTask;
        };
        var runs = new List<Run>();
        for (var run = 0; run < 60; run++) runs.Add(await runtime.CreateAsync(Chart));
        await runtime.DriveAllAsync(workers: 3);
        Assert.Equal(runs.SelectMany(run => (string[])[$"{run.Id} A1 1", $"{run.Id} B1 1"]).Order(), attempts.Order());
    }

    [Fact]
    public async Task The_highest_priority_is_taken_first_and_among_equals_the_oldest()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var ids = new List<Guid>();
        foreach (var priority in (int[])[0, 5, -1, 5])
            ids.Add((await runtime.Store.CreateAsync(runtime.Start(Chart) with { Priority = priority }, Token)).Id);
        var taken = new List<Guid>();
        while (await runtime.Leases.ClaimNextAsync(1, "worker", TimeSpan.FromMinutes(1), Token) is [var claim]) taken.Add(claim.Run.Id);
        Assert.Equal([ids[1], ids[3], ids[0], ids[2]], taken);
    }

    [Fact]
    public async Task A_run_that_is_accepted_wakes_a_worker_that_has_nothing_to_do()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var workers = runtime.CreateWorkers("idle");
        var ended = new TaskCompletionSource<Run>();
        workers.RunEnded += run => ended.TrySetResult(run);
        using var drain = new CancellationTokenSource();
        var working = workers.RunAsync(2, drain.Token, CancellationToken.None);
        // Long after it looked first.
        await Task.Delay(700, Token);
        var accepted = TimeProvider.System.GetTimestamp();
        var run = await runtime.CreateAsync(Chart);
        Assert.Equal((run.Id, RunStatus.Succeeded), await ended.Task is var end ? (end.Id, end.Status) : default);
        Assert.InRange(TimeProvider.System.GetElapsedTime(accepted), TimeSpan.Zero, TimeSpan.FromSeconds(3));
        await drain.CancelAsync();
        await working;
    }

    [Fact]
    public async Task A_worker_that_drains_hands_over_what_does_not_end_and_the_next_one_goes_on_at_once()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres, options => options.DrainTimeout = TimeSpan.FromMilliseconds(200));
        var begun = new SemaphoreSlim(0);
        runtime.Work["B1"] = async context =>
        {
            begun.Release();
            if (context.Attempt.Attempt <= 7) await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        var run = await runtime.CreateAsync(Chart);
        // More often than any budget of the activity allows.
        for (var time = 1; time <= 7; time++)
        {
            using var drain = new CancellationTokenSource();
            var working = runtime.CreateWorkers($"worker {time}").RunAsync(1, drain.Token, CancellationToken.None);
            Assert.True(await begun.WaitAsync(TimeSpan.FromSeconds(10), Token));
            await drain.CancelAsync();
            await working;
            Assert.Equal((RunStatus.Running, null), await runtime.Store.FindAsync(run.Id, Token) is { } left ? (left.Status, left.LeaseOwner) : default);
        }
        await runtime.DriveAllAsync();
        Assert.Equal(RunStatus.Succeeded, (await runtime.Store.FindAsync(run.Id, Token))?.Status);
        Assert.Equal(["A1#1", .. Enumerable.Range(1, 8).Select(attempt => $"B1#{attempt}")], runtime.Started);
    }

    [Fact]
    public async Task A_worker_that_drains_takes_nothing_new_and_lets_what_runs_end()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var (begun, mayEnd) = (new TaskCompletionSource(), new TaskCompletionSource());
        runtime.Work["A1"] = async _ => { begun.TrySetResult(); await mayEnd.Task.InTimeAsync(); };
        var first = await runtime.CreateAsync(Chart);
        using var drain = new CancellationTokenSource();
        var working = runtime.CreateWorkers("worker").RunAsync(4, drain.Token, CancellationToken.None);
        await begun.Task.InTimeAsync();
        await drain.CancelAsync();
        var second = await runtime.CreateAsync(Chart);
        mayEnd.SetResult();
        await working;
        Assert.Equal([RunStatus.Succeeded, RunStatus.Queued], [(await runtime.Store.FindAsync(first.Id, Token))!.Status, (await runtime.Store.FindAsync(second.Id, Token))!.Status]);
        Assert.Equal(["A1#1", "B1#1"], runtime.Started);
    }

    [Fact]
    public async Task A_cancel_request_reaches_the_worker_at_once_and_not_only_when_it_looks()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres, options => (options.Lease, options.Heartbeat) = (TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(3)));
        var begun = new TaskCompletionSource();
        runtime.Work["A1"] = async context => { begun.SetResult(); await Task.Delay(Timeout.Infinite, context.CancellationToken); };
        var run = await runtime.CreateAsync(Chart);
        var driving = runtime.DriveAllAsync();
        await begun.Task.InTimeAsync();
        // The connection that hears of it has to be there.
        await Eventually.IsAsync("a worker that listens", runtime.IsHeardAsync);
        var asked = TimeProvider.System.GetTimestamp();
        await runtime.Store.RequestCancelAsync(run.Id, "Ada stopped it.", Token);
        await driving;
        Assert.InRange(TimeProvider.System.GetElapsedTime(asked), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal((RunStatus.Cancelled, "Ada stopped it."), await runtime.Store.FindAsync(run.Id, Token) is { } ended ? (ended.Status, ended.Error?.Message) : default);
    }

    [Fact]
    public async Task The_run_of_a_worker_that_vanished_goes_on_within_one_lease()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres, options => options.Lease = TimeSpan.FromSeconds(2));
        var run = await runtime.CreateAsync(Chart);
        // Takes the run as a worker does, and is not heard of again.
        Assert.Single(await runtime.Leases.ClaimNextAsync(1, "vanished", runtime.Options.LeaseTaken, Token));
        var vanished = TimeProvider.System.GetTimestamp();
        var begun = new TaskCompletionSource<TimeSpan>();
        runtime.Work["A1"] = _ => { begun.SetResult(TimeProvider.System.GetElapsedTime(vanished)); return Task.CompletedTask; };
        await runtime.DriveAllAsync();
        // A lease, and what a busy machine takes to begin.
        Assert.InRange(await begun.Task, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));
        Assert.Equal(RunStatus.Succeeded, (await runtime.Store.FindAsync(run.Id, Token))?.Status);
    }

    [Fact]
    public async Task A_run_whose_workers_die_one_after_the_other_is_ended_and_says_what_was_executing()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var drain = new CancellationTokenSource();
        runtime.Work["B1"] = async context =>
        {
            // To the run this is no different from a worker that died.
            await drain.CancelAsync();
            await using var command = runtime.Database.DataSource.CreateCommand(
                "update orchestrator.run set fencing_token = fencing_token + 1, lease_owner = null, lease_expires_at = null where id = $1");
            command.Parameters.With(context.Attempt.RunId);
            await command.ExecuteNonQueryAsync(context.CancellationToken);
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        var run = await runtime.CreateAsync(Chart);
        foreach (var worker in (string[])["first", "second"])
        {
            using (drain = new()) await runtime.CreateWorkers(worker).RunAsync(1, drain.Token, CancellationToken.None);
        }
        await runtime.DriveAllAsync();
        var ended = (await runtime.Store.FindAsync(run.Id, Token))!;
        Assert.Equal((RunStatus.Failed, "run.poisoned", "B1"), (ended.Status, ended.Error?.Code, ended.Error?.ActivityId));
        Assert.StartsWith("The worker died 2 times in a row while 'B1' executed, and nothing was finished in between", ended.Error?.Message, StringComparison.Ordinal);
        Assert.Equal(2, runtime.Started.Count(started => started.StartsWith("B1", StringComparison.Ordinal)));
        Assert.Equal("B1 Failed", Assert.Single((await runtime.Store.ListExecutionsAsync(run.Id, Token)).Select(execution => $"{execution.ActivityId} {execution.Status}"),
            line => line.StartsWith("B1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_run_that_cannot_be_driven_disturbs_no_other_one()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var broken = await runtime.CreateAsync(Chart);
        await using (var command = runtime.Database.DataSource.CreateCommand("update orchestrator.journal set type = 'of.a.newer.version' where run_id = $1"))
        {
            command.Parameters.With(broken.Id);
            await command.ExecuteNonQueryAsync(Token);
        }
        var whole = await runtime.CreateAsync(Chart);
        using var drain = new CancellationTokenSource();
        var working = runtime.CreateWorkers("worker").RunAsync(1, drain.Token, CancellationToken.None);
        await Eventually.IsAsync("the end of the run", async () => (await runtime.Store.FindAsync(whole.Id, Token))!.Status.IsFinal);
        await drain.CancelAsync();
        await working;
        Assert.Equal((RunStatus.Queued, "worker"), await runtime.Store.FindAsync(broken.Id, Token) is { } left ? (left.Status, left.LeaseOwner) : default);
    }

    [Fact]
    public async Task The_list_of_workers_shows_who_is_there_and_who_vanished()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        await runtime.Workers.SeeAsync("vanished", ["worker"], 3, Token);
        await using (var command = runtime.Database.DataSource.CreateCommand("update orchestrator.worker set seen_at = now() - interval '1 min'"))
            await command.ExecuteNonQueryAsync(Token);
        var (begun, mayEnd) = (new TaskCompletionSource(), new TaskCompletionSource());
        runtime.Work["A1"] = async _ => { begun.TrySetResult(); await mayEnd.Task.InTimeAsync(); };
        await runtime.CreateAsync(Chart);
        var workers = runtime.CreateWorkers("busy");
        workers.Roles = ["api", "worker"];
        using var drain = new CancellationTokenSource();
        var working = workers.RunAsync(2, drain.Token, CancellationToken.None);
        await begun.Task.InTimeAsync();
        var listed = await Eventually.GivesAsync("both workers in the list", async () => await runtime.Workers.ListAsync(Token) is { Count: 2 } both ? both : null);
        Assert.Equal(["busy api,worker 1/2 False", "vanished worker 0/3 True"],
            listed.Select(worker => $"{worker.Name} {string.Join(',', worker.Roles)} {worker.Runs}/{worker.Slots} {worker.IsGone}"));
        mayEnd.SetResult();
        await drain.CancelAsync();
        await working;
        Assert.Equal(["vanished"], (await runtime.Workers.ListAsync(Token)).Select(worker => worker.Name));
        await using (var command = runtime.Database.DataSource.CreateCommand("update orchestrator.worker set seen_at = now() - interval '2 h'"))
            await command.ExecuteNonQueryAsync(Token);
        await runtime.Workers.SeeAsync("new", ["worker"], 1, Token);
        Assert.Equal(["new"], (await runtime.Workers.ListAsync(Token)).Select(worker => worker.Name));
    }
}
