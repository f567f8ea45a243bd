using System.Globalization;
using DuckDB.NET.Data;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orchestrator.Activities;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>A star schema and its marts as files in a store, and a warehouse to load them into.</summary>
public sealed class StarFiles(ActivityHarness harness, string warehouse) : IAsyncDisposable
{
    public static readonly Partition October = Partition.Parse("2026-10");
    public static readonly Partition November = Partition.Parse("2026-11");

    readonly string store = Path.Combine(harness.Folder, "store");
    int written;

    public NpgsqlDataSource DataSource { get; } = NpgsqlDataSource.Create(warehouse);

    /// <summary>A fresh warehouse, and its services in the harness.</summary>
    public static async Task<StarFiles> CreateAsync(ActivityHarness harness, PostgresFixture postgres)
    {
        var warehouse = await postgres.CreateDatabaseAsync();
        WarehouseMigrations.Apply(warehouse);
        var files = new StarFiles(harness, warehouse);
        harness.Services.AddSingleton(new WarehouseDatabase(files.DataSource)).AddSingleton<WarehouseFence>();
        harness.Services.AddSingleton<IObjectStore>(new FolderStore(new Uri($"{files.store}/")));
        harness.Services.AddStoreStaging();
        harness.Services.AddOptions<LoadOptions>();
        harness.Services.AddOptions<TuningOptions>();
        return files;
    }

    /// <summary>Writes a month and commits its materializations, dimensions included.</summary>
    /// <param name="salt">Other numbers give other sales.</param>
    /// <param name="claim">Changes what the materializations say of the files.</param>
    public void Write(
        Partition month, int rows, int customers = 500, int salt = 0, Func<MaterializationDraft, MaterializationDraft>? claim = null, string? factColumns = null)
    {
        using var duck = new DuckDBConnection("DataSource=:memory:");
        duck.Open();
        Execute(duck, $"""
            create table customers as
              select i::int as customer_key, 'C' || lpad(i::varchar, 6, '0') as customer_id, 'segment ' || (i % 5) as segment, 'city ' || (i % 40) as city from range(1, {customers + 1}) r(i)
              union all select -1, '(unknown)', null, null;
            create table stores as
              select i::int as store_key, 'S' || lpad(i::varchar, 3, '0') as store_id, 'region ' || (i % 8) as region from range(1, 101) r(i) union all select -1, '(unknown)', null;
            create table sales_people as
              select i::int as sales_person_key, 'P' || lpad(i::varchar, 4, '0') as sales_person_id, 'team ' || (i % 20) as team from range(1, 1001) r(i) union all select -1, '(unknown)', null;
            create table dates as
              select (year(d) * 10000 + month(d) * 100 + day(d))::int as date_key, d::date as date, year(d)::int as year, quarter(d)::int as quarter, month(d)::int as month,
                day(d)::int as day, isodow(d)::int as day_of_week, isodow(d) >= 6 as is_weekend
              from (select unnest(generate_series(date '2026-01-01', date '2026-12-31', interval 1 day)) as d);
            create table fact as
              select least({customers}, 1 + floor({customers} * power(hash(i, 1, {salt}) / 18446744073709551616.0, 2)))::int as customer_key,
                (1 + floor(100 * power(hash(i, 2, {salt}) / 18446744073709551616.0, 1.5)))::int as store_key,
                case when hash(i, 3, {salt}) % 50 = 0 then -1 else (1 + hash(i, 4, {salt}) % 1000)::int end as sales_person_key,
                (select min(date_key) from dates where date = date '{month.Start:yyyy-MM-dd}') + (hash(i, 5, {salt}) % {DateTime.DaysInMonth(month.Start.Year, month.Start.Month)})::int as date_key,
                ((hash(i, 6, {salt}) % 49900 + 100) / 100.0)::decimal(18, 4) as price, (hash(i, 7, {salt}) % 5 + 1)::int as quantity,
                (((hash(i, 6, {salt}) % 49900 + 100) / 100.0)::decimal(18, 2) * (hash(i, 7, {salt}) % 5 + 1))::decimal(18, 2) as total_cost
              from range({rows}) r(i);
            """);
        const string valid = "date '0001-01-01' as valid_from, date '9999-12-31' as valid_to, true as is_current";
        var first = $"date '{month.Start:yyyy-MM-dd}' as month";
        Commit(duck, "dim_customer", null, $"select *, {valid} from customers", claim);
        Commit(duck, "dim_store", null, $"select *, {valid} from stores", claim);
        Commit(duck, "dim_sales_person", null, $"select *, {valid} from sales_people", claim);
        Commit(duck, "dim_date", null, "from dates", claim);
        Commit(duck, "fact_sales", month, $"select {factColumns ?? "*"} from fact", claim, "total_cost");
        Commit(duck, "mart_customer_monthly", month, $"""
            select {first}, customer_id, sum(total_cost)::decimal(18, 2) as total_purchase_cost, count(*) as sales,
              row_number() over (order by sum(total_cost) desc, customer_id)::int as rank from fact join customers using (customer_key) group by customer_id
            """, claim, "total_purchase_cost");
        Commit(duck, "mart_sales_monthly", month, $"""
            select {first}, sales_person_id, sum(total_cost)::decimal(18, 2) as total_sales, count(*) as sales,
              case when sales_person_id <> '(unknown)' then row_number() over (order by sales_person_id = '(unknown)', sum(total_cost) desc, sales_person_id)::int end as rank
            from fact join sales_people using (sales_person_key) group by sales_person_id
            """, claim, "total_sales");
    }

    /// <summary>Where the files of an asset lie.</summary>
    public string PathOf(Materialization materialization) => Path.Combine(store, materialization.Files[0].Path);

    /// <summary>One value from the warehouse.</summary>
    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>Does something in the warehouse.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Number of sales and their money, as readers see them.</summary>
    public Task<string> SalesAsync(Partition month) => QueryAsync<string>(
        $"select count(*) || ' sales, ' || coalesce(sum(total_cost), 0) from sales.fact_sales where date_key / 100 = {month.Start:yyyyMM}");

    public async ValueTask DisposeAsync() => await DataSource.DisposeAsync();

    void Commit(DuckDBConnection duck, string asset, Partition? month, string sql, Func<MaterializationDraft, MaterializationDraft>? claim, string? money = null)
    {
        var key = $"star/{asset}/{++written}/part-00000.parquet";
        var path = Path.Combine(store, key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Execute(duck, $"copy ({sql}) to '{path}' (format parquet, compression zstd)");
        using var command = duck.CreateCommand();
        command.CommandText = $"select count(*), {(money is null ? "null" : $"sum({money})")} from read_parquet('{path}')";
        using var reader = command.ExecuteReader();
        reader.Read();
        var rows = Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture);
        var draft = new MaterializationDraft
        {
            Asset = new(asset), Partition = month, Location = $"star/{asset}/{written}/", Rows = rows, Bytes = new FileInfo(path).Length, CodeVersion = "test",
            Files = [new(key, new FileInfo(path).Length, "", rows)],
            Figures = money is null || reader.IsDBNull(1) ? [] : new Dictionary<string, decimal> { ["total"] = Convert.ToDecimal(reader.GetValue(1), CultureInfo.InvariantCulture) },
        };
        var attempt = new ActivityAttempt
        {
            RunId = Guid.CreateVersion7(), ActivityId = "Build1", Attempt = 1, FencingToken = 1, WorkDirectory = harness.Folder, Observer = harness, SaveCheckpointAsync = (_, _) => Task.CompletedTask,
        };
        attempt.Add(claim is null ? draft : claim(draft));
        harness.Catalog.Commit(attempt);
    }

    /// <summary>The rows of a Parquet file as CSV that everybody may read.</summary>
    public static void WriteCsv(string parquet, string csv)
    {
        using var duck = new DuckDBConnection("DataSource=:memory:");
        duck.Open();
        Execute(duck, $"copy (from read_parquet('{parquet}')) to '{csv}' (header false)");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(csv, File.GetUnixFileMode(csv) | UnixFileMode.OtherRead);
    }

    static void Execute(DuckDBConnection duck, string sql)
    {
        using var command = duck.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
