using System.Text.Unicode;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// Splits delimited text into records, and never gives up: what cannot be read is one line with a reason, and reading goes on with the next.
/// A quote that is never closed costs its own line only, not the rest of the file. Otherwise as RFC 4180 says.
/// </summary>
/// <param name="delimiter">Between fields.</param>
/// <param name="quote">Around fields that hold delimiters or line ends; two of them inside mean one.</param>
sealed class CsvReader(SourceText text, byte delimiter, byte quote)
{
    readonly List<Field> fields = [];
    long nextLine = 1;

    /// <summary>Fields that every record must have; 0 for any number.</summary>
    public int ExpectedFields { get; set; }

    /// <summary>Line on which the record starts; the first one is 1.</summary>
    public long Line { get; private set; }

    /// <summary>Fields of the record, within <see cref="Record"/>.</summary>
    public IReadOnlyList<Field> Fields => fields;

    /// <summary>Bytes of the record, or of the line that cannot be read; valid until the next one is read.</summary>
    public ReadOnlySpan<byte> Record => text.Rest[..recordLength];

    /// <summary>Why the line cannot be read; <see langword="null"/> where it can.</summary>
    public string? Problem { get; private set; }

    int recordLength, consumed;

    /// <summary>Goes to the next record or line that is not empty.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool Read()
    {
        text.Advance(consumed);
        consumed = 0;
        while (NextLine(out var length))
        {
            Line = nextLine;
            recordLength = length > 0 && text.Rest[length - 1] == '\r' ? length - 1 : length;
            consumed = Math.Min(length + 1, text.Rest.Length);
            nextLine++;
            if (recordLength > 0)
            {
                Problem = Split();
                return true;
            }
            text.Advance(consumed);
            consumed = 0;
        }
        return false;
    }

    /// <summary>The value of a field.</summary>
    /// <param name="scratch">Holds the value where it is not as in the file.</param>
    public ReadOnlySpan<byte> ValueOf(in Field field, ref byte[] scratch)
    {
        var raw = Record.Slice(field.Start, field.Length);
        if (!field.HasQuotes) return raw;
        if (scratch.Length < raw.Length) scratch = new byte[raw.Length * 2];
        var length = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            scratch[length++] = raw[i];
            if (raw[i] == quote) i++;
        }
        return scratch.AsSpan(0, length);
    }

    bool NextLine(out int length)
    {
        var searched = 0;
        while ((length = text.Rest[searched..].IndexOf((byte)'\n')) < 0)
        {
            searched = text.Rest.Length;
            if (searched > SourceText.MaxRecordBytes) throw new ActivityFailedException("import.not_text",
                $"The file '{text.Path}' has a line of more than {SourceText.MaxRecordBytes} bytes at line {nextLine}. Give CSV, JSON lines or Parquet.", isRetryable: false);
            if (text.Fill(searched + SourceText.MaxRecordBytes)) continue;
            length = searched;
            return length > 0;
        }
        length += searched;
        return true;
    }

    string? Split()
    {
        fields.Clear();
        if (Record.IndexOf(quote) >= 0) return SplitQuoted();
        if (text.NeedsValidation && !Utf8.IsValid(Record)) return "bytes that are not utf-8";
        SplitPlain();
        return CountProblem();
    }

    void SplitPlain()
    {
        var start = 0;
        for (var rest = Record; ;)
        {
            var length = rest.IndexOf(delimiter);
            fields.Add(new(start, length < 0 ? rest.Length : length, HasQuotes: false, IsQuoted: false));
            if (length < 0) return;
            start += length + 1;
            rest = rest[(length + 1)..];
        }
    }

    // A record may go on over lines; on any fault only its first line is given up.
    string? SplitQuoted()
    {
        var (lineLength, lineConsumed, lines) = (recordLength, consumed, 0);
        var problem = ReadQuoted(ref lines, out var length, out var next) ?? CountProblem();
        if (problem is null)
        {
            (recordLength, consumed) = (length, next);
            nextLine += lines;
            if (!text.NeedsValidation || Utf8.IsValid(Record)) return null;
            problem = "bytes that are not utf-8";
            nextLine -= lines;
        }
        (recordLength, consumed) = (lineLength, lineConsumed);
        return problem;
    }

    string? ReadQuoted(ref int lines, out int length, out int next)
    {
        for (var at = 0; ;)
        {
            var isQuoted = at < text.Rest.Length && text.Rest[at] == quote;
            var hasQuotes = false;
            var start = at;
            if (isQuoted)
            {
                start = ++at;
                while (true)
                {
                    if (!Has(at)) return Fail("quote never closed", out length, out next);
                    var c = text.Rest[at++];
                    if (c == '\n') lines++;
                    if (c != quote) continue;
                    if (!Has(at) || text.Rest[at] != quote) break;
                    hasQuotes = true;
                    at++;
                }
            }
            else
            {
                while (Has(at) && text.Rest[at] != delimiter && text.Rest[at] != '\n') at++;
            }
            var end = isQuoted ? at - 1 : at;
            var isLineEnd = !Has(at) || text.Rest[at] == '\n' || (text.Rest[at] == '\r' && (!Has(at + 1) || text.Rest[at + 1] == '\n'));
            if (isLineEnd && !isQuoted && end > start && text.Rest[end - 1] == '\r') end--;
            if (!isLineEnd && text.Rest[at] != delimiter) return Fail("text behind a closing quote", out length, out next);
            fields.Add(new(start, end - start, hasQuotes, isQuoted));
            if (isLineEnd)
            {
                length = isQuoted ? end + 1 : end;
                while (Has(at) && text.Rest[at] != '\n') at++;
                next = Has(at) ? at + 1 : at;
                return null;
            }
            at++;
        }
    }

    bool Has(int at) => at < text.Rest.Length || (at < SourceText.MaxRecordBytes && text.Fill(at + 1));

    static string Fail(string problem, out int length, out int next)
    {
        (length, next) = (0, 0);
        return problem;
    }

    string? CountProblem() => ExpectedFields == 0 || fields.Count == ExpectedFields ? null : $"{fields.Count} columns instead of {ExpectedFields}";

    /// <summary>A field of a record.</summary>
    /// <param name="Start">First byte, from the record's start.</param>
    /// <param name="HasQuotes">Whether it holds doubled quotes.</param>
    /// <param name="IsQuoted">Whether it stands in quotes: then nothing between them is an empty text, not a missing value.</param>
    internal readonly record struct Field(int Start, int Length, bool HasQuotes, bool IsQuoted);
}
