using System.Globalization;
using System.Text.Json;

namespace Orchestrator.Tests.Integration.Sales;

/// <summary>Months of real shops, from their files to PostgreSQL, against answers that were computed without any SQL.</summary>
public sealed class RealMonthsTests : IDisposable
{
    readonly DataFolder data = new();

    [Fact]
    public async Task Complete_Journey_comes_out_exactly_in_any_order_of_months()
    {
        var folder = RequiredData.Folder("complete-journey");
        using var server = await ServeAsync();
        var expected = Expected(folder);
        foreach (var (month, file) in new[]
        {
            ("2017-03", "transactions-2017-03.parquet"), ("2017-01", "transactions-2017-01.parquet"), ("2017-04", "transactions-2017-04.parquet"),
            ("2017-02", "transactions-2017-02.parquet"), ("2017-02", "transactions-2017-02.csv.gz"),
        })
        {
            var run = await ImportAsync(month, Path.Combine(folder, file), "complete-journey");
            var answer = expected.GetProperty(month);
            var rows = run.GetProperty("rows");
            Assert.Equal(answer.GetProperty("rows").GetInt64(), rows.GetProperty("in").GetInt64());
            Assert.Equal(answer.GetProperty("good").GetInt64(), rows.GetProperty("good").GetInt64());
            Assert.Equal(answer.GetProperty("quarantined").GetInt64(), rows.GetProperty("quarantined").GetInt64());
            Assert.Equal(answer.GetProperty("good").GetInt64(), rows.GetProperty("loaded").GetInt64());
            Assert.Equal(answer.GetProperty("total").GetString(), run.GetProperty("total").GetString());
        }
        foreach (var month in expected.EnumerateObject().Where(month => month.Name.StartsWith("2017-", StringComparison.Ordinal)))
        {
            Assert.Equal(
                month.Value.GetProperty("top_customers").EnumerateArray().Select(place =>
                    $"{place.GetProperty("household_id").GetInt64()} {place.GetProperty("total").GetString()} {place.GetProperty("sales").GetInt64()}"),
                from place in await TopAsync("top-customers", month.Name, 10)
                select $"{place.GetProperty("customerId").GetString()} {place.GetProperty("totalPurchaseCost").GetString()} {place.GetProperty("sales").GetInt64()}");
            // Its sales have no sales person, so nobody is owed anything.
            Assert.Empty(await TopAsync("top-sales-people", month.Name, 10));
        }
    }

    [Fact]
    public async Task Northwind_comes_out_exactly_month_by_month()
    {
        var folder = RequiredData.Folder("northwind");
        using var server = await ServeAsync();
        var months = Expected(folder).EnumerateObject().ToList();
        foreach (var month in months)
        {
            var run = await ImportAsync(month.Name, Path.Combine(folder, "sales.csv"), "northwind");
            Assert.Equal(month.Value.GetProperty("rows").GetInt64(), run.GetProperty("rows").GetProperty("good").GetInt64());
            Assert.Equal(month.Value.GetProperty("total").GetString(), run.GetProperty("total").GetString());
        }
        foreach (var month in new[] { months[0], months[months.Count / 2], months[^1] })
        {
            Assert.Equal(Ranked(month.Value, "top_customers"), from place in await TopAsync("top-customers", month.Name, 5)
                                                               select $"{place.GetProperty("customerId").GetString()} {place.GetProperty("totalPurchaseCost").GetString()}");
            Assert.Equal(Ranked(month.Value, "top_sales_people"), from place in await TopAsync("top-sales-people", month.Name, 5)
                                                                  select $"{place.GetProperty("salesPersonId").GetString()} {place.GetProperty("totalSales").GetString()}");
        }
    }

    public void Dispose() => data.Dispose();

    // One server for all months: a process that works alone would start and end PostgreSQL for each of them.
    async Task<OrchestratorProcess> ServeAsync()
    {
        var server = OrchestratorProcess.Start(new Dictionary<string, string>(), "serve", "--urls", "http://127.0.0.1:0", "--data", data.Path);
        await server.WaitForAsync("Listening on ");
        return server;
    }

    static JsonElement Expected(string folder) => JsonElement.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));

    static IEnumerable<string> Ranked(JsonElement month, string list) => month.GetProperty(list).EnumerateArray().Select(place => $"{place[0].GetString()} {place[1].GetString()}");

    async Task<JsonElement> ImportAsync(string month, string source, string mapping)
    {
        var run = await OrchestratorProcess.RunAsync("run", "import-sales", "--partition", month, "--input", $"source={source}",
            "--input", $"mapping=@{Path.Combine(Repository.Root, "workflows", "mappings", $"{mapping}.json")}", "--json", "--data", data.Path);
        Assert.True(run.ExitCode == 0, $"{month}: {run.Output}{run.Error}");
        return JsonElement.Parse(run.Output);
    }

    async Task<IReadOnlyList<JsonElement>> TopAsync(string question, string month, int limit)
    {
        var answer = await OrchestratorProcess.RunAsync("marts", question, "--month", month, "--limit", limit.ToString(CultureInfo.InvariantCulture), "--json",
            "--data", data.Path);
        Assert.True(answer.ExitCode == 0, answer.Output + answer.Error);
        return [.. JsonElement.Parse(answer.Output).EnumerateArray()];
    }
}
