using Npgsql;
using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Values;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Tests.Integration.Warehouse;

/// <summary>A worker that was paused at some point of its work, and woken after another one took its run over.</summary>
public sealed class WarehouseFenceTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("load.announced")]
    [InlineData("load.copied")]
    [InlineData("load.staged")]
    [InlineData("warehouse.before_commit")]
    public async Task Load_of_a_worker_that_lost_its_run_shows_nothing_wherever_it_was_paused(string point)
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        var before = await VisibleAsync(files);
        files.Write(StarFiles.October, 2_000);
        var fence = new WarehouseFence(new(files.DataSource));
        harness.Reached = reached =>
        {
            // Another worker takes the run over while this one stands still.
            if (reached == point) fence.RaiseAsync(harness.RunId, 2, Token).Wait(Token);
        };

        // Paused in a transaction, it finds its session ended by the other worker.
        var error = await Assert.ThrowsAnyAsync<Exception>(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token));

        Assert.True(error is ActivityFailedException { Code: "run.lease_lost", IsRetryable: false } or NpgsqlException, error.ToString());
        Assert.Equal(before, await VisibleAsync(files));
    }

    [Fact]
    public async Task Load_that_was_paused_after_its_check_and_before_its_commit_keeps_nobody_waiting()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000);
        var (isStopped, woken) = (new TaskCompletionSource(), new TaskCompletionSource());
        var commits = 0;
        harness.Reached = reached =>
        {
            if (reached != "load.staged") return;
            harness.Reached = later =>
            {
                if (later != "warehouse.before_commit" || Interlocked.Increment(ref commits) > 1) return;
                isStopped.SetResult();
                woken.Task.Wait(Token);
            };
        };
        var paused = Task.Run(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token), Token);
        await isStopped.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.True(await files.QueryAsync<bool>("select exists (select from pg_locks where relation = 'sales.fact_sales'::regclass and mode = 'AccessExclusiveLock')"));

        await new WarehouseFence(new(files.DataSource)).RaiseAsync(harness.RunId, 2, Token);
        (harness.FencingToken, harness.Reached) = (2, static _ => { });
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], attempt: 2, cancellationToken: Token);
        var loaded = await VisibleAsync(files);
        woken.SetResult();

        await Assert.ThrowsAnyAsync<Exception>(() => paused);
        Assert.Equal(loaded, await VisibleAsync(files));
        Assert.StartsWith("1000 sales", await files.SalesAsync(StarFiles.October), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_that_lost_its_run_is_told_who_has_it_and_changes_no_index()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 20_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        var before = await VisibleAsync(files);
        await new WarehouseFence(new(files.DataSource)).RaiseAsync(harness.RunId, 2, Token);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => harness.ExecuteAsync<TuneIndexes>(StarFiles.October, [], cancellationToken: Token));

        Assert.Equal(("run.lease_lost", false), (failure.Code, failure.IsRetryable));
        Assert.Equal($"Run {harness.RunId} was taken over by another worker while 'TuneIndexes1' executed here under token 1. Nothing was changed; the other worker goes on.", failure.Message);
        Assert.Equal(before, await VisibleAsync(files));
    }

    [Fact]
    public async Task Lease_that_the_store_does_not_know_any_more_ends_a_load_before_its_swap()
    {
        using var harness = new ActivityHarness { IsHeld = false };
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token));

        Assert.Equal("run.lease_lost", failure.Code);
        Assert.Equal("0 sales, 0", await files.SalesAsync(StarFiles.October));
    }

    [Fact]
    public async Task Older_token_never_takes_the_place_of_a_newer_one()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        var (fence, run) = (new WarehouseFence(new(files.DataSource)), Guid.CreateVersion7());

        await Task.WhenAll(new long[] { 3, 1, 4, 1, 5, 2 }.Select(token => fence.RaiseAsync(run, token, Token)));

        Assert.Equal(5, await files.QueryAsync<long>($"select token from sales.fence where run_id = '{run}'"));
    }

    [Fact]
    public async Task Lock_on_an_asset_is_taken_from_a_worker_that_lost_its_run_and_from_nobody_else()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var (paused, other) = (RuntimeHarness.Attempt(fencingToken: 1), RuntimeHarness.Attempt());
        await using var lost = await runtime.Catalog.LockAsync(new("dim_customer"), paused, Token);
        await using var kept = await runtime.Catalog.LockAsync(new("dim_store"), other, Token);
        var waiting = runtime.Catalog.LockAsync(new("dim_customer"), RuntimeHarness.Attempt(), Token);

        await new AssetLockFence(runtime.Database, runtime.Outages).RaiseAsync(paused.RunId, 1, Token);
        await Task.Delay(200, Token);
        Assert.False(waiting.IsCompleted);
        await new AssetLockFence(runtime.Database, runtime.Outages).RaiseAsync(paused.RunId, 2, Token);

        await (await waiting.WaitAsync(TimeSpan.FromSeconds(10), Token)).DisposeAsync();
        await using (var command = runtime.Database.DataSource.CreateCommand("select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())"))
            Assert.Equal(1L, await command.ExecuteScalarAsync(Token));
    }

    /// <summary>Everything that readers of the warehouse see, with the transactions that wrote it.</summary>
    static Task<string> VisibleAsync(StarFiles files) => files.QueryAsync<string>("""
        select concat_ws(' ',
          (select count(*) || ':' || md5(string_agg(xmin::text || fact_sales::text, '|' order by fact_sales::text)) from sales.fact_sales),
          (select md5(string_agg(xmin::text || loaded::text, '|' order by loaded::text)) from sales.loaded),
          (select count(*) from sales.index_decision), (select count(*) from sales.query_baseline), (select count(*) from sales.tuning_report),
          (select string_agg(indexname, ' ' order by indexname) from pg_indexes where schemaname = 'sales' and indexname not like 'staging%'))
        """);
}
