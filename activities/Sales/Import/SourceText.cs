using System.IO.Compression;
using System.Text;
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
    byte[] buffer = new byte[4 * MaxRecordBytes];
    int start, end;
    bool isAtEnd;

    /// <summary>Opens a file and reads its beginning.</summary>
    /// <exception cref="ActivityFailedException"><c>import.not_text</c>: the file holds bytes that no text has.</exception>
    public SourceText(string path, Encoding? encoding)
    {
        Path = path;
        var unpacked = Unpacked(path);
        stream = unpacked;
        Fill(SampleBytes);
        encoding ??= MarkedEncoding(Rest);
        NeedsValidation = encoding is null or UTF8Encoding;
        if (!NeedsValidation)
        {
            // The sample is read already: it goes in front of what follows.
            stream = Encoding.CreateTranscodingStream(new Concatenated(Rest.ToArray(), unpacked), encoding!, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            (start, end, isAtEnd) = (0, 0, false);
            Fill(SampleBytes);
        }
        if (Rest.StartsWith("\uFEFF"u8)) start += 3;
        if (Rest[..Math.Min(Rest.Length, SampleBytes)].IndexOf((byte)0) is var zero and >= 0) throw new ActivityFailedException("import.not_text",
            $"The file '{path}' is not text: byte {zero} is 0. Give CSV, JSON lines or Parquet, and state the encoding in the mapping where it is not UTF-8.", isRetryable: false);
    }

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>Whether the bytes may be no UTF-8.</summary>
    public bool NeedsValidation { get; }

    /// <summary>Bytes read and not consumed yet.</summary>
    public ReadOnlySpan<byte> Rest => buffer.AsSpan(start, end - start);

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
            throw new ActivityFailedException("import.unreadable_file",
                $"The file '{Path}' cannot be unpacked: {e.Message.TrimEnd('.')}. It was probably cut off; get it again.", isRetryable: false, e);
        }
        return end - start > before;
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    static Stream Unpacked(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, MaxRecordBytes, FileOptions.SequentialScan);
        return System.IO.Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".gz" => new GZipStream(file, CompressionMode.Decompress),
            ".zst" => new DecompressionStream(file, leaveOpen: false),
            _ => file,
        };
    }

    static Encoding? MarkedEncoding(ReadOnlySpan<byte> sample) => sample switch
    {
        [0xFF, 0xFE, 0, 0, ..] => Encoding.UTF32,
        [0xFF, 0xFE, ..] => Encoding.Unicode,
        [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
        _ => null,
    };

    /// <summary>Bytes, then what a stream still has.</summary>
    sealed class Concatenated(byte[] first, Stream second) : Stream
    {
        int position;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (position == first.Length) return second.Read(buffer, offset, count);
            var taken = Math.Min(count, first.Length - position);
            first.AsSpan(position, taken).CopyTo(buffer.AsSpan(offset));
            position += taken;
            return taken;
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) second.Dispose();
            base.Dispose(disposing);
        }
    }
}
