using System.IO.Compression;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// Unpacks all members of a gzip file, and knows that they were all of it: <see cref="GZipStream"/> ends without an error where other bytes
/// follow a member. So a member with a mark is put behind the file; where the mark does not come out, something before it was no member.
/// </summary>
sealed class GzipMembers(Stream file) : ForwardStream
{
    static readonly byte[] Mark = [.. "end of the file\n"u8];
    static readonly byte[] MarkMember = Pack(Mark);

    readonly GZipStream members = new(new JoinedStream(file, new MemoryStream(MarkMember)), CompressionMode.Decompress);
    readonly byte[] held = new byte[1 << 16];
    int start, end;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The file is damaged or cut off, or goes on with bytes that are no gzip.</exception>
    public override int Read(byte[] buffer, int offset, int count)
    {
        // What may be the mark is held back until more follows.
        while (end - start <= Mark.Length)
        {
            held.AsSpan(start, end - start).CopyTo(held);
            (start, end) = (0, end - start);
            var read = Unpack();
            if (read == 0) return held.AsSpan(0, end).SequenceEqual(Mark)
                ? 0 : throw new InvalidDataException("bytes that are no gzip follow its packed part");
            end += read;
        }
        var given = Math.Min(count, end - start - Mark.Length);
        held.AsSpan(start, given).CopyTo(buffer.AsSpan(offset));
        start += given;
        return given;
    }

    int Unpack()
    {
        try
        {
            return members.Read(held, end, held.Length - end);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException("its gzip data is damaged", error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) members.Dispose();
        base.Dispose(disposing);
    }

    static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var pack = new GZipStream(packed, CompressionMode.Compress)) pack.Write(bytes);
        return packed.ToArray();
    }
}
