namespace Orchestrator.Server.Machine;

/// <summary>
/// A lock on a file between processes. The operating system lets go of it when its process ends, however it ends.
/// </summary>
/// <remarks>On Unix .NET opens with <c>flock</c>: <c>LOCK_EX</c> for <see cref="FileShare.None"/>, else <c>LOCK_SH</c>; the handle is closed in child processes.</remarks>
sealed class FileLock : IDisposable
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    readonly FileStream stream;

    FileLock(FileStream stream) => this.stream = stream;

    /// <summary>Takes it together with others that share it; <see langword="null"/> where one holds it alone.</summary>
    public static FileLock? TryShared(string path) => TryOpen(path, FileAccess.Read, FileShare.Read);

    /// <summary>Takes it alone; <see langword="null"/> where anyone holds it.</summary>
    public static FileLock? TryExclusive(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Waits to hold it alone; <see langword="null"/> where the time ran out.</summary>
    public static async Task<FileLock?> ExclusiveAsync(string path, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            if (TryExclusive(path) is { } held) return held;
            if (time.GetElapsedTime(started) > timeout) return null;
            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    static FileLock? TryOpen(string path, FileAccess access, FileShare share)
    {
        try
        {
            return new(new FileStream(path, FileMode.OpenOrCreate, access, share, bufferSize: 1));
        }
        catch (IOException error) when (IsHeldByAnother(error))
        {
            return null;
        }
    }

    // EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.
    static bool IsHeldByAnother(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);
}
