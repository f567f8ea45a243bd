using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Sales;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Tests.Integration.Sales;

/// <summary>Real months against figures that were computed with Python's Decimal, without any SQL engine.</summary>
public sealed class ImportSalesRealDataTests : IDisposable
{
    readonly ActivityHarness harness = new();

    public ImportSalesRealDataTests() => harness.Services.Configure<ImportFolderOptions>(folders => folders.Allowed = [RequiredData.Root]);

    public void Dispose() => harness.Dispose();

    [Theory]
    [InlineData("2017-01", "transactions-2017-01.parquet")]
    [InlineData("2017-02", "transactions-2017-02.parquet")]
    [InlineData("2017-02", "transactions-2017-02.csv.gz")]
    [InlineData("2017-03", "transactions-2017-03.parquet")]
    [InlineData("2017-04", "transactions-2017-04.parquet")]
    [InlineData("2017-03", "transactions-*.parquet")]
    public async Task A_month_of_the_Complete_Journey_comes_out_exactly(string month, string source)
    {
        var folder = RequiredData.Folder("complete-journey");
        var expected = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "expected.json"), TestContext.Current.CancellationToken))![month]!;
        var (staged, totals, metrics) = await ImportAsync(month, Path.Combine(folder, source), "complete-journey");
        Assert.Equal((long)expected["good"]!, totals.Rows);
        Assert.Equal((string)expected["total"]!, Money(totals.Cents));
        Assert.Equal((long)expected["quarantined"]!, metrics[MetricNames.RowsQuarantined]);
        if (!source.Contains('*')) Assert.Equal(((long)expected["rows"]!, 0), (metrics[MetricNames.RowsIn], metrics[MetricNames.RowsOutside]));
        Assert.Equal(metrics[MetricNames.RowsIn], metrics[MetricNames.RowsGood] + metrics[MetricNames.RowsQuarantined] + metrics[MetricNames.RowsOutside]);
        Assert.Equal(((long)expected["units"]!, (long)expected["customers"]!, (long)expected["stores"]!), Query(staged,
            "select sum(quantity)::bigint, count(distinct customer_id)::bigint, count(distinct store_id)::bigint from sales",
            row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2))).Single());
        Assert.Equal(Ranked(expected["top_customers"]!, "household_id"), Top(staged, "customer_id", 10));
        Assert.Equal(Ranked(expected["top_stores"]!, "store_id"), Top(staged, "store_id", 5));
        Assert.Equal([((string)expected["first_day"]!, (string)expected["last_day"]!)],
            Query(staged, "select min(sales_date)::text, max(sales_date)::text from sales", row => (row.GetString(0), row.GetString(1))));
    }

    [Fact]
    public async Task Every_month_of_Northwind_comes_out_exactly()
    {
        var folder = RequiredData.Folder("northwind");
        var months = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "expected.json"), TestContext.Current.CancellationToken))!.AsObject();
        Assert.Equal(23, months.Count);
        foreach (var (month, expected) in months)
        {
            var (staged, totals, metrics) = await ImportAsync(month, Path.Combine(folder, "sales.csv"), "northwind");
            Assert.Equal(((long)expected!["rows"]!, (string)expected["total"]!), (totals.Rows, Money(totals.Cents)));
            Assert.Equal((2155, 0), (metrics[MetricNames.RowsIn], metrics[MetricNames.RowsQuarantined]));
            Assert.Equal(expected["top_customers"]!.AsArray().Select(entry => ((string)entry![0]!, (string)entry[1]!)), Top(staged, "customer_id", 5).Select(entry => (entry.Id, entry.Total)));
            Assert.Equal(expected["top_sales_people"]!.AsArray().Select(entry => ((string)entry![0]!, (string)entry[1]!)), Top(staged, "sales_person_id", 5).Select(entry => (entry.Id, entry.Total)));
            Directory.Delete(Path.Combine(harness.Folder, "work"), recursive: true);
        }
    }

    async Task<(StagedMonth Staged, ControlTotals Totals, IReadOnlyDictionary<string, decimal> Metrics)> ImportAsync(string month, string source, string mapping)
    {
        var json = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "workflows", "mappings", $"{mapping}.json"), TestContext.Current.CancellationToken);
        var (outputs, attempt) = await harness.ExecuteAsync<ImportSales>(Partition.Parse(month),
            new() { ["Source"] = source, ["Mapping"] = JsonSerializer.Deserialize<JsonObject>(json) }, cancellationToken: TestContext.Current.CancellationToken);
        return ((StagedMonth)outputs["Staged"]!, (ControlTotals)outputs["ControlTotals"]!, attempt.Metrics);
    }

    static List<(string Id, string Total, long Sales)> Ranked(JsonNode entries, string id) =>
        [.. entries.AsArray().Select(entry => (entry![id]!.ToString(), (string)entry["total"]!, (long)entry["sales"]!))];

    static List<(string Id, string Total, long Sales)> Top(StagedMonth staged, string column, int limit) => Query(staged,
        $"select {column}, sum(total_cost)::text, count(*)::bigint from sales group by 1 order by sum(total_cost) desc, 1 limit {limit}",
        row => (row.GetString(0), row.GetString(1), row.GetInt64(2)));

    static string Money(long cents) => (cents / 100m).ToString("0.00", CultureInfo.InvariantCulture);

    static List<T> Query<T>(StagedMonth staged, string sql, Func<DuckDBDataReader, T> read)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"create view sales as select * from read_parquet([{string.Join(", ", staged.Assets[0].Files.Select(file => $"'{file.Path}'"))}])";
        command.ExecuteNonQuery();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read((DuckDBDataReader)reader));
        return rows;
    }
}
