namespace Orchestrator.Server.Hosting;

/// <summary>The folder of everything that the platform keeps.</summary>
public static class DataDirectory
{
    // Numbers of the operating system, which .NET puts into HResult on Unix.
    const int FileExists = 17, DiskFull = 28, ReadOnly = 30;

    /// <summary>Makes a folder in it where it is missing, and writes to it.</summary>
    /// <param name="dataDirectory">The data folder.</param>
    /// <param name="folder">The data folder or one in it.</param>
    /// <exception cref="PlatformException"><c>data.not_writable</c>.</exception>
    public static void EnsureWritable(string dataDirectory, string folder)
    {
        try
        {
            Directory.CreateDirectory(dataDirectory);
            Directory.CreateDirectory(folder);
            var file = Path.Combine(folder, $".probe-{Environment.ProcessId}");
            using var probe = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(dataDirectory, error);
        }
    }

    /// <summary>The error for a person.</summary>
    public static PlatformException NotWritable(string dataDirectory, Exception error)
    {
        var reason = error switch
        {
            UnauthorizedAccessException => "access is denied",
            { HResult: ReadOnly } => "it lies on a read-only file system",
            { HResult: DiskFull } => "its disk is full",
            { HResult: FileExists } => "there is a file of that name",
            _ => error.Message.TrimEnd('.'),
        };
        return new("data.not_writable",
            $"The data folder '{Path.GetFullPath(dataDirectory)}' cannot be written: {reason}. Make it writable, or choose another one with --data.", error);
    }
}
