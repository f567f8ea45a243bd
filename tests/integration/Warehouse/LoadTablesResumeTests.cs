using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Tests.Integration.Warehouse;

/// <summary>A load that goes on where an attempt stood whose worker is gone.</summary>
public sealed class LoadTablesResumeTests(PostgresFixture postgres)
{
    const string StagedFact = "select (select oid::bigint from pg_class where relname ~ '^staging_\\d+_fact_sales$')";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tables_that_were_staged_are_taken_over_and_not_copied_again()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 5_000);
        await LoseWorkerAtAsync(harness, files, "load.staged");
        var staged = await files.QueryAsync<long>(StagedFact);

        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], attempt: 2, cancellationToken: Token);

        Assert.Equal(staged, await files.QueryAsync<long>("select 'sales.fact_sales_2026_10'::regclass::oid::bigint"));
        Assert.Equal(7, harness.Log.Count(line => line.Event == "Already staged"));
        Assert.StartsWith("5000 sales", await files.SalesAsync(StarFiles.October), StringComparison.Ordinal);
        Assert.Equal(0, await files.QueryAsync<long>("select count(*) from pg_class where relname like 'staging%'"));
    }

    [Fact]
    public async Task Table_that_was_copied_gets_the_indexes_that_it_lacks()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 5_000);
        await files.QueryAsync<long>("create index ix_fact_sales_store on sales.fact_sales (store_key); create index ix_fact_sales_customer on sales.fact_sales (customer_key); select 1::bigint");
        // The biggest table is the first that is copied.
        harness.Services.Configure<LoadOptions>(options => options.Connections = 1);
        await LoseWorkerAtAsync(harness, files, "load.copied");
        var staged = await files.QueryAsync<long>(StagedFact);

        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], attempt: 2, cancellationToken: Token);

        Assert.Equal(staged, await files.QueryAsync<long>("select 'sales.fact_sales_2026_10'::regclass::oid::bigint"));
        Assert.Equal("ix_fact_sales_customer ix_fact_sales_store", await files.QueryAsync<string>(
            "select string_agg(parent.relname, ' ' order by parent.relname) from pg_inherits join pg_class as parent on parent.oid = inhparent join pg_index as leaf on leaf.indexrelid = inhrelid where leaf.indrelid = 'sales.fact_sales_2026_10'::regclass"));
    }

    [Fact]
    public async Task Index_that_changed_since_the_table_was_staged_is_built_anew()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 5_000);
        await files.QueryAsync<long>("create index ix_fact_sales_store on sales.fact_sales (store_key); select 1::bigint");
        await LoseWorkerAtAsync(harness, files, "load.staged");
        await files.QueryAsync<long>("drop index sales.ix_fact_sales_store; create index ix_fact_sales_customer on sales.fact_sales (customer_key); select 1::bigint");

        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], attempt: 2, cancellationToken: Token);

        Assert.Equal("ix_fact_sales_customer", await files.QueryAsync<string>(
            "select string_agg(parent.relname, ' ') from pg_inherits join pg_class as parent on parent.oid = inhparent join pg_index as leaf on leaf.indexrelid = inhrelid where leaf.indrelid = 'sales.fact_sales_2026_10'::regclass"));
        Assert.Equal(1, await files.QueryAsync<long>("select count(*) from pg_index where indrelid = 'sales.fact_sales_2026_10'::regclass"));
    }

    [Fact]
    public async Task Rows_of_another_materialization_are_not_taken_over()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 5_000);
        await LoseWorkerAtAsync(harness, files, "load.staged");
        files.Write(StarFiles.October, 6_000);

        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], attempt: 2, cancellationToken: Token);

        Assert.DoesNotContain(harness.Log, line => line.Event == "Already staged");
        Assert.StartsWith("6000 sales", await files.SalesAsync(StarFiles.October), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Month_that_was_swapped_right_before_the_worker_died_is_handed_over_and_not_loaded_again()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 5_000);
        harness.Reached = point => { if (point == "attempt.done") throw new IOException("The process ends here."); };
        await Assert.ThrowsAsync<IOException>(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token));
        harness.Reached = static _ => { };
        var swapped = await files.QueryAsync<long>("select 'sales.fact_sales_2026_10'::regclass::oid::bigint");
        harness.Checks.Clear();

        var (_, attempt) = await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], attempt: 2, cancellationToken: Token);

        Assert.Equal(swapped, await files.QueryAsync<long>("select 'sales.fact_sales_2026_10'::regclass::oid::bigint"));
        Assert.Equal(7, attempt.Materializations.Count);
        Assert.Equal((5_000m, 10), (attempt.Metrics["rows.loaded"], harness.Checks.Count(check => check.IsPassed)));

        // Whoever asks for it again gets it loaded again.
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], attempt: 1, cancellationToken: Token);
        Assert.NotEqual(swapped, await files.QueryAsync<long>("select 'sales.fact_sales_2026_10'::regclass::oid::bigint"));
    }

    /// <summary>Ends an attempt as if its worker were gone: its sessions end, and it cleans nothing up.</summary>
    static async Task LoseWorkerAtAsync(ActivityHarness harness, StarFiles files, string point)
    {
        var lost = 0;
        harness.Reached = reached =>
        {
            if (reached == point && Interlocked.Increment(ref lost) == 1) new WarehouseFence(new(files.DataSource)).RaiseAsync(harness.RunId, 2, Token).Wait(Token);
        };
        await Assert.ThrowsAnyAsync<Exception>(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token));
        (harness.FencingToken, harness.Reached) = (2, static _ => { });
    }
}
