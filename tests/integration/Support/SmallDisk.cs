using System.Runtime.InteropServices;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>A file system in memory of a few hundred kilobytes, to run full or to be read-only; only root can have one.</summary>
public sealed partial class SmallDisk : IDisposable
{
    const ulong ReadOnly = 1, Remount = 32, Detach = 2;

    SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Mounts one; the test is skipped where that is not allowed.</summary>
    public static SmallDisk Mount(string folder, string size = "256k")
    {
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsLinux() || mount("tmpfs", folder, "tmpfs", 0, $"size={size}") != 0) Assert.Skip("Only root on Linux can mount a small disk.");
        return new(folder);
    }

    public void MakeReadOnly() => Assert.Equal(0, mount("tmpfs", Folder, "tmpfs", ReadOnly | Remount, null));

    public void Dispose() => _ = umount2(Folder, (int)Detach);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string type, ulong flags, string? data);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);
}
