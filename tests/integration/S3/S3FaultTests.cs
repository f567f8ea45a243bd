using System.Security.Cryptography;
using Orchestrator.Activities.Store.S3;
using Orchestrator.Tests.Integration.Faults;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.S3;

/// <summary>A server of its own that is cut off, slowed down, killed or filled up. Either the file is stored whole in the end, or nothing is and the cause is told.</summary>
public sealed class S3FaultTests : IAsyncLifetime
{
    const string Key = "raw/sales/part-00000.parquet";
    const int Size = 40_000_000;

    readonly string folder = Directory.CreateTempSubdirectory("orchestrator-s3-faults-").FullName;
    readonly FaultyHttp http = new();
    S3Server server = null!;
    Toxiproxy? proxy;
    string bucket = "", local = "", hash = "";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server = await S3Server.StartAsync(Directory.CreateDirectory(Path.Combine(folder, "server")).FullName);
        bucket = await server.CreateBucketAsync();
        local = Path.Combine(folder, "local");
        var content = new byte[Size];
        new Random(3).NextBytes(content);
        await File.WriteAllBytesAsync(local, content, Token);
        hash = Convert.ToHexStringLower(SHA256.HashData(content));
    }

    public ValueTask DisposeAsync()
    {
        proxy?.Dispose();
        server?.Dispose();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_connection_cut_in_the_middle_of_a_part_costs_only_that_part()
    {
        using var store = await BehindProxyAsync();
        await proxy!.LimitAsync(3_000_000);
        var healing = HealOnceAsync();
        Assert.Equal(hash, (await store.PutFileAsync(Key, local, null, Token)).Sha256);
        await healing;
        await IsWholeAsync(store);
        Assert.Empty(await store.ListLeftoversAsync(Token).ToListAsync(Token));

        async Task HealOnceAsync()
        {
            while (http.Sent < 8) await Task.Delay(20, Token);
            await proxy.HealAsync();
        }
    }

    [Fact]
    public async Task A_server_killed_while_it_completes_an_upload_has_it_whole_in_the_end()
    {
        var killed = 0;
        Task? restarting = null;
        http.Decide = (request, _) =>
        {
            if (request.Method != HttpMethod.Post || !request.RequestUri!.Query.Contains("uploadId", StringComparison.Ordinal)) return HttpFault.None;
            if (Interlocked.Exchange(ref killed, 1) == 1) return HttpFault.None;
            restarting = Task.Run(() => server.BeAwayAsync(TimeSpan.FromSeconds(1)), Token);
            return HttpFault.None;
        };
        using var store = server.Store($"s3://{bucket}/p", http: http);
        Assert.Equal(hash, (await store.PutFileAsync(Key, local, null, Token)).Sha256);
        await restarting!;
        await IsWholeAsync(store);
    }

    [Fact]
    public async Task A_server_killed_between_parts_is_waited_for()
    {
        var parts = 0;
        Task? restarting = null;
        http.Decide = (request, _) =>
        {
            if (request.Method == HttpMethod.Put && Interlocked.Increment(ref parts) == 3)
            {
                server.Kill();
                restarting = Task.Run(async () =>
                {
                    await Task.Delay(2_000, Token);
                    await server.RestartAsync();
                }, Token);
            }
            return HttpFault.None;
        };
        using var store = server.Store($"s3://{bucket}/p", http: http);
        Assert.Equal(hash, (await store.PutFileAsync(Key, local, null, Token)).Sha256);
        await restarting!;
        await IsWholeAsync(store);
    }

    [Fact]
    public async Task A_download_survives_the_server()
    {
        using var store = server.Store($"s3://{bucket}/p", http: http);
        await store.PutFileAsync(Key, local, null, Token);
        Task? restarting = null;
        var gets = 0;
        http.Decide = (request, _) =>
        {
            if (request.Method == HttpMethod.Get && Interlocked.Increment(ref gets) == 3)
            {
                server.Kill();
                restarting = Task.Run(server.RestartAsync, Token);
            }
            return HttpFault.None;
        };
        await IsWholeAsync(store);
        await restarting!;
    }

    [Fact]
    public async Task Two_seconds_of_latency_only_take_time()
    {
        using var store = await BehindProxyAsync();
        await proxy!.DelayAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(hash, (await store.PutFileAsync(Key, local, null, Token)).Sha256);
        await IsWholeAsync(store);
    }

    [Fact]
    public async Task A_server_that_is_away_for_good_is_said_to_be()
    {
        using var store = server.Store($"s3://{bucket}/p", retryFor: TimeSpan.FromMilliseconds(500));
        server.Kill();
        var failure = await FailureAsync(store);
        Assert.Equal(("infrastructure.object_store", true), (failure.Code, failure.IsRetryable));
        Assert.StartsWith($"The object store at {store.Root} failed to store '{Key}': ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_secret_and_an_unknown_key_are_told_without_the_secret()
    {
        foreach (var identity in new[] { S3Server.Root with { Secret = "not-the-secret" }, new S3Identity("nobody", "whatever12345678") })
        {
            using var store = server.Store($"s3://{bucket}/p", identity);
            var failure = await FailureAsync(store);
            Assert.Equal(("store.credentials_refused", false), (failure.Code, failure.IsRetryable));
            Assert.DoesNotContain(identity.Secret, failure.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_clock_that_is_off_is_told()
    {
        // The SDK's clock is set for a whole process.
        var exit = await ChildTest.RunAsync(nameof(Clock_of_this_process_is_off), new() { [EndpointVariable] = server.Endpoint.AbsoluteUri, [BucketVariable] = bucket });
        Assert.Equal(0, exit);
    }

    const string EndpointVariable = "TEST_S3_ENDPOINT", BucketVariable = "TEST_S3_BUCKET";

    [Fact(Explicit = true)]
    public async Task Clock_of_this_process_is_off()
    {
        Amazon.AWSConfigs.ManualClockCorrection = TimeSpan.FromMinutes(-30);
        using var store = server.Store($"s3://{Environment.GetEnvironmentVariable(BucketVariable)}/p", endpoint: new(Environment.GetEnvironmentVariable(EndpointVariable)!));
        var failure = await FailureAsync(store);
        Assert.Equal("store.clock_skew", failure.Code);
        Assert.Equal($"The object store {store.Root} refuses requests whose time differs from its own by more than 15 minutes. Set the clocks of this machine and of the server, such as by NTP.", failure.Message);
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_named_whatever_is_done()
    {
        using var store = server.Store("s3://no-such-bucket/p");
        var expected = $"The bucket 'no-such-bucket' of the object store {store.Root} does not exist. Create it, or give another store with --store.";
        Assert.Equal(("store.no_bucket", expected), Told(await FailureAsync(store)));
        Assert.Equal(("store.no_bucket", expected), Told(await Assert.ThrowsAsync<ActivityFailedException>(() => store.FindAsync(Key, Token))));
        Assert.Equal(("store.no_bucket", expected), Told(await Assert.ThrowsAsync<ActivityFailedException>(async () => await store.ListAsync("", Token).ToListAsync(Token))));

        static (string, string) Told(ActivityFailedException failure) => (failure.Code, failure.Message);
    }

    [Fact]
    public async Task A_full_disk_of_the_server_is_told_and_leaves_nothing_to_see()
    {
        using var disk = SmallDisk.Mount(Path.Combine(folder, "disk"), "48m");
        using var small = await S3Server.StartAsync(disk.Folder);
        using var store = small.Store($"s3://{await small.CreateBucketAsync()}/p");
        var first = await store.PutFileAsync("raw/fits", LocalFile(1_000_000), null, Token);
        // 40 MB of parts fit, and then there is no room to put them together; or there is none for the last part.
        var failure = await FailureAsync(store);
        Assert.Equal("store.full", failure.Code);
        Assert.StartsWith($"The object store at {store.Root} is full: it could not store '{Key}'.", failure.Message, StringComparison.Ordinal);
        Assert.Equal([first.Key], await store.ListAsync("", Token).Select(found => found.Key).ToListAsync(Token));
        Assert.Empty(await store.ListLeftoversAsync(Token).ToListAsync(Token));
        await store.PutFileAsync("raw/fits-too", LocalFile(1_000_001), null, Token);
        small.Kill();
    }

    async Task<S3Store> BehindProxyAsync()
    {
        proxy = await Toxiproxy.StartAsync(server.Endpoint.Port);
        return server.Store($"s3://{bucket}/p", endpoint: new($"http://127.0.0.1:{proxy.Port}"), http: http);
    }

    Task<ActivityFailedException> FailureAsync(S3Store store) => Assert.ThrowsAsync<ActivityFailedException>(() => store.PutFileAsync(Key, local, null, Token));

    string LocalFile(int bytes)
    {
        var path = Path.Combine(folder, $"local-{bytes}");
        File.WriteAllBytes(path, new byte[bytes]);
        return path;
    }

    async Task IsWholeAsync(S3Store store)
    {
        var back = Path.Combine(folder, $"back-{Guid.CreateVersion7():n}");
        await store.DownloadAsync((await store.FindAsync(Key, Token))!, back, Token);
        await using var file = File.OpenRead(back);
        Assert.Equal(hash, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, Token)));
    }
}
