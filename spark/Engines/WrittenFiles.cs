using System.Security.Cryptography;
using Orchestrator.Spark.Parquet;

namespace Orchestrator.Spark.Engines;

/// <summary>The files that Spark wrote: it does not tell what is in them, so they are read.</summary>
static class WrittenFiles
{
    /// <summary>Reads sizes, checksums, rows and columns.</summary>
    public static async Task<WrittenTable> DescribeAsync(
        IReadOnlyList<Uri> addresses, IFileStaging staging, string folder, CancellationToken cancellationToken)
    {
        var paths = await Task.WhenAll(addresses.Select(address => staging.FetchAsync(address, folder, cancellationToken)));
        // DuckDB works on the calling thread.
        var reading = Task.Run(() => ParquetFooter.Read(paths, cancellationToken), cancellationToken);
        var hashes = await Task.WhenAll(paths.Select(path => HashAsync(path, cancellationToken)));
        var footers = await reading;
        var files = addresses.Select((address, i) => new WrittenFile(address, hashes[i].Bytes, hashes[i].Sha256, footers[i].Rows)).ToList();
        return new(files.Sum(file => file.Rows), footers is [var first, ..] ? first.Columns : [], files);
    }

    static async Task<(long Bytes, string Sha256)> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var content = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 20, useAsync: true);
        return (content.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken)));
    }
}
