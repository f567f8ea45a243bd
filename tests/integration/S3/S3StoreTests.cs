using Amazon.S3.Model;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Store.S3;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.S3;

/// <summary>The contract on a real S3 server, and what is S3's own.</summary>
public sealed class S3StoreTests(S3Fixture fixture) : ObjectStoreContract, IAsyncLifetime
{
    const string Key = "raw/sales/part-00000.parquet";

    readonly FaultyHttp http = new();
    S3Server server = null!;
    string bucket = "";
    S3Store store = null!;

    protected override IObjectStore Store => store;

    public async ValueTask InitializeAsync()
    {
        server = await fixture.ServerAsync();
        bucket = await server.CreateBucketAsync();
        store = server.Store($"s3://{bucket}/pre.fix/of_ours", http: http);
    }

    public async ValueTask DisposeAsync()
    {
        store?.Dispose();
        Dispose();
        await Task.CompletedTask;
    }

    [Fact]
    public async Task All_keys_lie_below_the_prefix_and_others_are_not_seen()
    {
        using var other = server.Store($"s3://{bucket}/pre.fix/of_ours2");
        await other.PutFileAsync(Key, LocalFile("theirs"), null, Token);
        await store.PutFileAsync(Key, LocalFile("ours"), null, Token);
        Assert.Equal([Key], await KeysAsync(""));
        using var client = server.Client();
        var all = await client.ListObjectsV2Async(new() { BucketName = bucket }, Token);
        Assert.Equal([$"pre.fix/of_ours/{Key}", $"pre.fix/of_ours2/{Key}"], all.S3Objects.Select(found => found.Key));
        Assert.Equal(new($"s3://{bucket}/pre.fix/of_ours/{Key}"), store.AddressOf(Key));
    }

    [Fact]
    public async Task Listing_goes_on_past_a_thousand_keys()
    {
        await Parallel.ForAsync(0, 1_005, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (i, token) =>
        {
            using var client = server.Client();
            await client.PutObjectAsync(new() { BucketName = bucket, Key = $"pre.fix/of_ours/raw/n-{i:d5}", ContentBody = "x" }, token);
        });
        Assert.Equal(Enumerable.Range(0, 1_005).Select(i => $"raw/n-{i:d5}"), await KeysAsync("raw/"));
    }

    [Fact]
    public async Task An_object_that_others_stored_with_the_same_content_counts_as_stored()
    {
        using var client = server.Client();
        await client.PutObjectAsync(new() { BucketName = bucket, Key = $"pre.fix/of_ours/{Key}", ContentBody = "same" }, Token);
        Assert.Equal(new(Key, 4, Hash("same")), await store.PutFileAsync(Key, LocalFile("same"), null, Token));
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => store.PutFileAsync(Key, LocalFile("else"), null, Token));
        Assert.Equal("store.already_exists", failure.Code);
    }

    [Fact]
    public async Task A_file_that_was_replaced_while_it_is_fetched_is_named()
    {
        await store.PutFileAsync(Key, LocalFile("sales"), null, Token);
        var found = await store.FindAsync(Key, Token);
        await ReplaceAsync("other");
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => store.DownloadAsync(found!, Path.Combine(Folder, "back"), Token));
        Assert.Equal("store.changed_object", failure.Code);
        Assert.Contains(Key, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_that_is_not_what_the_manifest_says_never_reaches_a_reader()
    {
        var stored = await store.PutFileAsync(Key, LocalFile("sales"), null, Token);
        await ReplaceAsync("other");
        var staging = NewStaging();
        // Same size, and no hash in the metadata: only the content tells.
        await staging.CheckAsync([new(Key, stored.Bytes, stored.Sha256!, 1)], Token);
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => staging.FetchAsync(store.AddressOf(Key), Path.Combine(Folder, "session"), Token));
        Assert.Equal("store.changed_object", failure.Code);
        Assert.Contains(Key, failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Folder, "session")));
        Assert.Empty(Directory.GetFiles(CacheFolder));
    }

    [Fact]
    public async Task Fetched_files_are_kept_and_fetched_once()
    {
        var stored = await store.PutFileAsync(Key, LocalFile("sales"), null, Token);
        var staging = NewStaging();
        var first = await staging.FetchAsync((await staging.CheckAsync([new(Key, 5, stored.Sha256!, 1)], Token))[0], Path.Combine(Folder, "a"), Token);
        http.Forget();
        var second = await staging.FetchAsync(store.AddressOf(Key), Path.Combine(Folder, "b"), Token);
        Assert.NotEqual(first, second);
        Assert.Equal("sales", await File.ReadAllTextAsync(second, Token));
        Assert.Empty(http.Calls);
    }

    [Fact]
    public async Task What_is_kept_stays_below_its_limit_and_what_is_in_use_is_there()
    {
        var staging = NewStaging(megabytes: 1);
        var addresses = new List<Uri>();
        foreach (var part in Enumerable.Range(0, 4))
        {
            var stored = await store.PutFileAsync($"raw/sales/{part}", LocalFile(new string((char)('a' + part), 400_000)), null, Token);
            addresses.AddRange(await staging.CheckAsync([new(stored.Key, stored.Bytes, stored.Sha256!, 1)], Token));
        }
        var fetched = new List<string>();
        foreach (var address in addresses) fetched.Add(await staging.FetchAsync(address, Path.Combine(Folder, "session"), Token));
        Assert.Equal(2, Directory.GetFiles(CacheFolder).Length);
        Assert.Equal(["a", "b", "c", "d"], fetched.Select(path => File.ReadAllText(path)[..1]));
    }

    [Fact]
    public async Task What_an_engine_wrote_is_not_fetched_again()
    {
        var staging = NewStaging();
        var hash = await staging.DeliverAsync(LocalFile("fact"), store.AddressOf(Key), Token);
        http.Forget();
        var address = (await staging.CheckAsync([new(Key, 4, hash, 1)], Token))[0];
        Assert.Equal("fact", await File.ReadAllTextAsync(await staging.FetchAsync(address, Path.Combine(Folder, "session"), Token), Token));
        Assert.Equal("HEAD", Assert.Single(http.Calls).Method);
    }

    [Fact]
    public async Task Uploads_that_were_never_completed_are_leftovers_with_their_size()
    {
        using var client = server.Client();
        var begun = await client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = bucket, Key = $"pre.fix/of_ours/{Key}" }, Token);
        await client.UploadPartAsync(new() { BucketName = bucket, Key = begun.Key, UploadId = begun.UploadId, PartNumber = 1, InputStream = new MemoryStream(new byte[1_000]) }, Token);
        var leftover = Assert.Single(await store.ListLeftoversAsync(Token).ToListAsync(Token));
        Assert.Equal(($"{Key}?uploadId={begun.UploadId}", 1_000L), (leftover.Key, leftover.Bytes));
        Assert.InRange(leftover.WrittenAt!.Value, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5));
        await store.DeleteLeftoverAsync(leftover, Token);
        await store.DeleteLeftoverAsync(leftover, Token);
        Assert.Empty(await store.ListLeftoversAsync(Token).ToListAsync(Token));
    }

    async Task ReplaceAsync(string content)
    {
        using var client = server.Client();
        await client.PutObjectAsync(new() { BucketName = bucket, Key = $"pre.fix/of_ours/{Key}", ContentBody = content }, Token);
    }
}
