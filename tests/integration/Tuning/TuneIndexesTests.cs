using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Tuning;

public sealed class TuneIndexesTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_months_that_are_tuned_at_once_take_turns()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        foreach (var month in new[] { StarFiles.October, StarFiles.November })
        {
            files.Write(month, 20_000);
            await harness.ExecuteAsync<LoadTables>(month, [], cancellationToken: Token);
        }

        await Task.WhenAll(harness.ExecuteAsync<TuneIndexes>(StarFiles.October, [], cancellationToken: Token), harness.ExecuteAsync<TuneIndexes>(StarFiles.November, [], cancellationToken: Token));

        Assert.Equal(2, await files.QueryAsync<long>("select count(distinct partition) from sales.tuning_report"));
        // What one of them had built, the other one did not build again.
        Assert.Equal(0, await files.QueryAsync<long>("select count(*) from (select from sales.index_decision where reason like 'Built;%' group by index_name having count(*) > 1) as twice"));
    }

    [Fact]
    public async Task Selective_queries_read_a_twentieth_and_the_whole_workload_half_of_what_they_read_before()
    {
        using var harness = new ActivityHarness();
        await using var files = await LoadedAsync(harness, 300_000);

        var report = await TuneAsync(harness);

        Assert.True(report.Queries.Count >= 12);
        Assert.All(["point", "range", "month"], kind => Assert.True(report.Queries.Count(query => query.Kind == kind) >= 4));
        Assert.True(report.Totals.SelectiveAfter <= 0.05 * report.Totals.SelectiveBefore, $"{report.Totals}");
        Assert.True(report.Totals.BuffersAfter <= 0.5 * report.Totals.BuffersBefore, $"{report.Totals}");
        Assert.All(report.Queries, query => Assert.True(query.BuffersAfter <= 1.05 * query.BuffersBefore, $"{query}"));
        Assert.True(report.Totals.IndexBytes <= report.Totals.HeapBytes, $"{report.Totals}");
        Assert.All(report.Queries, query => Assert.Equal("measured", query.Baseline));
        Assert.All(report.Indexes, index => Assert.EndsWith(".", index.Reason, StringComparison.Ordinal));
        Assert.All(report.Indexes.Where(index => index.Decision == "kept"), index => Assert.NotEmpty(index.Queries));
        Assert.Contains(report.Indexes, index => index.Decision == "rejected");
        Assert.Equal(
            report.Indexes.Where(index => index.Decision == "kept").Select(index => index.Name).Order(StringComparer.Ordinal),
            (await files.QueryAsync<string[]>("select array_agg(indexname order by indexname) from pg_indexes join pg_class on relname = indexname where schemaname = 'sales' and relkind = 'I' and indexname like 'ix_%'"))!);
    }

    [Fact]
    public async Task Second_run_on_unchanged_data_builds_and_drops_nothing()
    {
        using var harness = new ActivityHarness();
        await using var files = await LoadedAsync(harness, 100_000);
        var first = await TuneAsync(harness);
        const string state = "select string_agg(indexrelid::text, ' ' order by indexrelid) || (select max(id) from sales.index_decision) from pg_index";
        var before = await files.QueryAsync<string>(state);

        var second = await TuneAsync(harness, attempt: 2);

        Assert.Equal(before, await files.QueryAsync<string>(state));
        Assert.All(second.Queries, query => Assert.Equal("recorded", query.Baseline));
        Assert.Equal(Totals(first), Totals(second));
        Assert.Equal(0, second.Totals.BuildMilliseconds);

        // The same rows again, as a run of the month once more would load them.
        files.Write(StarFiles.October, 100_000, customers: 5_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], attempt: 3, cancellationToken: Token);
        var decisions = await files.QueryAsync<long>("select max(id) from sales.index_decision");
        var third = await TuneAsync(harness, attempt: 3);
        Assert.Equal(decisions, await files.QueryAsync<long>("select max(id) from sales.index_decision"));
        Assert.Equal(Totals(first), Totals(third));

        static (long, long) Totals(TuningReport report) => (report.Totals.BuffersBefore, report.Totals.SelectiveBefore);
    }

    [Fact]
    public async Task Next_month_is_loaded_with_the_indexes_and_measured_with_index_scans_switched_off()
    {
        using var harness = new ActivityHarness();
        await using var files = await LoadedAsync(harness, 100_000);
        await TuneAsync(harness);
        files.Write(StarFiles.November, 100_000, customers: 5_000, salt: 1);

        await harness.ExecuteAsync<LoadTables>(StarFiles.November, [], attempt: 2, cancellationToken: Token);
        Assert.Equal(
            await files.QueryAsync<long>("select count(*) from pg_indexes where tablename = 'fact_sales_2026_10'"),
            await files.QueryAsync<long>("select count(*) from pg_indexes where tablename = 'fact_sales_2026_11'"));
        var (outputs, _) = await harness.ExecuteAsync<TuneIndexes>(StarFiles.November, [], attempt: 2, cancellationToken: Token);

        var report = Assert.IsType<TuningReport>(outputs["Report"]);
        Assert.All(report.Queries, query => Assert.Equal("switched_off", query.Baseline));
        Assert.Equal(0, report.Indexes.Count(index => index.IsNew));
        Assert.True(report.Totals.SelectiveAfter <= 0.1 * report.Totals.SelectiveBefore, $"{report.Totals}");
    }

    [Fact]
    public async Task Index_of_ours_that_nothing_uses_is_dropped_and_not_built_again_and_those_of_others_stay()
    {
        using var harness = new ActivityHarness();
        await using var files = await LoadedAsync(harness, 50_000);
        await TuneAsync(harness);
        await files.QueryAsync<long>("""
            create index ix_fact_sales_quantity on sales.fact_sales (quantity);
            create index of_others on sales.fact_sales (price);
            insert into sales.index_decision (run_id, partition, index_name, table_name, key_columns, included_columns, decision, reason, gain_buffers, bytes, build_milliseconds, fact_rows)
            values (gen_random_uuid(), '2026-10', 'ix_fact_sales_quantity', 'fact_sales', '{quantity}', '{}', 'kept', 'Test.', 1, 1, 1, 50000);
            select 1::bigint
            """);

        var report = await TuneAsync(harness, attempt: 2);

        var dropped = Assert.Single(report.Indexes, index => index.Decision == "dropped");
        Assert.Equal(("ix_fact_sales_quantity", "No plan of the workload uses it."), (dropped.Name, dropped.Reason));
        Assert.True(await files.QueryAsync<bool>("select to_regclass('sales.ix_fact_sales_quantity') is null and to_regclass('sales.of_others') is not null"));
    }

    [Fact]
    public async Task Index_that_a_longer_one_continues_is_dropped_where_its_queries_read_about_the_same_without_it()
    {
        using var harness = new ActivityHarness();
        await using var files = await LoadedAsync(harness, 50_000);
        await TuneAsync(harness);
        await files.QueryAsync<long>("""
            create index ix_mart_customer_monthly_customer_id on sales.mart_customer_monthly (customer_id);
            create index ix_mart_customer_monthly_customer_id_month on sales.mart_customer_monthly (customer_id, month);
            insert into sales.index_decision (run_id, partition, index_name, table_name, key_columns, included_columns, decision, reason, gain_buffers, bytes, build_milliseconds, fact_rows)
            select gen_random_uuid(), '2026-10', 'ix_mart_customer_monthly_' || array_to_string(columns, '_'), 'mart_customer_monthly', columns, '{}', 'kept', 'Test.', 1, 1, 1, 50000
            from (values ('{customer_id}'::text[]), ('{customer_id,month}')) as made(columns);
            select 1::bigint
            """);

        var report = await TuneAsync(harness, attempt: 2);

        Assert.Single(report.Indexes, index => index is { Decision: "dropped", Table: "mart_customer_monthly" });
        Assert.Single(report.Indexes, index => index is { Decision: "kept", Table: "mart_customer_monthly" } && index.Columns[0] == "customer_id");
    }

    [Fact]
    public async Task Report_is_stored_as_text_and_for_the_command_line()
    {
        using var harness = new ActivityHarness();
        await using var files = await LoadedAsync(harness, 20_000);

        var report = await TuneAsync(harness);

        var stored = (await harness.Catalog.FindAsync(new("report/index-tuning"), StarFiles.October, Token))!;
        Assert.Equal(["index-tuning.json", "index-tuning.md"], stored.Files.Select(file => Path.GetFileName(file.Path)));
        var text = await File.ReadAllTextAsync(Path.Combine(harness.Folder, "store", stored.Files[1].Path), Token);
        Assert.All(report.Queries, query => Assert.Contains($"| {query.Name} | {query.Kind} | {query.Question} |", text, StringComparison.Ordinal));
        var latest = await new IndexReports(new(files.DataSource)).LatestAsync(StarFiles.October, Token);
        Assert.Equal(report.Totals, latest!.Totals);
        Assert.Null(await new IndexReports(new(files.DataSource)).LatestAsync(StarFiles.November, Token));
    }

    [Fact]
    public async Task Month_that_is_not_loaded_cannot_be_tuned()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);

        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => TuneAsync(harness));

        Assert.Equal(("tune.no_data", false), (failure.Code, failure.IsRetryable));
    }

    async Task<StarFiles> LoadedAsync(ActivityHarness harness, int rows)
    {
        var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, rows, customers: rows / 20);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        return files;
    }

    static async Task<TuningReport> TuneAsync(ActivityHarness harness, int attempt = 1)
    {
        var (outputs, _) = await harness.ExecuteAsync<TuneIndexes>(StarFiles.October, [], attempt, Token);
        return Assert.IsType<TuningReport>(outputs["Report"]);
    }
}
