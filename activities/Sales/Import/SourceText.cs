using System.Text;
using System.Text.Unicode;
using ZstdSharp;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// A text file of a source as UTF-8 bytes in a buffer that moves along: unpacked, without byte order mark, transcoded where another
/// encoding was stated or detected.
/// </summary>
sealed class SourceText : IDisposable
{
    /// <summary>Longest line, and longest record that a quote may stretch over lines, in bytes.</summary>
    public const int MaxRecordBytes = 1 << 20;

    const int SampleBytes = 1 << 18;

    readonly Stream stream;
    readonly bool isTranscoded;
    readonly byte[] buffer;
    int start, end;
    bool isAtEnd;

    /// <summary>Opens a file and reads its beginning.</summary>
    /// <param name="encoding">Encoding of a file without a byte order mark; null = UTF-8, or UTF-16 if every other byte says so.</param>
    /// <exception cref="ActivityFailedException"><c>import.not_text</c>: the file holds bytes that no text has.</exception>
    public SourceText(string path, Encoding? encoding)
    {
        Path = path;
        buffer = new byte[4 * MaxRecordBytes];
        stream = FileFormats.Open(path);
        Fill(SampleBytes);
        var stated = Marked(Rest) ?? encoding ?? Unmarked(Sample);
        isTranscoded = stated is not (null or UTF8Encoding);
        NoText = $"bytes that are not {(stated ?? Encoding.UTF8).WebName}";
        if (isTranscoded)
        {
            // The sample is read already: it goes in front of what follows.
            stream = Encoding.CreateTranscodingStream(
                new JoinedStream(new MemoryStream(Rest.ToArray()), stream), stated!,
                new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            (start, end, isAtEnd) = (0, 0, false);
            Fill(SampleBytes);
        }
        if (Sample.IndexOf((byte)0) is not (var zero and >= 0)) return;
        stream.Dispose();
        throw new ActivityFailedException("import.not_text", FileFormats.Name(Sample) is { } format
            ? $"The file '{path}' is not text: it is {format}. Give CSV, JSON lines or Parquet."
            : $"The file '{path}' is not text: byte {zero} is 0. Give CSV, JSON lines or Parquet, and state the encoding in the mapping " +
                "where it is not UTF-8.",
            isRetryable: false);
    }

    SourceText(SourceText whole)
    {
        (Path, NoText, isTranscoded, stream) = (whole.Path, whole.NoText, whole.isTranscoded, Stream.Null);
        buffer = whole.Sample.ToArray();
        (end, isAtEnd) = (buffer.Length, true);
    }

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>The problem of bytes that are no text in the file's encoding.</summary>
    public string NoText { get; }

    /// <summary>Bytes read and not consumed yet.</summary>
    public ReadOnlySpan<byte> Rest => buffer.AsSpan(start, end - start);

    ReadOnlySpan<byte> Sample => Rest[..Math.Min(Rest.Length, SampleBytes)];

    /// <summary>Whether bytes of the file are text in its encoding.</summary>
    public bool IsText(ReadOnlySpan<byte> bytes) => isTranscoded ? bytes.IndexOf("\uFFFD"u8) < 0 : Utf8.IsValid(bytes);

    /// <summary>The first lines of the rest as a text of its own, to be looked at before they are read.</summary>
    public SourceText Beginning() => new(this);

    /// <summary>Consumes bytes.</summary>
    public void Advance(int count) => start += count;

    /// <summary>Reads on until there are so many bytes, or the file ends.</summary>
    /// <returns>Whether there are more bytes than before.</returns>
    /// <exception cref="ActivityFailedException"><c>import.unreadable_file</c>: the compressed file is damaged.</exception>
    public bool Fill(int count)
    {
        var before = end - start;
        if (isAtEnd || before >= count) return false;
        if (buffer.Length - start < count + MaxRecordBytes)
        {
            Rest.CopyTo(buffer);
            (start, end) = (0, before);
        }
        try
        {
            while (end - start < count && !isAtEnd)
            {
                var read = stream.Read(buffer, end, buffer.Length - end);
                end += read;
                isAtEnd = read == 0;
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ZstdException)
        {
            throw new ActivityFailedException("import.unreadable_file", $"The file '{Path}' cannot be unpacked: {FileFormats.Explain(e)}",
                isRetryable: false, e);
        }
        return end - start > before;
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    static Encoding? Marked(ReadOnlySpan<byte> sample) => sample switch
    {
        [0xEF, 0xBB, 0xBF, ..] => Encoding.UTF8,
        [0xFF, 0xFE, 0, 0, ..] => Encoding.UTF32,
        [0xFF, 0xFE, ..] => Encoding.Unicode,
        [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
        _ => null,
    };

    // In UTF-16, every other byte of digits, delimiters and line ends is 0, and hardly one of the others.
    static Encoding? Unmarked(ReadOnlySpan<byte> sample)
    {
        Span<int> zeros = [0, 0];
        for (var i = 0; i < sample.Length; i++)
            if (sample[i] == 0) zeros[i & 1]++;
        return zeros switch
        {
            [var even, var odd] when odd > sample.Length / 20 && even <= odd / 20 => Encoding.Unicode,
            [var even, var odd] when even > sample.Length / 20 && odd <= even / 20 => Encoding.BigEndianUnicode,
            _ => null,
        };
    }
}
