using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Sales;
using Orchestrator.Activities.Store;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Store;

public sealed class UploadPartitionsTests : IDisposable
{
    static readonly Partition October = Partition.Parse("2026-10");

    readonly ActivityHarness harness = new();
    readonly FolderStore store;

    public UploadPartitionsTests()
    {
        store = new(new(Path.Combine(harness.Folder, "store")));
        harness.Services.AddSingleton<IObjectStore>(store);
    }

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => harness.Dispose();

    [Fact]
    public async Task A_staged_month_becomes_one_materialization_an_asset_with_a_manifest()
    {
        await UploadAsync(attempt: 1, Asset("raw/sales", "October, first half", "October, second half"), Asset("raw/stores", "stores"));
        var sales = await harness.Catalog.FindAsync(new("raw/sales"), October, Token);
        Assert.NotNull(sales);
        Assert.Equal((2L, 39L, 12.34m), (sales.Rows, sales.Bytes, sales.Figures["total"]));
        Assert.Equal([$"raw/sales/month=2026-10/{sales.RunId:n}-UploadPartitions1-1/part-00000.parquet", $"raw/sales/month=2026-10/{sales.RunId:n}-UploadPartitions1-1/part-00001.parquet"],
            sales.Files.Select(file => file.Path));
        Assert.All(sales.Files, file => Assert.StartsWith(sales.Location, file.Path, StringComparison.Ordinal));
        Assert.Equal(["October, first half", "October, second half"], sales.Files.Select(file => File.ReadAllText(store.AddressOf(file.Path).LocalPath)));
        Assert.NotNull(await harness.Catalog.FindAsync(new("raw/stores"), October, Token));
    }

    [Fact]
    public async Task Another_attempt_writes_beside_the_first_and_readers_move_to_it()
    {
        await UploadAsync(attempt: 1, Asset("raw/sales", "old"));
        var old = await harness.Catalog.FindAsync(new("raw/sales"), October, Token);
        await UploadAsync(attempt: 2, Asset("raw/sales", "new"));
        var current = await harness.Catalog.FindAsync(new("raw/sales"), October, Token);
        Assert.Equal("new", await File.ReadAllTextAsync(store.AddressOf(current!.Files[0].Path).LocalPath, Token));
        Assert.Equal("old", await File.ReadAllTextAsync(store.AddressOf(old!.Files[0].Path).LocalPath, Token));
    }

    [Fact]
    public async Task Files_of_a_failed_attempt_are_never_visible()
    {
        var gone = Asset("raw/stores", "stores");
        File.Delete(gone.Files[0].Path);
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => UploadAsync(attempt: 1, Asset("raw/sales", "sales"), gone));
        Assert.Equal("store.missing_file", failure.Code);
        Assert.Null(await harness.Catalog.FindAsync(new("raw/sales"), October, Token));
    }

    [Fact]
    public async Task Files_that_an_earlier_attempt_uploaded_are_not_uploaded_again()
    {
        harness.Services.Configure<UploadOptions>(options => options.CheckpointInterval = TimeSpan.Zero);
        var (sales, stores) = (Asset("raw/sales", "one", "two", "three"), Asset("raw/stores", "stores"));
        var stored = 0;
        harness.Reached = point =>
        {
            if (point == "upload.part" && Interlocked.Increment(ref stored) == 3) throw new IOException("The process ends here.");
        };
        await Assert.ThrowsAnyAsync<Exception>(() => UploadAsync(attempt: 1, sales, stores));
        harness.Reached = static _ => { };
        foreach (var file in sales.Files) File.Delete(file.Path);

        await UploadAsync(attempt: 2, sales, stores);

        var written = await harness.Catalog.FindAsync(new("raw/sales"), October, Token);
        Assert.All(written!.Files, file => Assert.Contains("-UploadPartitions1-1/", file.Path, StringComparison.Ordinal));
        Assert.Equal(["one", "two", "three"], written.Files.Select(file => File.ReadAllText(store.AddressOf(file.Path).LocalPath)));
        Assert.Contains("-UploadPartitions1-2/", (await harness.Catalog.FindAsync(new("raw/stores"), October, Token))!.Files[0].Path, StringComparison.Ordinal);
        Assert.Equal(("Goes on", "3 files were uploaded by an earlier attempt."), harness.Log[^1]);
    }

    [Fact]
    public async Task File_that_is_gone_from_the_store_is_uploaded_again()
    {
        harness.Services.Configure<UploadOptions>(options => options.CheckpointInterval = TimeSpan.Zero);
        var sales = Asset("raw/sales", "one", "two");
        harness.Reached = point => { if (point == "upload.stored") throw new IOException("The process ends here."); };
        await Assert.ThrowsAnyAsync<Exception>(() => UploadAsync(attempt: 1, sales));
        harness.Reached = static _ => { };
        await foreach (var file in store.ListAsync("raw/sales/", Token))
            if (file.Key.EndsWith("part-00001.parquet", StringComparison.Ordinal)) await store.DeleteAsync(file.Key, Token);

        await UploadAsync(attempt: 2, sales);

        var written = await harness.Catalog.FindAsync(new("raw/sales"), October, Token);
        Assert.Equal(["one", "two"], written!.Files.Select(file => File.ReadAllText(store.AddressOf(file.Path).LocalPath)));
        Assert.Contains("-UploadPartitions1-2/", written.Files[1].Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_of_a_worker_that_lost_its_run_stores_nothing()
    {
        harness.IsHeld = false;
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => UploadAsync(attempt: 1, Asset("raw/sales", "one")));
        Assert.Equal("run.lease_lost", failure.Code);
        Assert.Empty(await store.ListAsync("", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task An_asset_without_rows_replaces_the_earlier_one_with_nothing()
    {
        await UploadAsync(attempt: 1, Asset("quarantine/sales", "a broken row"));
        await UploadAsync(attempt: 2, Asset("quarantine/sales"));
        var current = await harness.Catalog.FindAsync(new("quarantine/sales"), October, Token);
        Assert.Equal((0L, 0), (current!.Rows, current.Files.Count));
    }

    [Fact]
    public async Task Nothing_staged_is_an_error()
    {
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => UploadAsync(attempt: 1));
        Assert.Equal("upload.nothing_staged", failure.Code);
        Assert.Equal("UploadPartitions was given no files. Set its input 'staged' to the output of GenerateSales or ImportSales.", failure.Message);
    }

    [Fact]
    public async Task A_generated_month_arrives_whole()
    {
        harness.Services.AddOptions();
        var (outputs, _) = await harness.ExecuteAsync<GenerateSales>(October, new() { ["Rows"] = 10_000 }, cancellationToken: Token);
        var (_, attempt) = await harness.ExecuteAsync<UploadPartitions>(October, new() { ["Staged"] = outputs["Staged"] }, cancellationToken: Token);
        var totals = (ControlTotals)outputs["ControlTotals"]!;
        var sales = await harness.Catalog.FindAsync(new("raw/sales"), October, Token);
        Assert.Equal((10_000L, totals.Cents / 100m), (sales!.Rows, sales.Figures["total"]));
        Assert.Equal(["customer_id", "store_id", "sales_date", "sales_person_id", "price", "quantity", "total_cost"], sales.Columns.Select(column => column.Name));
        Assert.Equal(attempt.Materializations.Sum(written => written.Bytes), harness.Progress[^1].Bytes);
    }

    async Task UploadAsync(int attempt, params StagedAsset[] assets) =>
        await harness.ExecuteAsync<UploadPartitions>(October, new() { ["Staged"] = new StagedMonth(assets) }, attempt, Token);

    StagedAsset Asset(string name, params string[] contents)
    {
        var files = contents.Select((content, i) =>
        {
            var path = Path.Combine(harness.Folder, $"{name.Replace('/', '-')}-{Guid.CreateVersion7():n}-{i}");
            File.WriteAllText(path, content);
            return new StagedFile(path, 1, content.Length);
        });
        return new(name, [.. files], [new("customer_id", "text")], new Dictionary<string, decimal> { ["total"] = 12.34m });
    }
}
