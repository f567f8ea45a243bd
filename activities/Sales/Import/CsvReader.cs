namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// Splits delimited text into records, and never gives up: what cannot be read is one line with a reason, and reading goes on with the
/// next. A quote that is never closed costs its own line only, not the rest of the file. Otherwise as RFC 4180 says.
/// </summary>
/// <param name="delimiter">Between fields.</param>
/// <param name="quote">Around fields that hold delimiters or line ends; two of them inside mean one.</param>
sealed class CsvReader(SourceText text, byte delimiter, byte quote)
{
    readonly TextLines lines = new(text);
    readonly List<Field> fields = [];

    /// <summary>Fields that every record must have; 0 for any number.</summary>
    public int ExpectedFields { get; set; }

    /// <summary>Line on which the record starts; the first one is 1.</summary>
    public long Line => lines.Number;

    /// <summary>Fields of the record, within <see cref="Record"/>.</summary>
    public IReadOnlyList<Field> Fields => fields;

    /// <summary>Bytes of the record, or of the line that cannot be read; valid until the next one is read.</summary>
    public ReadOnlySpan<byte> Record => lines.Bytes;

    /// <summary>The problem of lines that are no text in the file's encoding.</summary>
    public string NoText => text.NoText;

    /// <summary>The reason if the line cannot be read; <see langword="null"/> if it can.</summary>
    public string? Problem { get; private set; }

    /// <summary>Skips lines, empty ones among them.</summary>
    public void Skip(int count) => lines.Skip(count);

    /// <summary>Goes to the next record or line that is not empty.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool Read()
    {
        if (!lines.Read()) return false;
        fields.Clear();
        Problem = Record.Contains(quote) ? SplitQuoted() : SplitPlain();
        return true;
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

    string? SplitPlain()
    {
        if (!lines.IsText) return text.NoText;
        var start = 0;
        for (var rest = Record; ;)
        {
            var length = rest.IndexOf(delimiter);
            fields.Add(new(start, length < 0 ? rest.Length : length, HasQuotes: false, IsQuoted: false));
            if (length < 0) return CountProblem();
            start += length + 1;
            rest = rest[(length + 1)..];
        }
    }

    // A record may go on over lines; on any fault only its first line is given up.
    string? SplitQuoted()
    {
        if (ReadQuoted(out var length, out var next, out var ends) is { } problem) return problem;
        if (!text.IsText(text.Rest[..length])) return text.NoText;
        if (CountProblem() is { } count) return count;
        lines.Extend(length, next, ends);
        return null;
    }

    string? ReadQuoted(out int length, out int next, out int ends)
    {
        (length, next, ends) = (0, 0, 0);
        for (var at = 0; ; at++)
        {
            var isQuoted = lines.Has(at) && text.Rest[at] == quote;
            var hasQuotes = false;
            var start = isQuoted ? ++at : at;
            while (isQuoted)
            {
                if (!lines.Has(at)) return "quote never closed";
                var c = text.Rest[at++];
                if (c == '\n' || (c == '\r' && !(lines.Has(at) && text.Rest[at] == '\n'))) ends++;
                if (c != quote) continue;
                if (!lines.Has(at) || text.Rest[at] != quote) break;
                hasQuotes = true;
                at++;
            }
            if (!isQuoted)
                while (lines.Has(at) && text.Rest[at] != delimiter && text.Rest[at] is not ((byte)'\n' or (byte)'\r')) at++;
            var isLineEnd = !lines.Has(at) || text.Rest[at] is (byte)'\n' or (byte)'\r';
            if (!isLineEnd && text.Rest[at] != delimiter) return "text behind a closing quote";
            fields.Add(new(start, (isQuoted ? at - 1 : at) - start, hasQuotes, isQuoted));
            if (!isLineEnd) continue;
            (length, next) = (at, lines.NextFrom(at));
            return null;
        }
    }

    string? CountProblem() => ExpectedFields == 0 || fields.Count == ExpectedFields
        ? null : $"{fields.Count} columns instead of {ExpectedFields}";

    /// <summary>A field of a record.</summary>
    /// <param name="Start">First byte, from the record's start.</param>
    /// <param name="HasQuotes">Whether it holds doubled quotes.</param>
    /// <param name="IsQuoted">Whether it stands in quotes: then nothing between them is an empty text, not a missing value.</param>
    internal readonly record struct Field(int Start, int Length, bool HasQuotes, bool IsQuoted);
}
