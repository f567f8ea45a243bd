using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Orchestrator.Activities.Store;

/// <summary>Calls of the system that .NET lacks: a link that fails if the name is taken, and names that survive a power cut.</summary>
static partial class DurableFiles
{
    const int Exists = 17, WindowsExists = 183;

    /// <summary>Gives a file a second name.</summary>
    /// <returns>What became of it; anything but <see cref="LinkOutcome.Done"/> left things as they were.</returns>
    public static LinkOutcome Link(string file, string newName)
    {
        var isDone = OperatingSystem.IsWindows() ? CreateHardLink(newName, file, 0) : link(file, newName) == 0;
        if (isDone) return LinkOutcome.Done;
        return Marshal.GetLastPInvokeError() is Exists or WindowsExists ? LinkOutcome.NameTaken : LinkOutcome.Refused;
    }

    /// <summary>Makes the names in a folder durable. Windows does that by itself.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = open(folder, 0);
        var isFlushed = descriptor >= 0 && fsync(descriptor) == 0;
        var error = Marshal.GetLastPInvokeError();
        if (descriptor >= 0) _ = close(descriptor);
        if (!isFlushed) throw new IOException($"{folder}: {new Win32Exception(error).Message}.", error);
    }

#pragma warning disable IDE1006, CA5392 // The names are libc's; libc and kernel32 come from the system.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string oldPath, string newPath);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string newPath, string oldPath, nint securityAttributes);
#pragma warning restore IDE1006, CA5392
}

/// <summary>The outcome of a link.</summary>
enum LinkOutcome
{
    /// <summary>The file has the new name too.</summary>
    Done = 0,

    /// <summary>The name belongs to another file.</summary>
    NameTaken = 1,

    /// <summary>The file system cannot do it, or the two names lie on different ones.</summary>
    Refused = 2,
}
