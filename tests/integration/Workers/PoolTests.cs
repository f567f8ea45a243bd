using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration.Workers;

public sealed class PoolTests(PostgresFixture postgres)
{
    static readonly string Chart = RuntimeHarness.Flowchart("A1"), Pooled = RuntimeHarness.InPool("spark", "A1");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pool_is_never_exceeded_whoever_wants_its_slots()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        await runtime.Pools.SetAsync("spark", 2, expectedVersion: null, Token);
        var gauge = new Gauge(runtime, "A1");
        for (var run = 0; run < 12; run++) await runtime.CreateAsync(Pooled);
        await runtime.DriveAllAsync(workers: 3);
        Assert.Equal(2, gauge.Most);
        Assert.All(await runtime.Store.ListAsync(new(), Token), run => Assert.Equal(RunStatus.Succeeded, run.Status));
    }

    [Fact]
    public async Task Who_has_a_slot_and_who_waits_is_visible_and_the_highest_priority_is_next()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        await runtime.Pools.SetAsync("spark", 1, expectedVersion: null, Token);
        var (begun, mayEnd) = (new SemaphoreSlim(0), new SemaphoreSlim(0));
        var order = new List<Guid>();
        runtime.Work["A1"] = async context =>
        {
            order.Add(context.Attempt.RunId);
            begun.Release();
            await mayEnd.WaitAsync(context.CancellationToken);
        };
        using var drain = new CancellationTokenSource();
        var working = runtime.CreateWorkers("worker").RunAsync(4, drain.Token, CancellationToken.None);
        var ids = new List<Guid> { (await runtime.CreateAsync(Pooled)).Id };
        Assert.True(await begun.WaitAsync(Eventually.Patience, Token), "No run got the slot.");
        foreach (var priority in (int[])[0, 5]) ids.Add((await runtime.Store.CreateAsync(runtime.Start(Pooled) with { Priority = priority }, Token)).Id);
        var pool = await Eventually.GivesAsync("two runs that wait for the pool", async () => await runtime.Pools.FindAsync("spark", Token) is { Waiting.Count: 2 } both ? both : null);
        Assert.Equal((ids[0], "A1"), Assert.Single(pool.Held) is var held ? (held.RunId, held.ActivityId) : default);
        Assert.Equal([ids[2], ids[1]], pool.Waiting.Select(waiting => waiting.RunId));
        Assert.Equal("All slots of the pool 'spark' are taken.", (await runtime.Store.ListExecutionsAsync(ids[1], Token)).Single(execution => execution.ActivityId == "A1").WaitsFor);
        mayEnd.Release(3);
        Assert.True(await begun.WaitAsync(Eventually.Patience, Token), "No run got the slot.");
        Assert.True(await begun.WaitAsync(Eventually.Patience, Token), "No run got the slot.");
        await drain.CancelAsync();
        await working;
        Assert.Equal([ids[0], ids[2], ids[1]], order);
        Assert.Empty((await runtime.Pools.FindAsync("spark", Token))!.Held);
    }

    [Fact]
    public async Task The_slot_of_a_worker_that_vanished_is_free_when_its_lease_has_ended_and_the_worker_has_lost_the_run()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var vanished = RuntimeHarness.On(connectionString, options => (options.Lease, options.Heartbeat) = (TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10)));
        await using var runtime = RuntimeHarness.On(connectionString);
        await runtime.Pools.SetAsync("spark", 1, expectedVersion: null, Token);
        var begun = new TaskCompletionSource();
        vanished.Work["A1"] = async context => { begun.SetResult(); await Task.Delay(Timeout.Infinite, context.CancellationToken); };
        var first = await runtime.CreateAsync(Pooled);
        using var stop = new CancellationTokenSource();
        var paused = vanished.CreateWorkers("vanished").RunAsync(1, stop.Token, stop.Token);
        await begun.Task.InTimeAsync();
        var gauge = new Gauge(runtime, "A1");
        var second = await runtime.CreateAsync(Pooled);
        using var drain = new CancellationTokenSource();
        var working = runtime.CreateWorkers("worker").RunAsync(4, drain.Token, CancellationToken.None);
        await Eventually.IsAsync("a run that waits for the pool", async () => (await runtime.Pools.FindAsync("spark", Token))!.Waiting.Count > 0);
        await using (var command = runtime.Database.DataSource.CreateCommand("update orchestrator.run set lease_expires_at = now() - interval '1 s' where id = $1"))
        {
            command.Parameters.With(first.Id);
            await command.ExecuteNonQueryAsync(Token);
        }
        await Eventually.IsAsync("the end of all runs", async () => (await runtime.Store.ListUnfinishedAsync(Token)).Count == 0);
        await drain.CancelAsync();
        await stop.CancelAsync();
        await Task.WhenAll(working, paused);
        Assert.Equal(1, gauge.Most);
        Assert.All(await runtime.Store.ListAsync(new(), Token), run => Assert.Equal(RunStatus.Succeeded, run.Status));
        Assert.Equal(["A1#2"], runtime.Started.Where(started => started.EndsWith('2')));
        Assert.NotEqual(first.Id, second.Id);
    }

    [Fact]
    public async Task An_attempt_that_waits_for_a_slot_when_its_worker_dies_had_not_begun()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await using var vanished = RuntimeHarness.On(connectionString, options => (options.Lease, options.Heartbeat) = (TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10)));
        await using var runtime = RuntimeHarness.On(connectionString, options => (options.LostAttempts, options.PoisonedAfter) = (0, 1));
        await runtime.Pools.SetAsync("spark", 1, expectedVersion: null, Token);
        var (begun, mayEnd) = (new TaskCompletionSource(), new TaskCompletionSource());
        runtime.Work["A1"] = async _ => { begun.TrySetResult(); await mayEnd.Task.InTimeAsync(); };
        await runtime.CreateAsync(Pooled);
        using var drain = new CancellationTokenSource();
        var working = runtime.CreateWorkers("worker").RunAsync(1, drain.Token, CancellationToken.None);
        await begun.Task.InTimeAsync();
        var second = await runtime.CreateAsync(Pooled);
        using var stop = new CancellationTokenSource();
        var waiting = vanished.CreateWorkers("vanished").RunAsync(1, stop.Token, stop.Token);
        await Eventually.IsAsync("the journal to say that the attempt waits", async () =>
            RunState.Of(await runtime.Journal.ReadAsync(second.Id, Token)).Executions.Any(execution => execution.AwaitsSlot));

        await using (var command = runtime.Database.DataSource.CreateCommand("update orchestrator.run set lease_expires_at = now() - interval '1 s' where id = $1"))
        {
            command.Parameters.With(second.Id);
            await command.ExecuteNonQueryAsync(Token);
        }
        mayEnd.SetResult();
        await Eventually.IsAsync("the end of all runs", async () => (await runtime.Store.ListUnfinishedAsync(Token)).Count == 0);
        await drain.CancelAsync();
        await stop.CancelAsync();
        await Task.WhenAll(working, waiting);

        Assert.Equal((RunStatus.Succeeded, null), (await runtime.Store.FindAsync(second.Id, Token))! is var run ? (run.Status, run.Error) : default);
        var number = (await runtime.Store.ListExecutionsAsync(second.Id, Token)).Single(execution => execution.ActivityId == "A1").Number;
        Assert.Equal(["run.attempt_not_begun", null], (await runtime.Store.ListAttemptsAsync(second.Id, [number], Token)).Select(attempt =>
            attempt.Error?.Code));
        Assert.Empty(vanished.Started.Except(["A1#1"]));
    }

    [Theory]
    [InlineData("runs")]
    [InlineData("runs:test")]
    public async Task Runs_at_once_are_limited_for_the_platform_and_for_a_workflow(string pool)
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        await runtime.Pools.SetAsync(pool, 2, expectedVersion: null, Token);
        var gauge = new Gauge(runtime, "A1");
        for (var run = 0; run < 8; run++) await runtime.CreateAsync(Chart);
        var taken = await runtime.Leases.ClaimNextAsync(8, "worker", TimeSpan.FromMinutes(1), Token);
        Assert.Equal(2, taken.Count);
        var waiting = await runtime.Store.ListAsync(new() { Limit = 1 }, Token);
        Assert.Equal($"All slots of '{pool}' are taken.", waiting[0].WaitsFor);
        Assert.Equal((2, 6), (await runtime.Pools.FindAsync(pool, Token))! is var shown ? (shown.Held.Count, shown.Waiting.Count) : default);
        foreach (var claim in taken) await runtime.Leases.ReleaseAsync(claim.Fence, Token);
        await runtime.DriveAllAsync(workers: 3);
        Assert.Equal(2, gauge.Most);
    }

    [Fact]
    public async Task A_workflow_at_its_limit_does_not_keep_others_waiting()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        await runtime.Pools.SetAsync("runs:test", 1, expectedVersion: null, Token);
        for (var run = 0; run < 3; run++) await runtime.CreateAsync(Chart);
        var other = await runtime.CreateAsync(Chart.Replace("\"test\"", "\"other\"", StringComparison.Ordinal));
        var taken = await runtime.Leases.ClaimNextAsync(8, "worker", TimeSpan.FromMinutes(1), Token);
        Assert.Equal(2, taken.Count);
        Assert.Contains(other.Id, taken.Select(claim => claim.Run.Id));
    }

    [Fact]
    public async Task A_limit_that_is_raised_counts_at_once()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres, options => (options.Lease, options.Heartbeat) = (TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(2)));
        await runtime.Pools.SetAsync("spark", 1, expectedVersion: null, Token);
        var both = new CountdownEvent(2);
        runtime.Work["A1"] = context => { both.Signal(); return Task.Run(() => both.Wait(context.CancellationToken), context.CancellationToken); };
        for (var run = 0; run < 2; run++) await runtime.CreateAsync(Pooled);
        var driving = runtime.DriveAllAsync();
        await Eventually.IsAsync("a run that waits for the pool", async () => (await runtime.Pools.FindAsync("spark", Token))!.Waiting.Count > 0);
        await runtime.Pools.SetAsync("spark", 2, expectedVersion: null, Token);
        await driving.WaitAsync(TimeSpan.FromSeconds(20), Token);
    }

    [Fact]
    public async Task A_change_from_an_old_version_is_not_made()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        Assert.Equal(1, await runtime.Pools.SetAsync("licences", 3, expectedVersion: 0, Token));
        Assert.Null(await runtime.Pools.SetAsync("licences", 4, expectedVersion: 0, Token));
        Assert.Equal(2, await runtime.Pools.SetAsync("licences", 4, expectedVersion: 1, Token));
        Assert.Null(await runtime.Pools.SetAsync("licences", 5, expectedVersion: 1, Token));
        Assert.Null(await runtime.Pools.SetAsync("nowhere", 5, expectedVersion: 7, Token));
        Assert.Equal((4, 2), await runtime.Pools.FindAsync("licences", Token) is { } pool ? (pool.Slots, (int)pool.Version) : default);
    }

    /// <summary>Counts how many of an activity execute at the same time.</summary>
    sealed class Gauge
    {
        int now;
        int most;

        public Gauge(RuntimeHarness runtime, string activityId) => runtime.Work[activityId] = async context =>
        {
            var count = Interlocked.Increment(ref now);
            for (var seen = most; seen < count && Interlocked.CompareExchange(ref most, count, seen) != seen; seen = most) { }
            await Task.Delay(30, context.CancellationToken);
            Interlocked.Decrement(ref now);
        };

        public int Most => most;
    }
}
