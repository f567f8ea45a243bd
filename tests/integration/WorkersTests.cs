using System.Collections.Concurrent;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Integration;

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
        runtime.Work["A1"] = async _ => { begun.TrySetResult(); await mayEnd.Task; };
        var first = await runtime.CreateAsync(Chart);
        using var drain = new CancellationTokenSource();
        var working = runtime.CreateWorkers("worker").RunAsync(4, drain.Token, CancellationToken.None);
        await begun.Task;
        await drain.CancelAsync();
        var second = await runtime.CreateAsync(Chart);
        mayEnd.SetResult();
        await working;
        Assert.Equal([RunStatus.Succeeded, RunStatus.Queued], [(await runtime.Store.FindAsync(first.Id, Token))!.Status, (await runtime.Store.FindAsync(second.Id, Token))!.Status]);
        Assert.Equal(["A1#1", "B1#1"], runtime.Started);
    }
}
