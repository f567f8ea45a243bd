using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>Formats of files by their first bytes, whatever their names end in.</summary>
static class FileFormats
{
    // 2 GB, which is what `zstd --long=31` makes. Memory is taken as the text comes out, so small files need little.
    const int LargestWindowLog = 31;

    /// <summary>Opens a file and unpacks gzip and zstd.</summary>
    public static Stream Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, SourceText.MaxRecordBytes,
            FileOptions.SequentialScan);
        Span<byte> first = stackalloc byte[4];
        var length = file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return first[..length] switch
        {
            [0x1F, 0x8B, ..] => new GzipMembers(file),
            [0x28, 0xB5, 0x2F, 0xFD] or [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18] => Zstd(file),
            _ => file,
        };
    }

    /// <summary>Explains why a packed file cannot be read, and what to do.</summary>
    public static string Explain(Exception error) => error switch
    {
        ZstdException { Code: ZSTD_ErrorCode.ZSTD_error_dictionary_wrong } => "it was packed with a dictionary. Pack it without one.",
        ZstdException { Code: ZSTD_ErrorCode.ZSTD_error_memory_allocation or ZSTD_ErrorCode.ZSTD_error_frameParameter_windowTooLarge } =>
            "its window needs more memory than there is. Pack it again with 'zstd --long=27' or without '--long'.",
        ZstdException { Code: ZSTD_ErrorCode.ZSTD_error_prefix_unknown } => "bytes that are no zstd follow its packed part. Pack all of " +
            "it again.",
        ZstdException or EndOfStreamException => "its zstd data is damaged. It was probably cut off; get it again.",
        InvalidDataException { InnerException: null } => $"{error.Message}. Pack all of it again.",
        _ => $"{error.Message.TrimEnd('.')}. It was probably cut off; get it again.",
    };

    /// <summary>Names a format that is no text.</summary>
    /// <param name="sample">The first bytes, unpacked.</param>
    /// <returns>Null if it is none of the known ones.</returns>
    public static string? Name(ReadOnlySpan<byte> sample) => sample switch
    {
        [(byte)'P', (byte)'K', 3, 4, ..] => "a ZIP archive or a workbook of a spreadsheet",
        [0xD0, 0xCF, 0x11, 0xE0, ..] => "a workbook of an old spreadsheet",
        [(byte)'P', (byte)'A', (byte)'R', (byte)'1', ..] => "Parquet, whose name must end in .parquet",
        [(byte)'O', (byte)'R', (byte)'C', ..] => "ORC",
        [(byte)'O', (byte)'b', (byte)'j', 1, ..] => "Avro",
        [(byte)'B', (byte)'Z', (byte)'h', ..] => "packed with bzip2",
        [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => "packed with xz",
        [(byte)'7', (byte)'z', 0xBC, 0xAF, ..] => "a 7-Zip archive",
        [0x1F, 0x8B, ..] or [0x28, 0xB5, 0x2F, 0xFD, ..] => "packed twice",
        _ => null,
    };

    static DecompressionStream Zstd(FileStream file)
    {
        var stream = new DecompressionStream(file, leaveOpen: false);
        stream.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, LargestWindowLog);
        return stream;
    }
}
