using System.Security.Cryptography;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Spark.Connect;

/// <summary>What lies in the files that Spark wrote: it does not tell, so the files do.</summary>
static class WrittenFiles
{
    /// <summary>Reads sizes, checksums, rows and columns.</summary>
    public static async Task<WrittenTable> DescribeAsync(IReadOnlyList<Uri> addresses, IFileStaging staging, string folder, CancellationToken cancellationToken)
    {
        var found = await Task.WhenAll(addresses.Select(address => DescribeAsync(address, staging, folder, cancellationToken)));
        return new(found.Sum(file => file.File.Rows), found is [var first, ..] ? first.Columns : [], [.. found.Select(file => file.File)]);
    }

    static async Task<(WrittenFile File, IReadOnlyList<SqlColumn> Columns)> DescribeAsync(Uri address, IFileStaging staging, string folder, CancellationToken cancellationToken)
    {
        var path = await staging.FetchAsync(address, folder, cancellationToken);
        var footer = await ParquetFooter.ReadAsync(path, cancellationToken);
        await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 20, useAsync: true);
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
        return (new(address, content.Length, sha256, footer.Rows), footer.Columns);
    }
}
