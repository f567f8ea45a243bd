using Orchestrator.Activities.Store;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Store;

public sealed class FolderStoreTests : ObjectStoreContract
{
    const string Key = "raw/sales/part-00000.parquet";

    protected override IObjectStore Store => field ??= StoreAt("store #1, 100% full of spaces");

    [Fact]
    public async Task A_stored_file_is_read_only_and_leaves_no_half_written_one()
    {
        await Store.PutFileAsync(Key, LocalFile("x"), null, Token);
        Assert.True(File.GetAttributes(Store.AddressOf(Key).LocalPath).HasFlag(FileAttributes.ReadOnly));
        Assert.Equal([Key], await KeysAsync(""));
        Assert.Single(Directory.GetFiles(Store.Root.LocalPath, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_file_of_another_file_system_is_copied()
    {
        using var disk = SmallDisk.Mount(Path.Combine(Folder, "disk"));
        var store = StoreAt("disk/store");
        var local = LocalFile("from elsewhere");
        await store.PutFileAsync(Key, local, null, Token);
        Assert.Equal("from elsewhere", await File.ReadAllTextAsync(store.AddressOf(Key).LocalPath, Token));
        Assert.True(File.Exists(local));
        Assert.Empty(Directory.GetFiles(Path.Combine(Folder, "disk/store/.tmp")));
    }

    [Fact]
    public async Task A_full_disk_is_reported_and_leaves_nothing()
    {
        using var disk = SmallDisk.Mount(Path.Combine(Folder, "disk"));
        var store = StoreAt("disk/store");
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => store.PutFileAsync(Key, LocalFile(new string('x', 1_000_000)), null, Token));
        Assert.Equal("store.full", failure.Code);
        Assert.Equal($"The object store at {store.Root} is full: '{Key}' needs 1000000 bytes. Free space there, or give another store with --store.", failure.Message);
        Assert.Empty(Directory.GetFiles(Path.Combine(Folder, "disk"), "*", SearchOption.AllDirectories));
        await store.PutFileAsync(Key, LocalFile("small enough"), null, Token);
    }

    [Fact]
    public async Task A_read_only_folder_is_reported()
    {
        using var disk = SmallDisk.Mount(Path.Combine(Folder, "disk"));
        var store = StoreAt("disk/store");
        disk.MakeReadOnly();
        await IsRefusedAsReadOnlyAsync(store);
    }

    [Fact]
    public async Task A_folder_without_permission_is_reported()
    {
        var store = StoreAt("closed/store");
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess) Assert.Skip("Root may write everywhere.");
        else Directory.CreateDirectory(Path.Combine(Folder, "closed"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await IsRefusedAsReadOnlyAsync(store);
    }

    [Theory]
    [InlineData("https://example.org/store/")]
    [InlineData("s3://bucket/store/")]
    public void An_address_that_is_no_folder_is_refused(string address)
    {
        var failure = Assert.Throws<ArgumentException>(() => new FolderStore(new(address)));
        Assert.StartsWith($"'{address}' is not the address of a folder, such as file:///srv/store/.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_root_ends_in_a_slash_however_it_was_written()
    {
        Assert.Equal(new FolderStore(new($"file://{Folder}")).Root, new FolderStore(new($"file://{Folder}/")).Root);
        Assert.EndsWith("/", StoreAt("x").Root.AbsoluteUri, StringComparison.Ordinal);
    }

    async Task IsRefusedAsReadOnlyAsync(FolderStore store)
    {
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => store.PutFileAsync(Key, LocalFile("x"), null, Token));
        Assert.Equal("store.read_only", failure.Code);
        Assert.Equal($"The object store at {store.Root} cannot be written by this user: '{Key}' was refused. Make the folder writable, or give another store with --store.", failure.Message);
    }

    FolderStore StoreAt(string name) => new(new(Path.Combine(Folder, name)));
}
