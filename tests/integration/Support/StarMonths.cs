using System.Globalization;
using DuckDB.NET.Data;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities;
using Orchestrator.Activities.Sales;
using Orchestrator.Activities.Star;
using Orchestrator.Activities.Store;
using Orchestrator.Spark;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>Months of small raw data, uploaded and built into a star schema as a run does it, in a folder that goes with the object.</summary>
public sealed class StarMonths : IDisposable
{
    static readonly IReadOnlyList<AssetColumn> SalesColumns =
    [
        new("customer_id", "text"), new("store_id", "text"), new("sales_date", "date"), new("sales_person_id", "text"),
        new("price", "decimal(18,4)"), new("quantity", "int"), new("total_cost", "decimal(18,2)"),
    ];

    readonly FolderStore store;
    int attempts;

    public StarMonths()
    {
        store = new(new(Path.Combine(Harness.Folder, "store")));
        Harness.Services.AddOptions();
        Harness.Services.AddSingleton<IObjectStore>(store).AddStoreStaging();
        Harness.Services.AddSpark();
    }

    public ActivityHarness Harness { get; } = new();

    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Executes an activity as an attempt of its own, so that it writes beside all that is there.</summary>
    public Task<(IReadOnlyDictionary<string, object?> Outputs, ActivityAttempt Attempt)> ExecuteAsync<TActivity>(string? month, params (string Name, object? Value)[] inputs)
        where TActivity : CodeActivity, new()
    {
        // Another activity's is none of this one's.
        Harness.Checkpoint = null;
        return Harness.ExecuteAsync<TActivity>(month is null ? null : Partition.Parse(month), inputs.ToDictionary(input => input.Name, input => input.Value), Interlocked.Increment(ref attempts), Token);
    }

    /// <summary>Uploads raw data of a month; each text lists rows, such as <c>('C1', 'gold', 'Rome'), ('C2', null, null)</c>.</summary>
    /// <param name="sales">Rows of customer, store, day of the month, sales person, quantity, total.</param>
    public async Task UploadAsync(string month, string? sales, string? customers = null, string? stores = null, string? salesPeople = null)
    {
        var assets = new List<StagedAsset>();
        Add("raw/sales", SalesColumns, sales is null ? null :
            $"select c, s, date '{month}-01' + cast(d - 1 as int), p, cast(t as decimal(18,4)), cast(q as int), cast(t as decimal(18,2)) from (values {sales}) v(c, s, d, p, q, t)");
        Add("raw/customers", [new("customer_id", "text"), new("segment", "text"), new("city", "text")], customers is null ? null : $"select * from (values {customers})");
        Add("raw/stores", [new("store_id", "text"), new("region", "text")], stores is null ? null : $"select * from (values {stores})");
        Add("raw/sales_people", [new("sales_person_id", "text"), new("team", "text")], salesPeople is null ? null : $"select * from (values {salesPeople})");
        await ExecuteAsync<UploadPartitions>(month, ("Staged", new StagedMonth(assets)));

        void Add(string asset, IReadOnlyList<AssetColumn> columns, string? select)
        {
            if (select is null) return;
            var path = Path.Combine(Directory.CreateDirectory(Path.Combine(Harness.Folder, "staged")).FullName, $"{Guid.CreateVersion7():n}.parquet");
            var names = string.Join(", ", columns.Select((_, i) => $"c{i}"));
            var typed = string.Join(", ", columns.Select((column, i) => $"cast(c{i} as {column.Type}) as {column.Name}"));
            Query($"copy (select {typed} from ({select}) t({names})) to '{path}' (format parquet, compression zstd)");
            var rows = (long)Query($"select count(*) from '{path}'")[0][0]!;
            var total = asset == "raw/sales" ? (decimal)Query($"select coalesce(sum(total_cost), 0)::decimal(18,2) from '{path}'")[0][0]! : 0;
            assets.Add(new(asset, [new(path, rows, new FileInfo(path).Length)], columns, asset == "raw/sales" ? new Dictionary<string, decimal> { ["total"] = total } : []));
        }
    }

    /// <summary>Builds the star schema of a month.</summary>
    /// <returns>The months whose facts were built.</returns>
    public async Task<IReadOnlyList<string>> BuildAsync(string month)
    {
        var (outputs, _) = await ExecuteAsync<BuildStarSchema>(month);
        return (IReadOnlyList<string>)outputs["Months"]!;
    }

    /// <summary>Uploads and builds a month, and builds its marts.</summary>
    public async Task<IReadOnlyList<string>> LoadAsync(string month, string sales, string? customers = null, string? stores = null, string? salesPeople = null)
    {
        await UploadAsync(month, sales, customers, stores, salesPeople);
        var months = await BuildAsync(month);
        await ExecuteAsync<BuildMart>(month, ("Mart", "mart_customer_monthly"));
        await ExecuteAsync<BuildMart>(month, ("Mart", "mart_sales_monthly"));
        return months;
    }

    public async Task<Materialization?> FindAsync(string asset, string? month = null) =>
        await Harness.Catalog.FindAsync(new(asset), month is null ? null : Partition.Parse(month), Token);

    /// <summary>Rows of what readers see now of an asset, each as values joined by <c>|</c>.</summary>
    /// <param name="asset">The asset, which a where clause may follow.</param>
    public async Task<IReadOnlyList<string>> RowsAsync(string asset, string? month, string columns, string order)
    {
        var end = asset.IndexOf(' ', StringComparison.Ordinal) is var space and >= 0 ? space : asset.Length;
        var found = await FindAsync(asset[..end], month) ?? throw new InvalidOperationException($"{asset} has no data.");
        return [.. Query($"select {columns} from {Files(found)} {asset[end..]} order by {order}").Select(row => string.Join('|', row.Select(Text)))];
    }

    /// <summary>Makes readers see other rows of an asset than were built.</summary>
    /// <param name="select">The rows, with <c>{0}</c> for those there are.</param>
    /// <param name="rows">How many rows there are then; as many as before if not given.</param>
    public async Task ReplaceAsync(string asset, string? month, string select, long? rows = null)
    {
        var found = (await FindAsync(asset, month))!;
        var (partition, attempt) = (found.Partition, Interlocked.Increment(ref attempts));
        var path = Path.Combine(Harness.Folder, $"{asset}.parquet");
        Query($"copy ({string.Format(CultureInfo.InvariantCulture, select, Files(found))}) to '{path}' (format parquet)");
        var replacing = new ActivityAttempt
        {
            RunId = found.RunId, ActivityId = "Replace", Attempt = attempt, FencingToken = 1, Observer = Harness, WorkDirectory = Harness.Folder,
            SaveCheckpointAsync = (_, _) => Task.CompletedTask,
        };
        var key = ObjectKeys.KeyOf(new(asset), partition, replacing, "part-00000.parquet");
        var stored = await store.PutFileAsync(key, path, null, Token);
        replacing.Add(new MaterializationDraft
        {
            Asset = found.Asset, Partition = partition, Location = found.Location, Rows = rows ?? found.Rows, Bytes = stored.Bytes,
            Files = [new(key, stored.Bytes, stored.Sha256!, rows ?? found.Rows)], Columns = found.Columns, CodeVersion = "test", Figures = found.Figures,
        });
        Harness.Catalog.Commit(replacing);
    }

    /// <summary>Bytes of the only file of a materialization.</summary>
    public Task<byte[]> ReadBytesAsync(Materialization found) => File.ReadAllBytesAsync(store.AddressOf(found.Files.Single().Path).LocalPath, Token);

    /// <summary>Versions of the customers without their keys, such as <c>C1|gold|Rome|0001-01-01|9999-12-31|True</c>.</summary>
    public Task<IReadOnlyList<string>> CustomersAsync() =>
        RowsAsync("dim_customer", null, "customer_id, segment, city, valid_from, valid_to, is_current", "customer_id, valid_from");

    /// <summary>All versions of the dimensions without their keys.</summary>
    public async Task<IReadOnlyList<string>> VersionsAsync() =>
    [
        .. await CustomersAsync(),
        .. await RowsAsync("dim_store", null, "store_id, region, valid_from, valid_to, is_current", "store_id, valid_from"),
        .. await RowsAsync("dim_sales_person", null, "sales_person_id, team, valid_from, valid_to, is_current", "sales_person_id, valid_from"),
    ];

    /// <summary>Rows of a query over Parquet files, read without the engine under test.</summary>
    public static IReadOnlyList<object?[]> Query(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:;threads=2");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<object?[]>();
        while (reader.Read()) rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
        return rows;
    }

    /// <summary>A materialization as DuckDB reads it.</summary>
    public string Files(Materialization found) => $"read_parquet([{string.Join(", ", found.Files.Select(file => $"'{store.AddressOf(file.Path).LocalPath}'"))}], hive_partitioning = false)";

    public void Dispose() => Harness.Dispose();

    static string Text(object? value) => value switch
    {
        null => "null",
        DateOnly day => day.ToString("O", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
