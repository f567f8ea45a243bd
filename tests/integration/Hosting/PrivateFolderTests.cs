using System.Runtime.Versioning;
using Orchestrator.Server.Machine;

namespace Orchestrator.Tests.Integration.Hosting;

/// <summary>What other users of the machine can read of a data folder and a store.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class PrivateFolderTests : IDisposable
{
    const UnixFileMode User = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    const UnixFileMode Everybody = UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    readonly DataFolder data = new();

    [Fact]
    public async Task Nobody_else_reads_a_data_folder_or_a_store_neither_new_files_nor_those_of_before()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no such permissions.");
        var folder = Path.Combine(data.Path, "data");
        var store = Path.Combine(data.Path, "store");
        var old = Path.Combine(folder, "work", "run", "rows.csv");
        var stored = Path.Combine(store, "raw", "part.parquet");
        foreach (var file in new[] { old, stored })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, "x", TestContext.Current.CancellationToken);
            for (var at = file; at != data.Path; at = Path.GetDirectoryName(at)!) File.SetUnixFileMode(at,
                File.GetUnixFileMode(at) | Everybody);
        }

        var ran = await OrchestratorProcess.RunAsync("run", "monthly-sales", "--partition", "2026-10", "--input", "rows=200", "--data",
            folder, "--store", new Uri(store).AbsoluteUri);

        Assert.True(ran.ExitCode == 0, ran.Error);
        // The user that PostgreSQL runs as passes through to its own folder.
        var passage = Environment.IsPrivilegedProcess ? UnixFileMode.GroupExecute : UnixFileMode.None;
        Assert.Equal(User | passage, File.GetUnixFileMode(folder));
        Assert.Equal(User, File.GetUnixFileMode(store));
        var open = new[] { folder, store }.SelectMany(root => Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories))
            .Where(path => (File.GetUnixFileMode(path) & ~User) != UnixFileMode.None && path != Path.Combine(folder, "postgres"));
        Assert.Empty(open);
        Assert.Equal(User | passage, File.GetUnixFileMode(Path.Combine(folder, "postgres")));
        Assert.Contains(Directory.EnumerateFiles(store, "*.parquet", SearchOption.AllDirectories), path => path != stored);
    }

    [Fact]
    public async Task Store_that_is_shared_on_purpose_keeps_its_permissions()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no such permissions.");
        var store = Directory.CreateDirectory(Path.Combine(data.Path, "store")).FullName;
        File.SetUnixFileMode(store, User | Everybody);

        using var process = OrchestratorProcess.Start(new Dictionary<string, string> { ["Store__Shared"] = "true" },
            "runs", "list", "--data", Path.Combine(data.Path, "data"), "--store", new Uri(store).AbsoluteUri);

        Assert.Equal(0, (await process.EndAsync()).ExitCode);
        Assert.Equal(User | Everybody, File.GetUnixFileMode(store));
    }

    [Fact]
    public void Folder_that_belongs_to_everybody_is_not_closed()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no such permissions.");
        var shared = Directory.CreateDirectory(Path.Combine(data.Path, "shared")).FullName;
        File.SetUnixFileMode(shared, User | Everybody | UnixFileMode.StickyBit);
        var work = Directory.CreateDirectory(Path.Combine(shared, "work")).FullName;
        File.SetUnixFileMode(work, User | Everybody);

        PrivateFolder.CloseData(shared);
        PrivateFolder.CloseStore(shared);

        Assert.Equal(User | Everybody | UnixFileMode.StickyBit, File.GetUnixFileMode(shared));
        Assert.Equal(User, File.GetUnixFileMode(work));
    }

    public void Dispose() => data.Dispose();
}
