using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Sales;
using Orchestrator.Activities.Store;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.S3;

/// <summary>A gigabyte in one object, and an activity that goes on with it after a crash.</summary>
public sealed class S3LargeTests : IAsyncLifetime
{
    const string EndpointVariable = "TEST_S3_ENDPOINT", StoreVariable = "TEST_S3_STORE", FileVariable = "TEST_S3_FILE";
    const string Key = "raw/sales/large.bin";

    readonly string folder = Directory.CreateTempSubdirectory("orchestrator-s3-large-").FullName;
    S3Server server = null!;
    string bucket = "";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server = await S3Server.StartAsync(Directory.CreateDirectory(Path.Combine(folder, "server")).FullName);
        bucket = await server.CreateBucketAsync();
    }

    public ValueTask DisposeAsync()
    {
        server?.Dispose();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    [TestLimit(minutes: 8)]
    public async Task A_gigabyte_goes_up_and_comes_down_in_a_heap_of_96_MB()
    {
        var local = Path.Combine(folder, "large");
        await using (var file = File.Create(local))
        {
            var block = new byte[1 << 20];
            var random = new Random(11);
            for (var i = 0; i < 1_024; i++)
            {
                random.NextBytes(block.AsSpan(0, 4_096)); // No two blocks are equal.
                await file.WriteAsync(block, Token);
            }
        }
        var exit = await ChildTest.RunAsync(nameof(Gigabyte_in_this_process), new()
        {
            [EndpointVariable] = server.Endpoint.AbsoluteUri, [StoreVariable] = $"s3://{bucket}/p", [FileVariable] = local,
            // What an upload or a download may take, 64 MB, and what the runtime and this test take.
            ["DOTNET_GCHeapHardLimit"] = (96 << 20).ToString("X", CultureInfo.InvariantCulture),
        });
        Assert.Equal(0, exit);
        Assert.Equal(128, (await server.CallsAsync()).Count(call => call is { IsPart: true, Status: 200 }));
    }

    [Fact(Explicit = true)]
    public async Task Gigabyte_in_this_process()
    {
        Assert.Equal(96 << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        var local = Environment.GetEnvironmentVariable(FileVariable)!;
        using var store = server.Store(Environment.GetEnvironmentVariable(StoreVariable)!, endpoint: new(Environment.GetEnvironmentVariable(EndpointVariable)!));
        string expected;
        await using (var file = File.OpenRead(local)) expected = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, Token));
        var stored = await store.PutFileAsync(Key, local, null, Token);
        Assert.Equal(new(Key, 1L << 30, expected), stored);
        File.Delete(local);
        await store.DownloadAsync((await store.FindAsync(Key, Token))!, local, Token);
        await using var back = File.OpenRead(local);
        Assert.Equal(expected, Convert.ToHexStringLower(await SHA256.HashDataAsync(back, Token)));
    }

    [Fact]
    public async Task The_next_attempt_of_an_upload_sends_only_the_parts_that_are_missing()
    {
        var local = Path.Combine(folder, "staged");
        var content = new byte[40_000_000];
        new Random(5).NextBytes(content);
        await File.WriteAllBytesAsync(local, content, Token);
        var http = new FaultyHttp();
        var parts = 0;
        http.Decide = (request, _) =>
        {
            if (request.Method == HttpMethod.Put && request.RequestUri!.Query.Contains("partNumber", StringComparison.Ordinal) && Interlocked.Increment(ref parts) == 5) server.Kill(); // One of the first four is stored by then.
            return HttpFault.None;
        };
        using var harness = new ActivityHarness();
        using var store = server.Store($"s3://{bucket}/p", http: http, retryFor: TimeSpan.FromMilliseconds(500));
        harness.Services.AddSingleton<IObjectStore>(store);
        var staged = new StagedMonth([new("raw/sales", [new(local, 7, content.Length)], [new("customer_id", "text")], new Dictionary<string, decimal>())]);
        var month = Partition.Parse("2026-10");
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => harness.ExecuteAsync<UploadPartitions>(month, new() { ["Staged"] = staged }, 1, Token));
        Assert.Equal("infrastructure.object_store", failure.Code);
        Assert.Null(await harness.Catalog.FindAsync(new("raw/sales"), month, Token));
        var before = http.Calls.Count(call => call is { IsPart: true, Status: 200 });
        Assert.NotNull(harness.Checkpoint);

        http.Decide = static (_, _) => HttpFault.None;
        await server.RestartAsync();
        await harness.ExecuteAsync<UploadPartitions>(month, new() { ["Staged"] = staged }, 2, Token);

        // A part whose answer the kill swallowed may be sent twice; none that was answered is.
        var written = await harness.Catalog.FindAsync(new("raw/sales"), month, Token);
        Assert.Contains("-UploadPartitions1-1/", written!.Files[0].Path, StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), written.Files[0].Sha256);
        Assert.InRange(http.Calls.Count(call => call is { IsPart: true, Status: 200 }), before, 5);
        Assert.Empty(await store.ListLeftoversAsync(Token).ToListAsync(Token));
        Assert.Equal(content.Length, harness.Progress[^1].Bytes);
    }
}
