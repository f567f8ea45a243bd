namespace Orchestrator.Activities.Sales.Import;

/// <summary>Streams read one after the other; it disposes of them.</summary>
sealed class JoinedStream(params Stream[] parts) : ForwardStream
{
    int current;

    public override int Read(byte[] buffer, int offset, int count)
    {
        for (; current < parts.Length; current++)
            if (parts[current].Read(buffer, offset, count) is > 0 and var read) return read;
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            foreach (var part in parts) part.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A stream that is read once from its beginning to its end.</summary>
abstract class ForwardStream : Stream
{
    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
