using Orchestrator.Activities.Store;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.S3;

/// <summary>The bucket policy that is shipped lets a writer and a reader do what they need, and no more.</summary>
public sealed class S3PolicyTests(S3Fixture fixture) : IAsyncLifetime
{
    const string Key = "raw/sales/part-00000.parquet";

    readonly string folder = Directory.CreateTempSubdirectory("orchestrator-s3-policy-").FullName;
    S3Server server = null!;
    string bucket = "";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server = await fixture.ServerAsync();
        var policy = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "activities", "Store", "S3", "bucket-policy.json"), Token);
        bucket = await server.CreateBucketAsync(policy.Replace("PREFIX", "platform", StringComparison.Ordinal).Replace("WRITER", "writer", StringComparison.Ordinal).Replace("READER", "reader", StringComparison.Ordinal));
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_writer_may_do_all_that_the_platform_does_below_its_prefix_only()
    {
        using var store = server.Store($"s3://{bucket}/platform", S3Server.Writer);
        var probed = await StoreProbe.RunAsync(store, folder, TimeProvider.System, Token);
        Assert.Equal(["written", "protected from overwriting", "read", "deleted"], probed.Select(step => step[..step.IndexOf(" in ", StringComparison.Ordinal)]));
        Assert.Equal(20_000_000, (await store.PutFileAsync(Key, LocalFile(20_000_000), null, Token)).Bytes);
        Assert.Equal([Key], await store.ListAsync("raw/", Token).Select(found => found.Key).ToListAsync(Token));
        Assert.Null(await store.FindAsync("raw/none", Token));
        Assert.Empty(await store.ListLeftoversAsync(Token).ToListAsync(Token));
        await store.DeleteAsync(Key, Token);

        using var elsewhere = server.Store($"s3://{bucket}/other", S3Server.Writer);
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => elsewhere.PutFileAsync(Key, LocalFile(10), null, Token));
        Assert.Equal("store.read_only", failure.Code);
    }

    [Fact]
    public async Task A_reader_reads_and_is_told_that_it_may_not_write()
    {
        using var writer = server.Store($"s3://{bucket}/platform", S3Server.Writer);
        await writer.PutFileAsync(Key, LocalFile(20_000_000), null, Token);
        using var store = server.Store($"s3://{bucket}/platform", S3Server.Reader);
        var found = await store.FindAsync(Key, Token);
        await store.DownloadAsync(found!, Path.Combine(folder, "back"), Token);
        Assert.Equal(20_000_000, new FileInfo(Path.Combine(folder, "back")).Length);
        Assert.Null(await store.FindAsync("raw/none", Token));

        foreach (var bytes in new[] { 10, 20_000_000 })
        {
            var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => store.PutFileAsync("raw/mine", LocalFile(bytes), null, Token));
            Assert.Equal(("store.read_only", $"The object store at {store.Root} cannot be written by this user: it refused to store 'raw/mine'. Allow what activities/README.md lists for a writer, or give another store with --store."),
                (failure.Code, failure.Message));
        }
        Assert.Equal("store.read_only", (await Assert.ThrowsAsync<ActivityFailedException>(() => store.DeleteAsync(Key, Token))).Code);
        Assert.NotNull(await store.FindAsync(Key, Token));
    }

    [Fact]
    public async Task Who_is_not_named_gets_nothing()
    {
        using var closed = server.Store($"s3://{await server.CreateBucketAsync()}/p", S3Server.Reader);
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => closed.FindAsync(Key, Token));
        Assert.Equal("store.access_denied", failure.Code);
        Assert.Equal($"The object store at {closed.Root} refused to look at '{Key}' (Forbidden). Allow what activities/README.md lists for a reader.", failure.Message);
    }

    string LocalFile(int bytes)
    {
        var path = Path.Combine(folder, $"local-{bytes}");
        if (!File.Exists(path)) File.WriteAllBytes(path, new byte[bytes]);
        return path;
    }
}
