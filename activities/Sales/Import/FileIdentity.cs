using System.Runtime.InteropServices;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>A file or folder as the file system knows it: all its names, links among them, have the same identity.</summary>
/// <param name="Id">Device and inode on Linux; elsewhere the path behind symbolic links.</param>
/// <param name="IsFolder">Whether it is a folder.</param>
/// <param name="IsFile">Whether it is a regular file: no device, pipe or socket.</param>
readonly partial record struct FileIdentity(string Id, bool IsFolder, bool IsFile)
{
    const int CurrentFolder = -100, BasicStats = 0x7FF, TypeMask = 0xF000, Folder = 0x4000, RegularFile = 0x8000;

    /// <summary>Finds the file that a path leads to.</summary>
    /// <returns>Null if it leads to nothing.</returns>
    public static FileIdentity? Of(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            if (statx(CurrentFolder, path, 0, BasicStats, out var found) != 0) return null;
            var type = found.Mode & TypeMask;
            return new($"{found.DeviceMajor}:{found.DeviceMinor}:{found.Inode}", type == Folder, type == RegularFile);
        }
        FileSystemInfo entry = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (!entry.Exists) return null;
        return new(entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? entry.FullName, entry is DirectoryInfo, entry is FileInfo);
    }

#pragma warning disable IDE1006, CA5392 // The name is libc's, and libc comes from the system.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, out Status status);
#pragma warning restore IDE1006, CA5392

    /// <summary>The part of <c>struct statx</c> that is read; its layout is the same on all processors (statx(2)).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    struct Status
    {
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;
    }
}
