using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Warehouse;

public sealed class LoadTablesTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Loaded_month_has_the_rows_and_the_money_of_its_files()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 20_000);
        var fact = (await harness.Catalog.FindAsync(new("fact_sales"), StarFiles.October, Token))!;

        var (_, attempt) = await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);

        Assert.Equal($"20000 sales, {fact.Figures["total"]}", await files.SalesAsync(StarFiles.October));
        Assert.Equal(fact.Figures["total"], await files.QueryAsync<decimal>("select sum(total_purchase_cost) from sales.mart_customer_monthly where month = '2026-10-01'"));
        Assert.Equal(fact.Figures["total"], await files.QueryAsync<decimal>("select sum(total_sales) from sales.mart_sales_monthly where month = '2026-10-01'"));
        Assert.Equal(501, await files.QueryAsync<long>("select count(*) from sales.dim_customer"));
        Assert.Equal("(unknown)||", await files.QueryAsync<string>("select concat_ws('|', store_id, coalesce(region, ''), '') from sales.dim_store where store_key = -1"));
        Assert.Equal("2026-10-31 6 t 0001-01-01 9999-12-31", await files.QueryAsync<string>(
            "select concat_ws(' ', date, day_of_week, is_weekend::text::char, valid_from, valid_to) from sales.dim_date, sales.dim_store where date_key = 20261031 and store_key = 7"));
        Assert.Equal(20_000m, attempt.Metrics[MetricNames.RowsLoaded]);
        Assert.Equal(7, attempt.Materializations.Count);
        var loaded = Assert.Single(attempt.Materializations, materialization => materialization.Asset.Name == "warehouse/fact_sales");
        Assert.Equal(("postgres:sales.fact_sales", 20_000L, fact.Id), (loaded.Location, loaded.Rows, Assert.Single(loaded.Inputs)));
        Assert.Equal(await files.QueryAsync<long>("select pg_table_size('sales.fact_sales_2026_10')"), loaded.Bytes);
        Assert.All(attempt.Checks, check => Assert.True(check.IsPassed));
        Assert.Equal(10, attempt.Checks.Count);
    }

    [Fact]
    public async Task Every_value_arrives_as_the_file_has_it()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 3, factColumns:
            "* replace (case when total_cost = max(total_cost) over () then 9999999999999999.99 when total_cost = min(total_cost) over () then 0 else -1234.05 end::decimal(18, 2) as total_cost, 0.0001 as price, -1 as customer_key)");

        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);

        Assert.Equal("-1234.05 0.00 9999999999999999.99", await files.QueryAsync<string>("select string_agg(total_cost::text, ' ' order by total_cost) from sales.fact_sales"));
        Assert.Equal("0.0001 -1", await files.QueryAsync<string>("select distinct price || ' ' || customer_key from sales.fact_sales"));
    }

    [Fact]
    public async Task Loading_a_month_twice_leaves_the_same_rows_and_the_other_month_alone()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        foreach (var month in new[] { StarFiles.October, StarFiles.November })
        {
            files.Write(month, 5_000);
            await harness.ExecuteAsync<LoadTables>(month, [], cancellationToken: Token);
        }
        var (october, november) = (await files.SalesAsync(StarFiles.October), await files.SalesAsync(StarFiles.November));
        var other = await files.QueryAsync<uint>("select 'sales.fact_sales_2026_11'::regclass::oid");

        var (_, again) = await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);

        Assert.Equal((october, november), (await files.SalesAsync(StarFiles.October), await files.SalesAsync(StarFiles.November)));
        Assert.Equal(other, await files.QueryAsync<uint>("select 'sales.fact_sales_2026_11'::regclass::oid"));
        // Dimensions that are loaded already stay.
        Assert.Equal(3, again.Materializations.Count);
    }

    [Fact]
    public async Task Facts_that_a_failed_run_gave_other_keys_are_loaded_with_the_next_month()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        var loaded = await harness.Catalog.FindAsync(new("fact_sales"), StarFiles.October, Token);
        files.Write(StarFiles.October, 1_100, claim: draft => draft.Asset == loaded!.Asset ? draft with { Supersedes = loaded.Id } : draft);
        files.Write(StarFiles.November, 2_000);

        await harness.ExecuteAsync<LoadTables>(StarFiles.November, [], cancellationToken: Token);

        Assert.Equal(1_100, await files.QueryAsync<long>("select count(*) from sales.fact_sales where date_key < 20261101"));
    }

    [Fact]
    public async Task Facts_that_another_run_built_anew_wait_for_that_run()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        files.Write(StarFiles.October, 1_100);
        files.Write(StarFiles.November, 2_000);

        await harness.ExecuteAsync<LoadTables>(StarFiles.November, [], cancellationToken: Token);

        Assert.Equal(1_000, await files.QueryAsync<long>("select count(*) from sales.fact_sales where date_key < 20261101"));
    }

    [Fact]
    public async Task Months_are_loaded_as_the_input_says()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000);
        files.Write(StarFiles.November, 2_000);

        var months = new Dictionary<string, object?> { ["Months"] = (IReadOnlyList<string>)["2026-10", "2026-11"] };
        var (_, attempt) = await harness.ExecuteAsync<LoadTables>(StarFiles.November, months, cancellationToken: Token);

        Assert.Distinct(attempt.Materializations.Select(written => (written.Asset, written.Partition)));
        Assert.Equal("1000|2000", await files.QueryAsync<string>("select string_agg(n::text, '|' order by month) from (select date_key / 100 as month, count(*) as n from sales.fact_sales group by 1) months"));
    }

    [Theory]
    [InlineData(System.Data.IsolationLevel.ReadCommitted)]
    [InlineData(System.Data.IsolationLevel.RepeatableRead)]
    public async Task Readers_see_the_old_month_or_the_new_one_never_both_or_none(System.Data.IsolationLevel isolation)
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 4_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        using var loaded = new CancellationTokenSource();

        var reader = Task.Run(async () =>
        {
            var seen = new HashSet<(long Fact, long Mart)>();
            while (!loaded.IsCancellationRequested)
            {
                await using var connection = await files.DataSource.OpenConnectionAsync(Token);
                await using var transaction = await connection.BeginTransactionAsync(isolation, Token);
                // Takes the snapshot before the tables are touched, so that swaps can come in between.
                await using var command = new NpgsqlCommand("select 1", connection);
                await command.ExecuteScalarAsync(Token);
                command.CommandText = "select (select count(*) from sales.fact_sales), (select sum(sales)::bigint from sales.mart_customer_monthly)";
                await using var row = await command.ExecuteReaderAsync(Token);
                await row.ReadAsync(Token);
                seen.Add((row.GetInt64(0), row.GetInt64(1)));
            }
            return seen;
        }, Token);
        for (var rows = 4_001; rows <= 4_006; rows++)
        {
            files.Write(StarFiles.October, rows);
            await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        }
        await loaded.CancelAsync();

        Assert.All(await reader, seen => Assert.True(seen.Fact is >= 4_000 and <= 4_006 && seen.Fact == seen.Mart, $"Saw {seen.Fact} sales and marts of {seen.Mart}."));
    }

    [Fact]
    public async Task Wrong_row_count_is_an_error_and_readers_keep_what_they_had()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        var before = await files.SalesAsync(StarFiles.October);

        files.Write(StarFiles.October, 2_000, claim: draft => draft.Asset.Name == "fact_sales" ? draft with { Rows = 2_001 } : draft);
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token));

        Assert.Equal("load.row_count_mismatch", failure.Code);
        Assert.Equal("Staged 2000 rows for sales.fact_sales of 2026-10, but the materialization has 2001. Nothing was changed; build the asset 'fact_sales' again.", failure.Message);
        Assert.Equal(before, await files.SalesAsync(StarFiles.October));
        Assert.Equal(0, await files.QueryAsync<long>("select count(*) from pg_class where relname like 'staging%'"));
        Assert.Equal("dim_store_all_key dim_store_all_pkey", await files.QueryAsync<string>("select string_agg(indexname, ' ' order by indexname) from pg_indexes where tablename = 'dim_store_all'"));
    }

    [Fact]
    public async Task Wrong_total_is_an_error()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000, claim: draft =>
            draft.Asset.Name == "mart_sales_monthly" ? draft with { Figures = new Dictionary<string, decimal> { ["total"] = draft.Figures["total"] + 0.01m } } : draft);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token));

        Assert.Equal("load.total_mismatch", failure.Code);
        Assert.Equal("0 sales, 0", await files.SalesAsync(StarFiles.October));
    }

    [Theory]
    [InlineData("* exclude (price)", "load.wrong_columns")]
    [InlineData("* replace ('many' as quantity)", "load.value_rejected")]
    [InlineData("* replace (20261101 as date_key)", "load.row_rejected")]
    [InlineData("* replace (null as store_key)", "load.row_rejected")]
    public async Task Files_that_do_not_fit_the_table_are_refused(string columns, string code)
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000, factColumns: columns);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token));

        Assert.Equal((code, false), (failure.Code, failure.IsRetryable));
        Assert.Equal("0 sales, 0", await files.SalesAsync(StarFiles.October));
    }

    [Theory]
    [InlineData(0.5, "store.changed_object")]
    [InlineData(0, "store.changed_object")]
    [InlineData(1, "load.unreadable_file")]
    public async Task Damaged_file_is_refused(double kept, string code)
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 50_000);
        var path = files.PathOf((await harness.Catalog.FindAsync(new("fact_sales"), StarFiles.October, Token))!);
        await using (var file = File.OpenWrite(path))
        {
            var size = file.Length;
            if (kept == 1) file.SetLength(0);
            file.SetLength((long)(size * kept));
        }

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token));

        Assert.Equal(code, failure.Code);
    }

    [Fact]
    public async Task Older_materialization_never_replaces_a_newer_one()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000, customers: 100);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        // As if others had loaded newer data since this worker looked it up.
        await files.QueryAsync<long>("with newer as (update sales.loaded set sequence = 1000 returning 1) select count(*) from newer");
        files.Write(StarFiles.October, 2_000, customers: 200);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token));

        Assert.Equal(("load.superseded", true), (failure.Code, failure.IsRetryable));
        Assert.StartsWith("1000 sales", await files.SalesAsync(StarFiles.October), StringComparison.Ordinal);
        Assert.Equal(101, await files.QueryAsync<long>("select count(*) from sales.dim_customer"));
    }

    [Fact]
    public async Task Reader_that_holds_the_table_delays_the_swap_and_then_fails_the_attempt()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        harness.Services.Configure<LoadOptions>(options => (options.LockTimeout, options.LockPause, options.LockAttempts) = (TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(50), 3));
        files.Write(StarFiles.October, 1_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        await using var connection = await files.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        await using var command = new NpgsqlCommand("select count(*) from sales.fact_sales", connection);
        await command.ExecuteScalarAsync(Token);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token));
        Assert.Equal(("load.readers_hold_lock", true), (failure.Code, failure.IsRetryable));
        Assert.Equal(2, harness.Log.Count(line => line.Event == "Waits for readers"));

        await transaction.CommitAsync(Token);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
    }

    [Fact]
    public async Task Leftovers_of_a_load_that_died_are_dropped_by_the_next_one_and_those_of_a_living_one_stay()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 100);
        await using var living = await StagingArea.OpenAsync(new(files.DataSource, RuntimeHarness.Attempt()), null, Token);
        await files.QueryAsync<long>($"create table sales.{living.NameFor(WarehouseTable.Fact)} (); create table sales.staging_999_fact_sales (); select 1::bigint");

        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);

        Assert.Equal(living.NameFor(WarehouseTable.Fact), await files.QueryAsync<string>("select string_agg(relname, ' ') from pg_class where relname like 'staging%' and relkind = 'r'"));
    }

    [Fact]
    public async Task Connection_lost_in_the_middle_changes_nothing_and_the_next_attempt_loads()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 300_000);
        var killer = Task.Run(async () =>
        {
            await Eventually.IsAsync("a COPY to cut off", async () =>
                await files.QueryAsync<long>("select count(pg_terminate_backend(pid)) from pg_stat_progress_copy where tuples_processed > 1000 and pid <> pg_backend_pid()") > 0);
        }, Token);

        await Assert.ThrowsAnyAsync<Exception>(() => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token));
        await killer;
        Assert.Equal("0 sales, 0", await files.SalesAsync(StarFiles.October));

        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], attempt: 2, cancellationToken: Token);
        Assert.StartsWith("300000 sales", await files.SalesAsync(StarFiles.October), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_loads_at_once_leave_one_month()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 20_000);

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token)));

        Assert.StartsWith("20000 sales", await files.SalesAsync(StarFiles.October), StringComparison.Ordinal);
        Assert.Equal(7, await files.QueryAsync<long>("select count(*) from sales.loaded"));
    }

    [Fact]
    public async Task Indexes_are_read_when_those_who_change_them_are_through()
    {
        var database = await postgres.CreateDatabaseAsync();
        WarehouseMigrations.Apply(database);
        await using var source = NpgsqlDataSource.Create(database);
        await using var other = await source.OpenConnectionAsync(Token);
        await using var connection = await source.OpenConnectionAsync(Token);
        await ExecuteAsync("create index ix_dropped on sales.fact_sales (quantity); create index ix_kept on sales.fact_sales (store_key); begin; drop index sales.ix_dropped");

        var reading = CatalogIndex.ReadAsync(connection, "fact_sales", Token);
        await Eventually.IsAsync("the reader to wait", async () =>
        {
            await using var waiting = source.CreateCommand("select exists (select from pg_locks where locktype = 'relation' and not granted and database = (select oid from pg_database where datname = current_database()))");
            return (bool)(await waiting.ExecuteScalarAsync(Token))!;
        });
        await ExecuteAsync("commit");
        var indexes = await reading;

        Assert.DoesNotContain(indexes, index => index.Name == "ix_dropped");
        Assert.Contains(new("ix_kept", IsUnique: false, "btree (store_key)", Constraint: null, TableSpace: null), indexes);

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, other);
            await command.ExecuteNonQueryAsync(Token);
        }
    }
}
