using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Tests.Integration.Runs;

public sealed class CatalogTests(PostgresFixture postgres)
{
    static readonly Partition October = new(new(2026, 10, 1));

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_written_is_found_with_all_that_was_said_about_it()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var draft = RuntimeHarness.Draft("raw/sales", October) with
        {
            Files = [new("raw/sales/month=2026-10/part-00000.parquet", 17, "ab12", 3)],
            Columns = [new("price", "decimal(18,4)")],
            Figures = new Dictionary<string, decimal> { ["total"] = 12.50m },
        };
        var id = await WriteAsync(runtime, draft);
        var found = await runtime.Catalog.FindAsync(new("raw/sales"), October, Token);
        Assert.Equal((id, draft.Location, 3L, "A1", 1), (found!.Id, found.Location, found.Rows, found.ActivityId, found.Attempt));
        Assert.Equal(draft.Files, found.Files);
        Assert.Equal(draft.Columns, found.Columns);
        Assert.Equal(12.50m, found.Figures["total"]);
        Assert.Null(await runtime.Catalog.FindAsync(new("raw/sales"), October.Previous, Token));
        Assert.Null(await runtime.Catalog.FindAsync(new("raw/sales"), null, Token));
    }

    [Fact]
    public async Task Readers_see_the_newest_of_each_partition_by_partition()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        await WriteAsync(runtime, RuntimeHarness.Draft("raw/sales", October));
        var september = await WriteAsync(runtime, RuntimeHarness.Draft("raw/sales", October.Previous));
        var october = await WriteAsync(runtime, RuntimeHarness.Draft("raw/sales", October));
        Assert.Equal([september, october], (await runtime.Catalog.ListCurrentAsync(new("raw/sales"), Token)).Select(found => found.Id));
        Assert.Equal(3, (await runtime.Catalog.ListHistoryAsync(new("raw/sales"), null, 10, Token)).Count);
        Assert.Equal(october, Assert.Single(await runtime.Catalog.ListAssetsAsync(Token)).Id);
    }

    [Fact]
    public async Task Lineage_follows_the_exact_materializations_up_and_down()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var raw = await WriteAsync(runtime, RuntimeHarness.Draft("raw/sales", October));
        var fact = await WriteAsync(runtime, RuntimeHarness.Draft("fact_sales", October) with { Inputs = [raw] });
        var mart = await WriteAsync(runtime, RuntimeHarness.Draft("mart_sales_monthly", October) with { Inputs = [fact] });
        await WriteAsync(runtime, RuntimeHarness.Draft("raw/sales", October));
        Assert.Equal([raw, fact], (await runtime.Catalog.ListUpstreamAsync(mart, Token)).Select(found => found.Id));
        Assert.Equal([fact, mart], (await runtime.Catalog.ListDownstreamAsync(raw, Token)).Select(found => found.Id));
    }

    [Fact]
    public async Task A_writer_that_chose_an_id_finds_it_in_the_catalog()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var chosen = Guid.CreateVersion7();
        Assert.Equal(chosen, await WriteAsync(runtime, RuntimeHarness.Draft("dim_store") with { Id = chosen }));
    }

    [Fact]
    public async Task Only_one_writer_holds_an_asset_and_the_next_one_waits_for_it()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var first = await runtime.Catalog.LockAsync(new("dim_customer"), RuntimeHarness.Attempt(), Token);
        var second = runtime.Catalog.LockAsync(new("dim_customer"), RuntimeHarness.Attempt(), Token);
        await using (await runtime.Catalog.LockAsync(new("dim_store"), RuntimeHarness.Attempt(), Token))
            Assert.False(second.IsCompleted);
        await first.DisposeAsync();
        await (await second.WaitAsync(TimeSpan.FromSeconds(10), Token)).DisposeAsync();
    }

    static async Task<Guid> WriteAsync(RuntimeHarness runtime, MaterializationDraft draft)
    {
        runtime.Work["A1"] = context => { context.AddMaterialization(draft); return Task.CompletedTask; };
        var run = await runtime.RunAsync(RuntimeHarness.Flowchart("A1"));
        return Assert.Single(await runtime.Catalog.ListOfRunAsync(run.Id, Token)).Id;
    }
}
