namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// The lines of a text that are not empty. A line ends with LF, CRLF or CR. A byte order mark at its beginning, where files were joined,
/// is no part of it.
/// </summary>
sealed class TextLines(SourceText text)
{
    long nextLine = 1;
    int consumed;

    /// <summary>The text.</summary>
    public SourceText Text => text;

    /// <summary>Number of the line; the first one is 1.</summary>
    public long Number { get; private set; }

    /// <summary>Length of the line without its end, in bytes.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes of the line without its end; valid until the next one is read.</summary>
    public ReadOnlySpan<byte> Bytes => text.Rest[..Length];

    /// <summary>Whether all bytes of the line are text in the encoding of the file.</summary>
    public bool IsText => text.IsText(Bytes);

    /// <summary>Goes to the next line that is not empty.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool Read()
    {
        while (Next())
            if (Length > 0) return true;
        return false;
    }

    /// <summary>Skips lines, empty ones among them.</summary>
    public void Skip(int lines)
    {
        while (lines-- > 0 && Next())
        {
        }
    }

    /// <summary>Whether the text has a byte at a place, counted from the beginning of the line.</summary>
    public bool Has(int at) => at < text.Rest.Length || (at < SourceText.MaxRecordBytes && text.Fill(at + 1) && at < text.Rest.Length);

    /// <summary>Finds the start of the line that follows the one that ends before a place.</summary>
    /// <param name="at">Place of a CR or LF, or of the end of the text.</param>
    public int NextFrom(int at) => !Has(at) ? at : text.Rest[at] == '\r' && Has(at + 1) && text.Rest[at + 1] == '\n' ? at + 2 : at + 1;

    /// <summary>Makes the line longer: it goes on over the ends of lines.</summary>
    /// <param name="length">New length in bytes.</param>
    /// <param name="next">Where the next line begins.</param>
    /// <param name="lines">How many line ends are within it.</param>
    public void Extend(int length, int next, int lines)
    {
        (Length, consumed) = (length, next);
        nextLine += lines;
    }

    bool Next()
    {
        text.Advance(consumed);
        consumed = 0;
        if (!Find(out var length)) return false;
        var next = NextFrom(length);
        while (text.Rest[..length].StartsWith("\uFEFF"u8))
        {
            text.Advance(3);
            (length, next) = (length - 3, next - 3);
        }
        (Number, Length, consumed) = (nextLine++, length, next);
        return true;
    }

    bool Find(out int length)
    {
        var searched = 0;
        while ((length = text.Rest[searched..].IndexOfAny((byte)'\n', (byte)'\r')) < 0)
        {
            searched = text.Rest.Length;
            if (searched > SourceText.MaxRecordBytes) throw new ActivityFailedException("import.not_text",
                $"The file '{text.Path}' has a line of more than {SourceText.MaxRecordBytes} bytes at line {nextLine}. Give CSV, JSON " +
                "lines or Parquet.", isRetryable: false);
            if (text.Fill(searched + SourceText.MaxRecordBytes)) continue;
            length = searched;
            return length > 0;
        }
        length += searched;
        return true;
    }
}
