using System.Security.Cryptography;
using DuckDB.NET.Data;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Sales;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Sales;

public sealed class GenerateSalesTests : IDisposable
{
    static readonly Partition October = Partition.Parse("2026-10");

    readonly ActivityHarness harness = new();

    public GenerateSalesTests() => harness.Services.AddOptions();

    public void Dispose() => harness.Dispose();

    [Fact]
    public async Task Same_seed_gives_the_same_files_on_any_number_of_threads()
    {
        var (alone, _) = await GenerateAsync(threads: 1, attempt: 1);
        var (together, _) = await GenerateAsync(threads: 4, attempt: 2);
        Assert.Equal(13, alone.Assets[0].Files.Count);
        Assert.Equal(alone.Assets.SelectMany(asset => asset.Files).Select(Hash), together.Assets.SelectMany(asset => asset.Files).Select(Hash));
    }

    [Fact]
    public async Task Another_seed_gives_other_sales()
    {
        var (_, first) = await GenerateAsync(seed: 1, attempt: 1);
        var (_, second) = await GenerateAsync(seed: 2, attempt: 2);
        Assert.NotEqual(first.Cents, second.Cents);
    }

    [Fact]
    public async Task Control_totals_are_what_the_files_come_to()
    {
        var (staged, totals) = await GenerateAsync();
        Assert.Equal((totals.Rows, totals.Cents), Assert.Single(Query(staged, "select count(*)::bigint, sum(total_cost * 100)::bigint from sales",
            row => (row.GetInt64(0), row.GetInt64(1)))));
        Assert.Equal(totals.TopCustomers, Query(staged, Top("customer_id"), Ranked));
        Assert.Equal(totals.TopSalesPeople, Query(staged, Top("sales_person_id"), Ranked));
        Assert.Equal(totals.Cents / 100m, staged.Assets[0].Figures["total"]);

        static string Top(string column) =>
            $"select {column}, sum(total_cost * 100)::bigint, count(*)::bigint from sales where {column} is not null group by 1 order by 2 desc, 1 limit 10";
        static RankedTotal Ranked(DuckDBDataReader row) => new(row.GetString(0), row.GetInt64(1), row.GetInt64(2));
    }

    [Fact]
    public async Task Sales_keep_the_rules_of_the_canonical_sale()
    {
        var (staged, _) = await GenerateAsync();
        var broken = Query(staged, """
            select count(*)::bigint from sales
            where not (customer_id similar to 'C[0-9]{6}' and store_id similar to 'S[0-9]{4}' and coalesce(sales_person_id, 'P00001') similar to 'P[0-9]{5}'
              and sales_date between date '2026-10-01' and date '2026-10-31' and quantity >= 1 and price > 0
              and total_cost = round(price * quantity, 2))
            """, row => row.GetInt64(0));
        Assert.Equal([0], broken);
        Assert.Equal(["DATE", "DECIMAL(18,2)", "DECIMAL(18,4)", "INTEGER", "VARCHAR"],
            Query(staged, "select distinct column_type from (describe sales) order by 1", row => row.GetString(0)));
    }

    [Fact]
    public async Task Sales_are_ordered_by_day_skewed_and_sometimes_without_a_sales_person()
    {
        var (staged, _) = await GenerateAsync();
        Assert.True(Assert.Single(Query(staged, "select bool_and(sales_date >= earlier) from (select sales_date, lag(sales_date) over (order by file_row_number) as earlier from (from sales where filename like '%00000%'))", row => row.GetBoolean(0))));
        Assert.InRange(Assert.Single(Query(staged, "select avg((sales_person_id is null)::int) from sales", row => row.GetDouble(0))), 0.008, 0.012);
        Assert.InRange(Assert.Single(Query(staged, """
            select sum(sales) filter (place <= 50) / sum(sales) from (select count(*) as sales, row_number() over (order by count(*) desc) as place from sales group by customer_id)
            """, row => row.GetDouble(0))), 0.15, 0.35);
        Assert.Equal(31, Assert.Single(Query(staged, "select count(distinct sales_date)::bigint from sales", row => row.GetInt64(0))));
        Assert.True(Assert.Single(Query(staged,
            "select avg(n) filter (isodow(d) in (5, 6)) > 1.2 * avg(n) filter (isodow(d) < 5) from (select sales_date as d, count(*) as n from sales group by 1)",
            row => row.GetBoolean(0))));
    }

    [Fact]
    public async Task Everyone_who_sells_or_buys_is_in_the_snapshots_of_the_month()
    {
        var (staged, _) = await GenerateAsync();
        Assert.Equal(["raw/sales", "raw/customers", "raw/stores", "raw/sales_people"], staged.Assets.Select(asset => asset.Asset));
        Assert.Equal([0], Query(staged, $"""
            select count(*)::bigint from sales
            where customer_id not in (select customer_id from '{staged.Assets[1].Files[0].Path}')
               or store_id not in (select store_id from '{staged.Assets[2].Files[0].Path}')
               or sales_person_id not in (select sales_person_id from '{staged.Assets[3].Files[0].Path}')
            """, row => row.GetInt64(0)));
    }

    [Fact]
    public async Task Every_input_out_of_range_is_listed()
    {
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => harness.ExecuteAsync<GenerateSales>(
            October, new() { ["Rows"] = 0, ["Stores"] = 10_000, ["SalesPeople"] = -1 }, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal("generate.invalid_input", failure.Code);
        Assert.Equal("GenerateSales cannot work with its inputs: rows is 0, not 1 to 1000000000; stores is 10000, not 1 to 9999; " +
            "salesPeople is -1, not 1 to 99999. Change them in the workflow or with --input.", failure.Message);
    }

    [Fact]
    public async Task Cancelling_ends_it_within_a_second()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var started = TimeProvider.System.GetTimestamp();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => harness.ExecuteAsync<GenerateSales>(
            October, new() { ["Rows"] = 100_000_000 }, cancellationToken: stop.Token));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task A_full_disk_is_reported_with_the_folder()
    {
        using var disk = SmallDisk.Mount(Path.Combine(harness.Folder, "work"));
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => harness.ExecuteAsync<GenerateSales>(
            October, new() { ["Rows"] = 200_000 }, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(("generate.cannot_write", true), (failure.Code, failure.IsRetryable));
        Assert.StartsWith($"The sales of 2026-10 could not be written to {disk.Folder}/GenerateSales1-1/sales: ", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith(" Free space there, or give another folder with --data.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_and_progress_say_how_far_it_is()
    {
        var (_, attempt) = await harness.ExecuteAsync<GenerateSales>(October, new() { ["Rows"] = 20_000 }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(20_000, attempt.Metrics[MetricNames.RowsIn]);
        Assert.Equal(20_000, attempt.Metrics[MetricNames.RowsGood]);
        Assert.Equal(new(20_000, 20_000), harness.Progress[^1]);
    }

    async Task<(StagedMonth Staged, ControlTotals Totals)> GenerateAsync(int threads = 2, long seed = 42, int attempt = 1)
    {
        harness.Services.Configure<GenerateSalesOptions>(options => (options.RowsPerPart, options.MaxParallelParts) = (10_000, threads));
        var (outputs, _) = await harness.ExecuteAsync<GenerateSales>(October,
            new() { ["Rows"] = 125_000, ["Customers"] = 500, ["Stores"] = 20, ["SalesPeople"] = 50, ["Seed"] = seed }, attempt, TestContext.Current.CancellationToken);
        return ((StagedMonth)outputs["Staged"]!, (ControlTotals)outputs["ControlTotals"]!);
    }

    static string Hash(StagedFile file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file.Path)));

    static List<T> Query<T>(StagedMonth staged, string sql, Func<DuckDBDataReader, T> read)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"create view sales as select * from read_parquet([{string.Join(", ", staged.Assets[0].Files.Select(file => $"'{file.Path}'"))}], filename = true, file_row_number = true)";
        command.ExecuteNonQuery();
        command.CommandText = sql.Replace("describe sales", "describe select * exclude (filename, file_row_number) from sales");
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read((DuckDBDataReader)reader));
        return rows;
    }
}
