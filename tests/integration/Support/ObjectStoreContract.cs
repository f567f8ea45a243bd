using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Orchestrator.Activities.Store;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>What every object store must do; one class of tests for each implementation derives from it.</summary>
public abstract class ObjectStoreContract : IDisposable
{
    const string Key = "raw/sales/month=2026-10/run-UploadPartitions1-1/part-00000.parquet";

    protected string Folder { get; } = Directory.CreateTempSubdirectory("orchestrator-store-").FullName;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The store under test, empty at the start of each test.</summary>
    protected abstract IObjectStore Store { get; }

    public virtual void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task What_is_put_can_be_read()
    {
        var stored = await Store.PutFileAsync(Key, LocalFile("sales of October"), null, Token);
        Assert.Equal(new(Key, 16, Hash("sales of October")), stored);
        Assert.Equal("sales of October", await ReadAsync(Key));
    }

    [Fact]
    public async Task Store_knows_what_it_has()
    {
        Assert.Null(await Store.FindAsync(Key, Token));
        await Store.PutFileAsync(Key, LocalFile("sales of October"), null, Token);
        var found = await Store.FindAsync(Key, Token);
        Assert.Equal((Key, 16L), (found!.Key, found.Bytes));
        Assert.Contains(found.Sha256, new[] { null, Hash("sales of October") });
        await Store.DeleteAsync(Key, Token);
        Assert.Null(await Store.FindAsync(Key, Token));
    }

    [Fact]
    public async Task Bytes_are_reported_as_they_are_taken()
    {
        var taken = new Bytes();
        await Store.PutFileAsync(Key, LocalFile(new string('x', 3_000_000)), new(taken), Token);
        Assert.Equal(3_000_000, taken.Sum);
    }

    [Fact]
    public async Task An_object_is_never_overwritten()
    {
        await Store.PutFileAsync(Key, LocalFile("first"), null, Token);
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => Store.PutFileAsync(Key, LocalFile("second"), null, Token));
        Assert.Equal("store.already_exists", failure.Code);
        Assert.Equal($"The object store already has '{Key}' with other content. Objects are written once: start another attempt, which writes under its own key.", failure.Message);
        Assert.Equal("first", await ReadAsync(Key));
    }

    [Fact]
    public async Task Putting_the_same_content_again_counts_as_done()
    {
        var first = await Store.PutFileAsync(Key, LocalFile("same"), null, Token);
        Assert.Equal(first, await Store.PutFileAsync(Key, LocalFile("same"), null, Token));
    }

    [Fact]
    public async Task Of_many_writers_of_one_key_exactly_one_wins()
    {
        var files = Enumerable.Range(0, 16).Select(i => LocalFile($"writer {i}")).ToList();
        var outcomes = await Task.WhenAll(files.Select(async file =>
        {
            await Task.Yield();
            try { return (await Store.PutFileAsync(Key, file, null, Token)).Sha256; }
            catch (ActivityFailedException e) when (e.Code == "store.already_exists") { return null; }
        }));
        Assert.Equal(Hash(await ReadAsync(Key)), Assert.Single(outcomes, hash => hash is not null));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => Store.PutFileAsync(Key, Path.Combine(Folder, "gone.parquet"), null, Token));
        Assert.Equal("store.missing_file", failure.Code);
        Assert.Equal($"The file {Folder}/gone.parquet is not there, so it cannot be stored as '{Key}'. Run the activity that staged it again.", failure.Message);
    }

    [Fact]
    public async Task A_file_above_5_GB_is_refused()
    {
        var path = Path.Combine(Folder, "large.parquet");
        await using (var file = File.Create(path)) file.SetLength(5_368_709_121);
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => Store.PutFileAsync(Key, path, null, Token));
        Assert.Equal("store.file_too_large", failure.Code);
        Assert.Equal($"The file {path} has 5368709121 bytes, but the object store takes 5368709120 at most. Write the table in more parts.", failure.Message);
    }

    [Fact]
    public async Task An_empty_file_is_an_object_too()
    {
        Assert.Equal(new(Key, 0, Hash("")), await Store.PutFileAsync(Key, LocalFile(""), null, Token));
        Assert.Equal("", await ReadAsync(Key));
    }

    [Fact]
    public async Task A_large_file_comes_back_as_it_was()
    {
        var local = Path.Combine(Folder, "large");
        var content = new byte[20_000_001];
        new Random(7).NextBytes(content);
        await File.WriteAllBytesAsync(local, content, Token);
        var taken = new Bytes();
        var stored = await Store.PutFileAsync(Key, local, new(taken), Token);
        Assert.Equal(new(Key, 20_000_001, Convert.ToHexStringLower(SHA256.HashData(content))), stored);
        Assert.Equal(20_000_001, taken.Sum);
        var back = Path.Combine(Folder, "back");
        await Store.DownloadAsync((await Store.FindAsync(Key, Token))!, back, Token);
        Assert.Equal(content, await File.ReadAllBytesAsync(back, Token));
        Assert.Equal(stored, await Store.PutFileAsync(Key, local, null, Token));
        content[^1] ^= 1;
        var other = Path.Combine(Folder, "other");
        await File.WriteAllBytesAsync(other, content, Token);
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => Store.PutFileAsync(Key, other, null, Token));
        Assert.Equal("store.already_exists", failure.Code);
        Assert.Empty(await Store.ListLeftoversAsync(Token).ToListAsync(Token));
    }

    [Fact]
    public async Task An_object_that_is_not_there_is_named()
    {
        await Store.PutFileAsync(Key, LocalFile("x"), null, Token);
        var found = await Store.FindAsync(Key, Token);
        await Store.DeleteAsync(Key, Token);
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => Store.DownloadAsync(found!, Path.Combine(Folder, "back"), Token));
        Assert.Equal("store.missing_object", failure.Code);
        Assert.Equal($"The object store at {Store.Root} has no '{Key}'. Run the activity that writes it again, or put the file back.", failure.Message);
    }

    [Fact]
    public async Task Listing_gives_the_keys_of_a_prefix_in_bytewise_order()
    {
        foreach (var key in new[] { "raw/sales/b", "raw/sales/a-1", "raw/sales/a/1", "raw/stores/a", "raw/salesmen/x" }) await Store.PutFileAsync(key, LocalFile(key), null, Token);
        Assert.Equal(["raw/sales/a-1", "raw/sales/a/1", "raw/sales/b"], await KeysAsync("raw/sales/"));
        Assert.Equal(["raw/sales/a-1", "raw/sales/a/1"], await KeysAsync("raw/sales/a"));
        Assert.Empty(await KeysAsync("export/"));
    }

    [Fact]
    public async Task A_deleted_object_is_gone_and_deleting_it_again_is_fine()
    {
        await Store.PutFileAsync(Key, LocalFile("x"), null, Token);
        await Store.DeleteAsync(Key, Token);
        await Store.DeleteAsync(Key, Token);
        await Store.DeleteAsync("never/there", Token);
        Assert.Empty(await KeysAsync(""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("raw/../../outside")]
    [InlineData("raw//sales")]
    [InlineData(".tmp/half-written")]
    [InlineData("raw/Zürich")]
    [InlineData(@"raw\sales")]
    public async Task Text_that_is_no_key_is_refused(string text)
    {
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => Store.PutFileAsync(text, LocalFile("x"), null, Token));
        Assert.StartsWith($"'{text}' is not a key of the object store.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Staging_moves_a_file_in_and_finds_it_by_its_address()
    {
        var staging = NewStaging();
        var local = LocalFile("fact");
        Assert.Equal(Hash("fact"), await staging.DeliverAsync(local, Store.AddressOf(Key), Token));
        Assert.False(File.Exists(local));
        Assert.Equal("fact", await File.ReadAllTextAsync(await staging.FetchAsync(Store.AddressOf(Key), Path.Combine(Folder, "fetched"), Token), Token));
    }

    [Fact]
    public async Task A_file_that_is_not_as_its_manifest_says_is_named_before_it_is_read()
    {
        var staging = NewStaging();
        var stored = await Store.PutFileAsync(Key, LocalFile("sales"), null, Token);
        var file = new AssetFile(Key, stored.Bytes, stored.Sha256!, 1);
        Assert.Equal([Store.AddressOf(Key)], await staging.CheckAsync([file], Token));
        var shorter = await Assert.ThrowsAsync<ActivityFailedException>(() => staging.CheckAsync([file with { Bytes = 6 }], Token));
        Assert.Equal(("store.changed_object", $"'{Key}' in the object store at {Store.Root} is not what was written: 6 bytes were written, 5 are there. Run the activity that writes it again, or put the file back."),
            (shorter.Code, shorter.Message));
        await Store.DeleteAsync(Key, Token);
        var gone = await Assert.ThrowsAsync<ActivityFailedException>(() => staging.CheckAsync([file], Token));
        Assert.Equal(("store.missing_object", $"The object store at {Store.Root} has no '{Key}'. Run the activity that writes it again, or put the file back."), (gone.Code, gone.Message));
    }

    protected StoreStaging NewStaging(int megabytes = 100) =>
        new(Store, Options.Create(new StagingOptions { Folder = CacheFolder, Megabytes = megabytes }), TimeProvider.System);

    protected string CacheFolder => Path.Combine(Folder, "cache");

    protected string LocalFile(string content)
    {
        var path = Path.Combine(Folder, $"local-{Guid.CreateVersion7():n}");
        File.WriteAllText(path, content);
        return path;
    }

    protected async Task<List<string>> KeysAsync(string prefix)
    {
        var keys = new List<string>();
        await foreach (var found in Store.ListAsync(prefix, Token)) keys.Add(found.Key);
        return keys;
    }

    protected async Task<string> ReadAsync(string key)
    {
        var path = Path.Combine(Folder, $"read-{Guid.CreateVersion7():n}");
        await Store.DownloadAsync((await Store.FindAsync(key, Token))!, path, Token);
        return await File.ReadAllTextAsync(path, Token);
    }

    protected static string Hash(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    protected sealed class Bytes : IProgress<long>
    {
        long sum;

        public long Sum => Interlocked.Read(ref sum);

        public void Report(long value) => Interlocked.Add(ref sum, value);
    }
}
