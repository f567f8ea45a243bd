namespace Orchestrator.Server.Machine;

/// <summary>A lock on a file between processes. The operating system releases it when its process ends, for whatever reason.</summary>
/// <remarks>On Unix .NET opens with <c>flock</c>: <c>LOCK_EX</c> for <see cref="FileShare.None"/>, else <c>LOCK_SH</c>; the handle is closed in child processes.</remarks>
sealed class FileLock : IDisposable
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    readonly FileStream stream;

    FileLock(FileStream stream) => this.stream = stream;

    /// <summary>Acquires the lock shared; <see langword="null"/> if another process holds it exclusively.</summary>
    public static FileLock? TryShared(string path) => TryOpen(path, FileAccess.Read, FileShare.Read);

    /// <summary>Acquires the lock exclusively; <see langword="null"/> if any process holds it.</summary>
    public static FileLock? TryExclusive(string path) => TryOpen(path, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Waits for the exclusive lock; <see langword="null"/> after the timeout.</summary>
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
