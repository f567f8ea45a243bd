using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Orchestrator.Server.Machine;

/// <summary>Keeps what the platform writes from other users of the machine.</summary>
static partial class PrivateFolder
{
    const UnixFileMode User = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // 077 as the umask is written.
    const uint GroupAndOthers = 0b111_111;

    // What the platform makes in a data folder.
    static readonly string[] Own = ["postgres", "store", "work", "cache", "keys", "server.json"];

    /// <summary>From now on the files and folders that this process makes are its user's alone.</summary>
    public static void CloseNewFiles()
    {
        if (!OperatingSystem.IsWindows()) _ = SetMask(GroupAndOthers);
    }

    /// <summary>
    /// Makes a folder, with those above it that are missing, that others get through and cannot list, whatever the umask: so the user
    /// that PostgreSQL runs as
    /// reaches its part. <see cref="CloseData"/> closes a data folder to everybody else.
    /// </summary>
    public static void MakePassable(string folder)
    {
        if (Directory.Exists(folder)) return;
        if (Path.GetDirectoryName(Path.GetFullPath(folder)) is { } parent) MakePassable(parent);
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, User | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    /// <summary>Closes the data folder to other users, with what lies in it already.</summary>
    /// <param name="passage">Group of the user that PostgreSQL runs as, who passes through to its own data; <see langword="null"/> if
    /// nobody has to.</param>
    public static void CloseData(string dataDirectory, uint? passage = null)
    {
        if (OperatingSystem.IsWindows()) return;
        var folder = Path.GetFullPath(dataDirectory);
        foreach (var entry in Own.Select(name => Path.Combine(folder, name)).Where(Path.Exists))
            Close(entry, Path.GetFileName(entry) == "postgres" ? passage : null);
        if (!IsShared(folder)) Close(folder, passage, isDeep: false);
    }

    /// <summary>Closes the folder of an object store to other users, with what lies in it already.</summary>
    public static void CloseStore(string folder)
    {
        if (!OperatingSystem.IsWindows() && Directory.Exists(folder) && !IsShared(folder)) Close(folder, passage: null);
    }

    // Closing a folder such as /tmp or /srv would take it from everybody else.
    static bool IsShared(string folder)
    {
        var place = new DirectoryInfo(folder);
        return place.Parent is not { } parent || place.UnixFileMode.HasFlag(UnixFileMode.StickyBit)
            || (parent.Parent is null && place.EnumerateFileSystemInfos().Any(entry => !Own.Contains(entry.Name, StringComparer.Ordinal)));
    }

    [UnsupportedOSPlatform("windows")]
    static void Close(string path, uint? passage, bool isDeep = true)
    {
        try
        {
            var before = File.GetUnixFileMode(path);
            var after = before & User;
            if (passage is { } group && ChangeOwner(path, uint.MaxValue, group) == 0) after |= UnixFileMode.GroupExecute;
            if (before == after) return;
            // First what lies inside: a folder that is closed was closed with all of it.
            if (isDeep && Directory.Exists(path)) CloseEntries(path);
            File.SetUnixFileMode(path, after);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            // It belongs to another user, or went this moment.
        }
    }

    [UnsupportedOSPlatform("windows")]
    static void CloseEntries(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            // PostgreSQL keeps its data private itself, and does not start otherwise.
            if (entry.LinkTarget is null && !File.Exists(Path.Combine(entry.FullName, "PG_VERSION"))) Close(entry.FullName, passage: null);
        }
    }

    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetMask(uint mask);

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
