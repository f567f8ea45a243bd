using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orchestrator.Activities.Star;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Star;

/// <summary>A month that should not be there is forgotten, and the others are as if it had never been.</summary>
public sealed class ForgetTests(PostgresFixture postgres)
{
    const string Stores = "('S1', 'north'), ('S2', 'south')";
    const string People = "('P1', 'one')";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_stays_is_as_if_the_month_had_never_been()
    {
        using var months = new StarMonths();
        await using var warehouse = await AddWarehouseAsync(months);
        await AugustAsync(months);
        await SeptemberAsync(months);
        await OctoberAsync(months);
        using var without = new StarMonths();
        await AugustAsync(without);
        await OctoberAsync(without);

        await ForgetAsync(months, "raw/sales", "2026-09");

        Assert.Equal(await without.VersionsAsync(), await months.VersionsAsync());
        Assert.Equal(await without.RowsAsync("dim_date", null, "*", "date_key"), await months.RowsAsync("dim_date", null, "*", "date_key"));
        foreach (var asset in new[] { "raw/sales", "raw/customers", "fact_sales", "mart_customer_monthly", "mart_sales_monthly" }) Assert.Null(await months.FindAsync(asset, "2026-09"));
        foreach (var month in new[] { "2026-08", "2026-10" }) Assert.Equal(await SalesAsync(without, month), await SalesAsync(months, month));

        await SeptemberAsync(months);
        using var inOrder = new StarMonths();
        await AugustAsync(inOrder);
        await SeptemberAsync(inOrder);
        await OctoberAsync(inOrder);
        Assert.Equal(await inOrder.VersionsAsync(), await months.VersionsAsync());
        foreach (var month in new[] { "2026-08", "2026-09", "2026-10" }) Assert.Equal(await SalesAsync(inOrder, month), await SalesAsync(months, month));
    }

    [Fact]
    public async Task Value_that_the_warehouse_cannot_store_goes_with_its_month_and_the_clean_month_loads()
    {
        using var months = new StarMonths();
        await using var warehouse = await AddWarehouseAsync(months);
        await AugustAsync(months);
        await months.ExecuteAsync<LoadTables>("2026-08");
        await months.LoadAsync("2026-09", "('C' || chr(0) || '7', 'S1', 2, 'P1', 1, 10.00), ('C9', 'S1', 3, 'P1', 1, 5.00)");
        await OctoberAsync(months);
        var poisoned = await Assert.ThrowsAsync<ActivityFailedException>(() => months.ExecuteAsync<LoadTables>("2026-10"));
        Assert.Equal("load.value_rejected", poisoned.Code);

        await ForgetAsync(months, "raw/sales", "2026-09");

        await months.ExecuteAsync<LoadTables>("2026-10");
        Assert.Equal("(unknown) C1 C2 C4", await ScalarAsync(warehouse, "select string_agg(distinct customer_id, ' ' order by customer_id) from sales.dim_customer"));
        Assert.Equal("2026-08:2:30.00 2026-10:2:46.00", await ScalarAsync(warehouse, LoadedSales));
        await months.LoadAsync("2026-09", "('C7', 'S1', 2, 'P1', 1, 10.00), ('C9', 'S1', 3, 'P1', 1, 5.00)");
        await months.ExecuteAsync<LoadTables>("2026-09");
        Assert.Equal("2026-08:2:30.00 2026-09:2:15.00 2026-10:2:46.00", await ScalarAsync(warehouse, LoadedSales));
        Assert.Equal("C7 C9", await ScalarAsync(warehouse, "select string_agg(customer_id, ' ' order by customer_id) from sales.mart_customer_monthly where month = '2026-09-01'"));
    }

    [Theory]
    [InlineData("0206-10")]
    [InlineData("9025-03")]
    public async Task Far_month_breaks_no_other_month_and_can_be_forgotten(string far)
    {
        using var months = new StarMonths();
        await using var warehouse = await AddWarehouseAsync(months);
        await AugustAsync(months);
        await months.LoadAsync(far, "('C1', 'S1', 1, 'P1', 1, 1.00)");
        await months.ExecuteAsync<LoadTables>(far);
        await OctoberAsync(months);
        await months.ExecuteAsync<CheckAssets>("2026-10");
        await months.ExecuteAsync<LoadTables>("2026-10");
        Assert.Equal("true", await ScalarAsync(warehouse, "select (count(*) = max(date) - min(date) + 1 and count(*) > 600000)::text from sales.dim_date"));

        await ForgetAsync(months, "fact_sales", far);

        Assert.NotNull(await months.FindAsync("raw/sales", far));
        Assert.Null(await months.FindAsync("fact_sales", far));
        Assert.Equal("92 2026-08-01 2026-10-31", await ScalarAsync(warehouse, "select concat_ws(' ', count(*), min(date), max(date)) from sales.dim_date"));
        Assert.Equal("2026-10:2:46.00", await ScalarAsync(warehouse, LoadedSales));
        await months.ExecuteAsync<CheckAssets>("2026-10");
    }

    [Fact]
    public async Task Days_that_an_older_version_left_out_are_written_with_the_next_month()
    {
        using var months = new StarMonths();
        await AugustAsync(months);
        await months.LoadAsync("0206-10", "('C1', 'S1', 1, 'P1', 1, 1.00)");
        // As it was written when a table of days ended after 273 years.
        await months.ReplaceAsync("dim_date", null, "select * from {0} order by date limit 100000", rows: 100_000);

        await OctoberAsync(months);

        await months.ExecuteAsync<CheckAssets>("2026-10");
    }

    [Fact]
    public async Task Last_month_takes_the_dimensions_with_it()
    {
        using var months = new StarMonths();
        await using var warehouse = await AddWarehouseAsync(months);
        await AugustAsync(months);
        await months.ExecuteAsync<LoadTables>("2026-08");
        await ExecuteAsync(warehouse, "create view others as select * from sales.mart_sales_monthly_2026_08");

        await ForgetAsync(months, "raw/sales", "2026-08");

        Assert.Null(await months.FindAsync("dim_customer"));
        Assert.Equal("0 0 0 0", await ScalarAsync(warehouse, "select concat_ws(' ', (select count(*) from sales.dim_customer), (select count(*) from sales.fact_sales), (select count(*) from others), (select count(*) from sales.loaded))"));
        await AugustAsync(months);
        await months.ExecuteAsync<LoadTables>("2026-08");
        Assert.Equal("2026-08:2:30.00", await ScalarAsync(warehouse, LoadedSales));
    }

    [Fact]
    public async Task Mart_is_forgotten_alone_and_asking_twice_changes_nothing()
    {
        using var months = new StarMonths();
        await using var warehouse = await AddWarehouseAsync(months);
        await AugustAsync(months);
        await months.ExecuteAsync<LoadTables>("2026-08");
        var dimension = await months.FindAsync("dim_customer");

        await ForgetAsync(months, "mart_sales_monthly", "2026-08");
        await ForgetAsync(months, "mart_sales_monthly", "2026-08");

        Assert.Equal(dimension, await months.FindAsync("dim_customer"));
        Assert.NotNull(await months.FindAsync("mart_customer_monthly", "2026-08"));
        Assert.Equal("0 2", await ScalarAsync(warehouse, "select concat_ws(' ', (select count(*) from sales.mart_sales_monthly), (select count(*) from sales.fact_sales))"));
    }

    const string LoadedSales = """
        select string_agg(concat_ws(':', month, n, total), ' ' order by month) from (
          select to_char(date, 'YYYY-MM') as month, count(*) as n, sum(total_cost) as total
          from sales.fact_sales join sales.dim_date using (date_key) join sales.dim_customer using (customer_key) where date > '2026-01-01' and date < '2027-01-01' group by 1) as months
        """;

    static Task<IReadOnlyList<string>> AugustAsync(StarMonths months) => months.LoadAsync(
        "2026-08", "('C1', 'S1', 1, 'P1', 1, 10.00), ('C2', 'S1', 2, 'P1', 2, 20.00)", "('C1', 'gold', 'Rome'), ('C2', 'silver', 'Oslo')", Stores, People);

    // Changes a customer for this month, shows one that nobody else does, and sells to one that nobody shows.
    static Task<IReadOnlyList<string>> SeptemberAsync(StarMonths months) => months.LoadAsync(
        "2026-09", "('C1', 'S2', 1, 'P1', 1, 11.00), ('C3', 'S3', 2, null, 1, 4.00), ('C9', 'S1', 3, 'P2', 1, 5.00)",
        "('C1', 'bronze', 'Rome'), ('C2', 'silver', 'Bern'), ('C3', 'gold', 'Wien')", "('S1', 'west'), ('S2', 'south')", "('P1', 'two')");

    static Task<IReadOnlyList<string>> OctoberAsync(StarMonths months) => months.LoadAsync(
        "2026-10", "('C1', 'S1', 1, 'P1', 1, 12.00), ('C4', 'S2', 2, 'P1', 1, 34.00)", "('C1', 'gold', 'Paris'), ('C2', 'silver', 'Bern')", Stores, People);

    static async Task ForgetAsync(StarMonths months, string asset, string month)
    {
        await months.ExecuteAsync<ForgetMonth>(null, ("Asset", asset), ("Month", month));
        await months.ExecuteAsync<LoadDimensions>(null);
    }

    static async Task<IReadOnlyList<string>> SalesAsync(StarMonths months, string month)
    {
        var (fact, customers, stores) = (months.Files((await months.FindAsync("fact_sales", month))!), months.Files((await months.FindAsync("dim_customer"))!), months.Files((await months.FindAsync("dim_store"))!));
        return [.. StarMonths.Query($"""
            select concat_ws('|', customer_id, segment, city, store_id, region, date_key, total_cost) as sale
            from {fact} join {customers} using (customer_key) join {stores} using (store_key) order by sale
            """).Select(row => (string)row[0]!)];
    }

    async Task<NpgsqlDataSource> AddWarehouseAsync(StarMonths months)
    {
        var database = await postgres.CreateDatabaseAsync();
        WarehouseMigrations.Apply(database);
        var source = NpgsqlDataSource.Create(database);
        months.Harness.Services.AddSingleton(new WarehouseDatabase(source)).AddSingleton<WarehouseFence>();
        months.Harness.Services.AddOptions<LoadOptions>();
        return source;
    }

    static async Task<string> ScalarAsync(NpgsqlDataSource warehouse, string sql)
    {
        await using var command = warehouse.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }

    static async Task ExecuteAsync(NpgsqlDataSource warehouse, string sql)
    {
        await using var command = warehouse.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }
}
