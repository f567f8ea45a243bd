using System.Security.Cryptography;
using System.Text;
using Orchestrator.Activities.Store;
using Orchestrator.Workflows.Activities;

namespace Orchestrator.Tests.Integration;

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
        Assert.False(await Store.ExistsAsync(Key, Token));
        await Store.PutFileAsync(Key, LocalFile("sales of October"), null, Token);
        Assert.True(await Store.ExistsAsync(Key, Token));
        await Store.DeleteAsync(Key, Token);
        Assert.False(await Store.ExistsAsync(Key, Token));
    }

    [Fact]
    public async Task Bytes_are_reported_as_they_are_taken()
    {
        var taken = new Bytes();
        await Store.PutFileAsync(Key, LocalFile(new string('x', 3_000_000)), taken, Token);
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
    public async Task A_file_above_256_MB_is_refused()
    {
        var path = Path.Combine(Folder, "large.parquet");
        await using (var file = File.Create(path)) file.SetLength(268_435_457);
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => Store.PutFileAsync(Key, path, null, Token));
        Assert.Equal("store.file_too_large", failure.Code);
        Assert.Equal($"The file {path} has 268435457 bytes, but the object store takes 268435456 at most. Write the table in more parts.", failure.Message);
    }

    [Fact]
    public async Task An_object_that_is_not_there_is_named()
    {
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => Store.OpenReadAsync(Key, Token));
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
        var staging = new StoreStaging(Store);
        var local = LocalFile("fact");
        Assert.Equal(Hash("fact"), await staging.DeliverAsync(local, Store.AddressOf(Key), Token));
        Assert.False(File.Exists(local));
        Assert.Equal("fact", await File.ReadAllTextAsync(await staging.FetchAsync(Store.AddressOf(Key), Token), Token));
    }

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

    async Task<string> ReadAsync(string key)
    {
        using var reader = new StreamReader(await Store.OpenReadAsync(key, Token));
        return await reader.ReadToEndAsync(Token);
    }

    static string Hash(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    sealed class Bytes : IProgress<long>
    {
        public long Sum { get; private set; }

        public void Report(long value) => Sum += value;
    }
}
