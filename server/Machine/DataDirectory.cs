using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Machine;

/// <summary>The data folder of the platform.</summary>
public static class DataDirectory
{
    // Error numbers of the operating system, which .NET puts into HResult on Unix.
    const int FileExists = 17, DiskFull = 28, ReadOnly = 30, QuotaReached = 122, DiskFullOnWindows = unchecked((int)0x80070070);

    const string Code = "data.not_writable";

    // Writes data, since an empty file fits on a full disk.
    const int ProbeBytes = 64 * 1024;

    /// <summary>Creates a folder in the data folder if missing, and writes and removes a probe.</summary>
    /// <param name="dataDirectory">The data folder.</param>
    /// <param name="folder">The data folder or one in it.</param>
    /// <exception cref="PlatformException"><c>data.not_writable</c>.</exception>
    public static void EnsureWritable(string dataDirectory, string folder)
    {
        try
        {
            PrivateFolder.MakePassable(dataDirectory);
            PrivateFolder.MakePassable(folder);
            Probe(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(dataDirectory, error);
        }
    }

    /// <summary>Writes and removes a probe in the folder of an object store.</summary>
    /// <exception cref="PlatformException"><c>data.not_writable</c>.</exception>
    public static void EnsureStoreWritable(string folder)
    {
        try
        {
            Probe(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PlatformException(Code,
                $"The object store '{folder}' cannot be written: {ReasonOf(error)}. Make it writable, or choose another one with --store.",
                error);
        }
    }

    static void Probe(string folder)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, $".probe-{Environment.ProcessId}");
        using var probe = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 1,
            FileOptions.DeleteOnClose);
        probe.Write(new byte[ProbeBytes]);
        probe.Flush(flushToDisk: true);
    }

    /// <summary>Creates the error for a folder that is not writable.</summary>
    public static PlatformException NotWritable(string dataDirectory, Exception error) => new(Code,
        $"The data folder '{Path.GetFullPath(dataDirectory)}' cannot be written: {ReasonOf(error)}. Make it writable, or choose another one with --data.", error);

    static string ReasonOf(Exception error) => error switch
    {
        UnauthorizedAccessException => "access is denied",
        { HResult: ReadOnly } => "it lies on a read-only file system",
        { HResult: DiskFull or DiskFullOnWindows } => "its disk is full",
        { HResult: QuotaReached } => "the quota of its user is used up",
        { HResult: FileExists } => "there is a file of that name",
        _ => error.Message.TrimEnd('.'),
    };
}
