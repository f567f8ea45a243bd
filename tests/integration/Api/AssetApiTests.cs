using System.Net;
using System.Text.Json;
using Orchestrator.Server.Composition;

namespace Orchestrator.Tests.Integration.Api;

/// <summary>A server on which two real months were run.</summary>
public sealed class MonthsServer(PostgresFixture postgres) : IAsyncLifetime
{
    ServerHarness? server;

    public ServerHarness Server => server!;

    /// <summary>The run of October, which was the last one.</summary>
    public string October { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        server = await ServerHarness.StartAsync(postgres, services: ServerHarness.AddRealActivities);
        server.AddDefinition("monthly-sales", await File.ReadAllTextAsync(Path.Combine(DefinitionLibrary.ShippedFolder, "monthly-sales.json"), TestContext.Current.CancellationToken));
        await RunAsync("2026-09");
        October = await RunAsync("2026-10");
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null) await server.DisposeAsync();
    }

    async Task<string> RunAsync(string partition)
    {
        var inputs = new { rows = 3_000, customers = 100, stores = 5, salesPeople = 20 };
        var (status, run, _) = await Server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow = "monthly-sales", partition, inputs });
        Assert.True(status is HttpStatusCode.Created, run.ToString());
        var id = run.GetProperty("id").GetString()!;
        await Eventually.IsAsync($"the month {partition}", async () =>
        {
            var shown = (await Server.GetAsync($"/api/v1/runs/{id}")).GetProperty("run");
            if (shown.GetProperty("finishedAt").ValueKind is JsonValueKind.Null) return false;
            Assert.True(shown.GetProperty("status").GetString() == "Succeeded", shown.ToString());
            return true;
        });
        return id;
    }
}

/// <summary>What the API says of assets, marts, indexes and workflows after real months.</summary>
public sealed class AssetApiTests(MonthsServer months) : IClassFixture<MonthsServer>
{
    ServerHarness Server => months.Server;

    [Fact]
    public async Task Assets_are_listed_by_name_with_what_was_written_last_and_each_is_shown_by_month()
    {
        var assets = (await Server.GetAsync("/api/v1/assets")).EnumerateArray().ToList();
        var names = assets.ConvertAll(asset => Text(asset, "asset"));
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Superset(new HashSet<string?> { "raw/sales", "fact_sales" }, names.ToHashSet());

        var sales = await Server.GetAsync("/api/v1/assets/raw%2Fsales");
        Assert.Equal(("2026-10", 3_000, months.October), (Text(sales, "partition"), sales.GetProperty("rows").GetInt32(), Text(sales, "runId")));
        Assert.All(sales.GetProperty("files").EnumerateArray(), file => Assert.True(File.Exists(new Uri(Text(file, "address")!).LocalPath)));
        Assert.Equal("2026-09", Text(await Server.GetAsync("/api/v1/assets/raw%2Fsales?partition=2026-09"), "partition"));
        Assert.Equal(["2026-09", "2026-10"], (await Server.GetAsync("/api/v1/assets/raw%2Fsales/partitions")).EnumerateArray().Select(month => Text(month, "partition")));

        Assert.Contains("There are ", await Server.RefusedAsync(HttpMethod.Get, "/api/v1/assets/nothing", 404, "assets.not_materialized"), StringComparison.Ordinal);
        Assert.Contains("has no data for 2020-01", await Server.RefusedAsync(HttpMethod.Get, "/api/v1/assets/raw%2Fsales?partition=2020-01", 404, "assets.not_materialized"), StringComparison.Ordinal);
        await Server.RefusedAsync(HttpMethod.Get, "/api/v1/assets/nothing/partitions", 404, "assets.not_materialized");
        await Server.RefusedAsync(HttpMethod.Get, "/api/v1/assets/raw%2Fsales?partition=October", 400, "request.bad_month");
    }

    [Fact]
    public async Task Months_have_what_readers_see_of_them_the_last_one_first()
    {
        var partitions = (await Server.GetAsync("/api/v1/partitions")).EnumerateArray().ToList();
        Assert.Equal(["2026-10", "2026-09"], partitions.Select(month => Text(month, "partition")));
        var october = (await Server.GetAsync("/api/v1/partitions/2026-10")).EnumerateArray().ToList();
        Assert.Equal((partitions[0].GetProperty("assets").GetInt32(), partitions[0].GetProperty("rows").GetInt64()), (october.Count, october.Sum(asset => asset.GetProperty("rows").GetInt64())));
        Assert.Equal(0, (await Server.GetAsync("/api/v1/partitions/2020-01")).GetArrayLength());
        await Server.RefusedAsync(HttpMethod.Get, "/api/v1/partitions/2026-13", 400, "request.bad_month");
    }

    [Theory]
    [InlineData("/api/v1/assets/raw%2Fsales/materializations", "id", 2)]
    [InlineData("/api/v1/checks", "asset", 0)]
    public async Task Pages_follow_each_other_without_gap_or_repetition(string path, string identity, int expected)
    {
        var whole = (await Server.GetAsync($"{path}?limit=500")).GetProperty("items").EnumerateArray().Select(item => item.GetRawText()).ToList();
        Assert.True(expected == 0 ? whole.Count > 2 : whole.Count == expected, $"{whole.Count} items.");
        Assert.All(whole, item => Assert.NotEmpty(Text(JsonElement.Parse(item), identity)!));
        var (paged, next) = (new List<string>(), (string?)"");
        for (var page = 0; next is not null; page++)
        {
            Assert.True(page < whole.Count, "The pages do not end.");
            var got = await Server.GetAsync($"{path}?limit=1{(next.Length == 0 ? "" : $"&cursor={Uri.EscapeDataString(next)}")}");
            paged.AddRange(got.GetProperty("items").EnumerateArray().Select(item => item.GetRawText()));
            next = got.GetProperty("next").GetString();
        }
        Assert.Equal(whole, paged);
        foreach (var limit in (int[])[0, 501]) await Server.RefusedAsync(HttpMethod.Get, $"{path}?limit={limit}", 400, "request.bad_limit");
        await Server.RefusedAsync(HttpMethod.Get, $"{path}?cursor=nonsense", 400, "request.bad_cursor");
        await Server.RefusedAsync(HttpMethod.Get, $"{path}?partition=now", 400, "request.bad_month");
    }

    [Fact]
    public async Task Checks_are_filtered_by_asset_month_and_verdict()
    {
        var all = (await Server.GetAsync("/api/v1/checks?limit=500")).GetProperty("items").EnumerateArray().ToList();
        Assert.All(all, check => Assert.True(check.GetProperty("isPassed").GetBoolean(), check.ToString()));
        Assert.Empty((await Server.GetAsync("/api/v1/checks?isPassed=false")).GetProperty("items").EnumerateArray());
        var asset = Text(all[0], "asset")!;
        var some = (await Server.GetAsync($"/api/v1/checks?limit=500&partition=2026-10&asset={Uri.EscapeDataString(asset)}")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(all.Count(check => Text(check, "asset") == asset && Text(check, "partition") == "2026-10"), some.Count);
        await Server.RefusedAsync(HttpMethod.Get, "/api/v1/checks?isPassed=perhaps", 400, "request.malformed");
    }

    [Fact]
    public async Task Lineage_leads_from_the_sales_to_what_was_made_of_them_and_back()
    {
        var sales = await Server.GetAsync("/api/v1/assets/raw%2Fsales?partition=2026-10");
        var down = await Server.GetAsync($"/api/v1/materializations/{Text(sales, "id")}/lineage");
        Assert.Empty(down.GetProperty("upstream").EnumerateArray());
        Assert.Contains("fact_sales", down.GetProperty("downstream").EnumerateArray().Select(made => Text(made, "asset")));
        var last = down.GetProperty("downstream").EnumerateArray().Last();
        var up = await Server.GetAsync($"/api/v1/materializations/{Text(last, "id")}/lineage");
        Assert.Contains(Text(sales, "id"), up.GetProperty("upstream").EnumerateArray().Select(read => Text(read, "id")));
        foreach (var path in (string[])["", "/lineage"])
            await Server.RefusedAsync(HttpMethod.Get, $"/api/v1/materializations/{Guid.Empty}{path}", 404, "materialization.unknown");
    }

    [Theory]
    [InlineData("top-customers", "totalPurchaseCost")]
    [InlineData("top-sales-people", "totalSales")]
    public async Task Marts_give_the_places_of_a_month_by_rank(string mart, string figure)
    {
        var top = await Server.GetAsync($"/api/v1/marts/{mart}?month=2026-10&limit=5");
        var places = top.GetProperty("places").EnumerateArray().ToList();
        Assert.Equal(("2026-10", 5), (Text(top, "month"), places.Count));
        Assert.Equal([1, 2, 3, 4, 5], places.Select(place => place.GetProperty("rank").GetInt32()));
        var figures = places.ConvertAll(place => Number(place.GetProperty(figure)));
        Assert.Equal(figures.OrderDescending(), figures);
        Assert.Equal(10, (await Server.GetAsync($"/api/v1/marts/{mart}?month=2026-09")).GetProperty("places").GetArrayLength());
        Assert.Equal(0, (await Server.GetAsync($"/api/v1/marts/{mart}?month=2020-01")).GetProperty("places").GetArrayLength());
        await Server.RefusedAsync(HttpMethod.Get, $"/api/v1/marts/{mart}?month=2026-1", 400, "request.bad_month");
        foreach (var limit in (int[])[0, 100_001]) await Server.RefusedAsync(HttpMethod.Get, $"/api/v1/marts/{mart}?limit={limit}", 400, "request.bad_limit");
        await Server.RefusedAsync(HttpMethod.Get, "/api/v1/marts/nothing", 404, "request.unknown_path");
    }

    [Fact]
    public async Task The_index_report_is_that_of_the_month_or_of_the_last_one()
    {
        var last = await Server.GetAsync("/api/v1/indexes/report");
        Assert.Equal(("2026-10", months.October), (Text(last, "partition"), Text(last, "runId")));
        Assert.NotEmpty(last.GetProperty("queries").EnumerateArray());
        Assert.Equal("2026-09", Text(await Server.GetAsync("/api/v1/indexes/report?month=2026-09"), "partition"));
        await Server.RefusedAsync(HttpMethod.Get, "/api/v1/indexes/report?month=2020-01", 404, "indexes.not_tuned");
        await Server.RefusedAsync(HttpMethod.Get, "/api/v1/indexes/report?month=x", 400, "request.bad_month");
    }

    [Fact]
    public async Task Workflows_have_versions_each_with_its_tag()
    {
        var workflow = Assert.Single((await Server.GetAsync("/api/v1/workflows")).EnumerateArray());
        Assert.Equal(("monthly-sales", Text(workflow, "checksum")), (Text(workflow, "id"), Text(await Server.GetAsync("/api/v1/workflows/monthly-sales"), "checksum")));
        var version = Assert.Single((await Server.GetAsync("/api/v1/workflows/monthly-sales/versions")).EnumerateArray());
        Assert.Equal((Text(workflow, "checksum"), true), (Text(version, "checksum"), version.GetProperty("isCurrent").GetBoolean()));

        foreach (var name in (string[])["current", "1", Text(version, "checksum")!])
        {
            var (status, definition, headers) = await Server.SendAsync(HttpMethod.Get, $"/api/v1/workflows/monthly-sales/versions/{name}");
            Assert.Equal((HttpStatusCode.OK, "monthly-sales", $"\"{Text(version, "checksum")}\""), (status, Text(definition, "definitionId"), headers.ETag!.Tag));
            var again = await Server.SendAsync(HttpMethod.Get, $"/api/v1/workflows/monthly-sales/versions/{name}", body: null, ("If-None-Match", headers.ETag.Tag));
            Assert.Equal((HttpStatusCode.NotModified, JsonValueKind.Undefined), (again.Status, again.Body.ValueKind));
        }
        await Server.RefusedAsync(HttpMethod.Get, "/api/v1/workflows/monthly-sales/versions/7", 404, "workflow.unknown_version");
        foreach (var path in (string[])["", "/versions", "/versions/1"]) await Server.RefusedAsync(HttpMethod.Get, $"/api/v1/workflows/nothing{path}", 404, "workflow.unknown");
    }

    static string? Text(JsonElement element, string property) => element.GetProperty(property).GetString();

    static decimal Number(JsonElement value) => value.ValueKind is JsonValueKind.String
        ? decimal.Parse(value.GetString()!, System.Globalization.CultureInfo.InvariantCulture) : value.GetDecimal();
}
