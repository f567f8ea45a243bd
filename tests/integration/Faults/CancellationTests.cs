using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orchestrator.Activities.Sales;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Faults;

/// <summary>Work that would take long ends within two seconds of being cancelled, and leaves nothing behind that holds others up.</summary>
[Collection(nameof(Alone))]
public sealed class CancellationTests(PostgresFixture postgres)
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    // Early: rows are being made. Later: a big part is being written, which one statement of DuckDB does.
    [Theory]
    [InlineData(100)]
    [InlineData(2_500)]
    public async Task Generation(int milliseconds)
    {
        using var harness = new ActivityHarness();
        harness.Services.Configure<GenerateSalesOptions>(options => options.RowsPerPart = 3_000_000);
        await EndsInTimeAsync(token => harness.ExecuteAsync<GenerateSales>(StarFiles.October, new() { ["Rows"] = 200_000_000 }, cancellationToken: token), async () =>
        {
            await Eventually.IsAsync("rows", () => harness.Progress.Count > 0);
            await Task.Delay(milliseconds, Token);
        });
    }

    [Theory]
    [InlineData(300)]
    [InlineData(1_500)]
    public async Task Import_of_a_table(int milliseconds)
    {
        using var scene = new ImportScene();
        var source = scene.WriteParquet("sales.parquet", """
            select 'C' || (i % 90000) as customer_id, 'S' || (i % 90) as store_id, date '2026-10-01' + (i % 31)::int as sales_date, 1 as quantity, (i % 9000) / 100 as total_cost
            from range(12000000) as r(i)
            """);
        await EndsInTimeAsync(token => scene.ImportAsync(source, cancellationToken: token), () => Task.Delay(milliseconds, Token));
    }

    [Fact]
    public async Task Import_of_text()
    {
        using var scene = new ImportScene();
        var path = Path.Combine(scene.Folder, "sales.csv");
        await File.WriteAllTextAsync(path, ImportScene.Header + string.Concat(Enumerable.Repeat("C000001,S001,2026-10-05,2,12.50\n", 4_000_000)), Token);
        await EndsInTimeAsync(token => scene.ImportAsync(path, cancellationToken: token), () => Task.Delay(500, Token));
    }

    [Fact]
    public async Task Upload()
    {
        using var harness = new ActivityHarness();
        harness.Services.AddSingleton<IObjectStore>(new FolderStore(new($"{harness.Folder}/store/")));
        var files = Enumerable.Range(0, 8).Select(part =>
        {
            var path = Path.Combine(harness.Folder, $"part-{part}");
            using var file = File.Create(path);
            file.SetLength(250L << 20);
            return new StagedFile(path, 1, 250L << 20);
        }).ToList();
        var staged = new StagedMonth([new("raw/sales", files, [], new Dictionary<string, decimal>())]);
        await EndsInTimeAsync(token => harness.ExecuteAsync<UploadPartitions>(StarFiles.October, new() { ["Staged"] = staged }, cancellationToken: token), () => Task.Delay(200, Token));
    }

    [Theory]
    [InlineData("select exists (select from pg_stat_progress_copy where tuples_processed > 1000)")]
    [InlineData("select exists (select from pg_stat_progress_create_index)")]
    public async Task Load(string isThere)
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 2_000_000);
        await files.QueryAsync<long>("create index ix_fact_sales_all on sales.fact_sales (customer_key, store_key, sales_person_key, price); select 1::bigint");
        await EndsInTimeAsync(token => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: token), async () =>
        {
            await Eventually.IsAsync($"'{isThere}'", () => files.QueryAsync<bool>(isThere));
        });
        Assert.Equal(0, await files.QueryAsync<long>("select count(*) from pg_class where relname like 'staging%'"));
        Assert.Equal(0, await files.QueryAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()"));
    }

    [Fact]
    public async Task Load_that_waits_for_readers()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        harness.Services.Configure<LoadOptions>(options => (options.LockTimeout, options.LockPause) = (TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20)));
        files.Write(StarFiles.October, 1_000);
        await using var reader = await files.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await reader.BeginTransactionAsync(Token);
        await using var command = new NpgsqlCommand("select count(*) from sales.fact_sales", reader);
        await command.ExecuteScalarAsync(Token);
        await EndsInTimeAsync(token => harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: token), async () =>
        {
            await Eventually.IsAsync("the load to wait for its lock", () => files.QueryAsync<bool>("select exists (select from pg_locks where not granted and mode = 'AccessExclusiveLock')"));
        });
    }

    [Fact]
    public async Task Tuning()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_500_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        await EndsInTimeAsync(token => harness.ExecuteAsync<TuneIndexes>(StarFiles.October, [], cancellationToken: token), async () =>
        {
            await Eventually.IsAsync("an index that is built", () => files.QueryAsync<bool>("select exists (select from pg_stat_progress_create_index)"));
        });
        Assert.Equal(0, await files.QueryAsync<long>("select count(*) from pg_indexes where schemaname = 'sales' and indexname like 'ix\\_%'"));
    }

    static async Task EndsInTimeAsync(Func<CancellationToken, Task> work, Func<Task> until)
    {
        using var cancellation = new CancellationTokenSource();
        var working = Task.Run(() => work(cancellation.Token), Token);
        await await Task.WhenAny(until(), working);
        Assert.False(working.IsCompleted, "It was done before it could be cancelled: make it bigger.");
        var cancelled = Stopwatch.StartNew();
        await cancellation.CancelAsync();
        var error = await Record.ExceptionAsync(() => working);
        Assert.True(error is OperationCanceledException or ActivityFailedException or NpgsqlException, error?.ToString() ?? "It went on to its end.");
        Assert.True(cancelled.Elapsed < Limit, $"It ended {cancelled.Elapsed.TotalSeconds:f1} s after it was cancelled.");
    }
}
