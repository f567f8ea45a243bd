using System.Buffers;
using System.Security.Cryptography;

namespace Orchestrator.Activities.Store;

/// <summary>Files on this machine on their way into a store or out of it.</summary>
static class LocalFile
{
    const int BufferBytes = 1 << 20;

    /// <summary>Size of a file that is to be stored.</summary>
    /// <exception cref="ActivityFailedException"><c>store.missing_file</c>, <c>store.file_too_large</c>.</exception>
    public static long SizeOf(string key, string localPath)
    {
        var file = new FileInfo(localPath);
        if (!file.Exists) throw new ActivityFailedException("store.missing_file",
            $"The file {localPath} is not there, so it cannot be stored as '{key}'. Run the activity that staged it again.",
            isRetryable: false);
        return file.Length <= IObjectStore.MaxBytes ? file.Length : throw new ActivityFailedException("store.file_too_large",
            $"The file {localPath} has {file.Length} bytes, but the object store takes {IObjectStore.MaxBytes} at most. Write the table " +
            "in more parts.", isRetryable: false);
    }

    /// <summary>Opens a file for one who brings the buffer.</summary>
    public static FileStream OpenRead(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, useAsync: true);

    /// <summary>SHA-256 of a file, lower-case hexadecimal.</summary>
    /// <param name="bytes">Told how many bytes more have been read.</param>
    public static async Task<string> HashAsync(FileStream file, IProgress<long>? bytes, CancellationToken cancellationToken)
    {
        var hash = await HashAsync(file, long.MaxValue, bytes, cancellationToken);
        return hash.Sha256;
    }

    /// <summary>SHA-256 of a file and of its parts.</summary>
    /// <param name="partBytes">Size of each part but the last.</param>
    public static Task<PartedHash> HashAsync(FileStream file, long partBytes, CancellationToken cancellationToken) =>
        HashAsync(file, partBytes, null, cancellationToken);

    static async Task<PartedHash> HashAsync(FileStream file, long partBytes, IProgress<long>? bytes, CancellationToken cancellationToken)
    {
        using IncrementalHash whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256),
        part = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var isParted = partBytes < long.MaxValue;
        var parts = new List<string>();
        var (size, left) = (0L, partBytes);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (int count; (count = await file.ReadAsync(
                buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken)) > 0; bytes?.Report(count))
            {
                whole.AppendData(buffer, 0, count);
                (size, left) = (size + count, left - count);
                if (!isParted) continue;
                part.AppendData(buffer, 0, count);
                if (left > 0) continue;
                parts.Add(Convert.ToBase64String(part.GetHashAndReset()));
                left = partBytes;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (isParted && (left < partBytes || size == 0)) parts.Add(Convert.ToBase64String(part.GetHashAndReset()));
        return new(size, Convert.ToHexStringLower(whole.GetHashAndReset()), parts);
    }
}

/// <summary>SHA-256 of a file as a whole and by part.</summary>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Sha256">Of the whole file, lower-case hexadecimal.</param>
/// <param name="Parts">Of each part in order, Base64.</param>
sealed record PartedHash(long Bytes, string Sha256, IReadOnlyList<string> Parts);
