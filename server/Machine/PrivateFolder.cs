using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Orchestrator.Server.Machine;

/// <summary>Protection of the platform's files from other users of the machine.</summary>
static partial class PrivateFolder
{
    const UnixFileMode User = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // Umask 077.
    const uint GroupAndOthers = 0b111_111;

    // Entries that the platform creates in a data folder.
    static readonly string[] Own = ["postgres", "store", "work", "cache", "keys", "server.json"];

    /// <summary>Sets the umask, so that new files and folders of this process are private to its user.</summary>
    public static void CloseNewFiles()
    {
        if (!OperatingSystem.IsWindows()) _ = SetMask(GroupAndOthers);
    }

    /// <summary>
    /// Creates a folder, and missing parents, that others can pass through but not list, whatever the umask, so that PostgreSQL's user
    /// reaches its part. <see cref="CloseData"/> closes a data folder to everybody else.
    /// </summary>
    public static void MakePassable(string folder)
    {
        if (Directory.Exists(folder)) return;
        if (Path.GetDirectoryName(Path.GetFullPath(folder)) is { } parent) MakePassable(parent);
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, User | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }

    /// <summary>Closes the data folder and its contents to other users.</summary>
    /// <param name="passage">Group of PostgreSQL's user, who may pass through to its data; <see langword="null"/> if not needed.</param>
    public static void CloseData(string dataDirectory, uint? passage = null)
    {
        if (OperatingSystem.IsWindows()) return;
        var folder = Path.GetFullPath(dataDirectory);
        foreach (var entry in Own.Select(name => Path.Combine(folder, name)).Where(Path.Exists))
            Close(entry, Path.GetFileName(entry) == "postgres" ? passage : null);
        if (!IsShared(folder)) Close(folder, passage, isDeep: false);
    }

    /// <summary>Closes the folder of an object store and its contents to other users.</summary>
    public static void CloseStore(string folder)
    {
        if (!OperatingSystem.IsWindows() && Directory.Exists(folder) && !IsShared(folder)) Close(folder, passage: null);
    }

    // Never closes shared folders such as /tmp or /srv.
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
            // Contents first: a closed folder then implies closed contents.
            if (isDeep && Directory.Exists(path)) CloseEntries(path);
            File.SetUnixFileMode(path, after);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            // The entry belongs to another user or has just been deleted.
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
