using System.Globalization;
using System.Text.Json;

namespace Orchestrator.Tests.Integration.CommandLine;

/// <summary>A month from its source to PostgreSQL through the real program.</summary>
public sealed class EndToEndTests : IDisposable
{
    const string Month = "2026-10";
    readonly DataFolder data = new();

    [Fact]
    public async Task Month_is_generated_checked_loaded_tuned_and_exported()
    {
        var run = await OrchestratorProcess.RunAsync("run", "monthly-sales", "--partition", Month, "--input", "rows=20000", "--json", "--data", data.Path);

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        var document = JsonElement.Parse(run.Output);
        Assert.Equal(
            ["runId", "workflow", "partition", "status", "rows", "total", "durationMs", "activities", "error", "traceUrl", "store", "engine"], document.EnumerateObject().Select(property => property.Name));
        Assert.Equal("monthly-sales", document.GetProperty("workflow").GetString());
        Assert.Equal(Month, document.GetProperty("partition").GetString());
        Assert.Equal("Succeeded", document.GetProperty("status").GetString());
        Assert.Equal("""{"in":20000,"good":20000,"quarantined":0,"outside":0,"loaded":20000}""", JsonSerializer.Serialize(document.GetProperty("rows")));
        Assert.Matches(@"^\d+\.\d\d$", document.GetProperty("total").GetString());
        Assert.True(document.GetProperty("durationMs").GetInt64() > 0);
        Assert.Equal(JsonValueKind.Null, document.GetProperty("error").ValueKind);
        Assert.Equal(
            ["GenerateSales1", "UploadPartitions1", "BuildStarSchema1", "BuildCustomerMart1", "BuildSalesMart1", "CheckAssets1", "LoadTables1", "TuneIndexes1", "ExportCoupons1", "ExportIncentives1"],
            document.GetProperty("activities").EnumerateArray().Select(activity => activity.GetProperty("id").GetString()));
        Assert.All(document.GetProperty("activities").EnumerateArray(), activity =>
        {
            Assert.Equal(
                ["id", "type", "status", "attempts", "durationMs", "rows", "reusedFrom", "failedAttempts"],
                activity.EnumerateObject().Select(property => property.Name));
            Assert.Equal("Succeeded", activity.GetProperty("status").GetString());
            Assert.Equal(1, activity.GetProperty("attempts").GetInt32());
        });
        await MartsAddUpToTheTotalAsync(document.GetProperty("total").GetString()!);
    }

    [Fact]
    public async Task Same_seed_gives_the_same_marts_on_another_machine()
    {
        using var other = new DataFolder();
        string[] request = ["run", "monthly-sales", "--partition", Month, "--input", "rows=5000", "--input", "seed=7", "--quiet"];
        Assert.Equal(0, (await OrchestratorProcess.RunAsync([.. request, "--data", data.Path])).ExitCode);
        Assert.Equal(0, (await OrchestratorProcess.RunAsync([.. request, "--data", other.Path])).ExitCode);

        string[] question = ["marts", "top-customers", "--month", Month, "--limit", "50", "--json"];
        var (here, there) = (await OrchestratorProcess.RunAsync([.. question, "--data", data.Path]), await OrchestratorProcess.RunAsync([.. question, "--data", other.Path]));

        Assert.Equal(50, JsonElement.Parse(here.Output).GetArrayLength());
        Assert.Equal(here.Output, there.Output);
    }

    [Fact]
    public async Task Imported_months_of_real_data_come_out_as_computed_without_SQL()
    {
        var journey = RequiredData.Folder("complete-journey");
        using var expected = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(journey, "expected.json"), TestContext.Current.CancellationToken));
        foreach (var month in expected.RootElement.EnumerateObject())
        {
            var run = await OrchestratorProcess.RunAsync("run", "import-sales", "--partition", month.Name, "--input", $"source={Path.Combine(journey, $"transactions-{month.Name}.parquet")}",
                "--input", $"mapping=@{Path.Combine(AppContext.BaseDirectory, "workflows", "mappings", "complete-journey.json")}", "--json", "--data", data.Path);
            Assert.True(run.ExitCode == 0, run.Output + run.Error);
            var document = JsonElement.Parse(run.Output);
            var (rows, figures) = (document.GetProperty("rows"), month.Value);
            Assert.Equal(figures.GetProperty("rows").GetInt64(), rows.GetProperty("in").GetInt64());
            Assert.Equal(figures.GetProperty("good").GetInt64(), rows.GetProperty("good").GetInt64());
            Assert.Equal(figures.GetProperty("quarantined").GetInt64(), rows.GetProperty("quarantined").GetInt64());
            Assert.Equal(figures.GetProperty("good").GetInt64(), rows.GetProperty("loaded").GetInt64());
            Assert.Equal(figures.GetProperty("total").GetString(), document.GetProperty("total").GetString());

            var answer = await OrchestratorProcess.RunAsync("marts", "top-customers", "--month", month.Name, "--json", "--data", data.Path);
            Assert.Equal(
                figures.GetProperty("top_customers").EnumerateArray().Select(customer => $"{customer.GetProperty("household_id")} {customer.GetProperty("total")} {customer.GetProperty("sales")}"),
                JsonElement.Parse(answer.Output).EnumerateArray().Select(customer => $"{customer.GetProperty("customerId")} {customer.GetProperty("totalPurchaseCost")} {customer.GetProperty("sales")}"));
        }
    }

    public void Dispose() => data.Dispose();

    async Task MartsAddUpToTheTotalAsync(string total)
    {
        var answer = await OrchestratorProcess.RunAsync("marts", "top-sales-people", "--month", Month, "--limit", "100000", "--json", "--data", data.Path);
        var places = JsonElement.Parse(answer.Output).EnumerateArray().ToList();
        Assert.Equal(["rank", "salesPersonId", "totalSales", "sales"], places[0].EnumerateObject().Select(property => property.Name));
        Assert.Equal(Enumerable.Range(1, places.Count), places.Select(place => place.GetProperty("rank").GetInt32()));
        var sold = places.Sum(place => decimal.Parse(place.GetProperty("totalSales").GetString()!, CultureInfo.InvariantCulture));
        Assert.InRange(sold, 0.9m * decimal.Parse(total, CultureInfo.InvariantCulture), decimal.Parse(total, CultureInfo.InvariantCulture));

        answer = await OrchestratorProcess.RunAsync("marts", "top-customers", "--month", Month, "--limit", "100000", "--json", "--data", data.Path);
        var customers = JsonElement.Parse(answer.Output).EnumerateArray().ToList();
        Assert.Equal(["rank", "customerId", "totalPurchaseCost", "sales"], customers[0].EnumerateObject().Select(property => property.Name));
        Assert.Equal(total, customers.Sum(place => decimal.Parse(place.GetProperty("totalPurchaseCost").GetString()!, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture));
    }
}
