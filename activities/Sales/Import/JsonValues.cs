namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// The values of a JSON text, each as bytes: one a line, so that a broken one costs its line only; or, where the file begins with <c>[</c>
/// or with a <c>{</c> that stands alone, those of the array or sequence that it is.
/// </summary>
sealed class JsonValues
{
    readonly SourceText text;
    readonly TextLines? lines;
    long line = 1, number;
    int consumed, length;
    bool isInArray;

    /// <summary>Detects the form from the beginning of a text.</summary>
    public JsonValues(SourceText text)
    {
        this.text = text;
        using var beginning = text.Beginning();
        var first = new TextLines(beginning);
        if (!first.Read() || first.Bytes.TrimStart((byte)' ') is not [(byte)'[', ..] && !first.Bytes.Trim((byte)' ').SequenceEqual("{"u8))
            lines = new(text);
        else if (text.Rest.StartsWith("\uFEFF"u8)) text.Advance(3);
    }

    /// <summary>
    /// Line on which the value begins; the first one is 1. No two values have the same: the second one on a line counts one more.
    /// </summary>
    public long Line => lines?.Number ?? number;

    /// <summary>Bytes of the value; valid until the next one is read.</summary>
    public ReadOnlySpan<byte> Bytes => lines is null ? text.Rest[..length] : lines.Bytes;

    /// <summary>Goes to the next value or line that is not empty.</summary>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="ActivityFailedException"><c>import.unreadable_file</c>: the array or its last value has no end.</exception>
    public bool Read()
    {
        if (lines is not null) return lines.Read();
        foreach (var c in Bytes)
            if (c == '\n') line++;
        text.Advance(consumed);
        (consumed, length) = (0, 0);
        while (Has(0))
        {
            var c = text.Rest[0];
            if (c == '\n') line++;
            if (c is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' || (isInArray && c is (byte)',' or (byte)']')
                || (!isInArray && c == '['))
            {
                isInArray = c switch { (byte)'[' => true, (byte)']' => false, _ => isInArray };
                text.Advance(1);
                continue;
            }
            length = consumed = End();
            number = Math.Max(line, number + 1);
            return true;
        }
        return isInArray ? throw CutOff() : false;
    }

    // A value in brackets ends with them, a text with its quote, any other before what separates values.
    int End()
    {
        var depth = 0;
        for (var at = 0; Has(at);)
        {
            var c = text.Rest[at];
            if (depth == 0 && at > 0 && c is (byte)',' or (byte)']' or (byte)'\r' or (byte)'\n') return at;
            at = c == '"' ? EndOfText(at + 1) : at + 1;
            depth += c switch { (byte)'{' or (byte)'[' => 1, (byte)'}' or (byte)']' => -1, _ => 0 };
            if (depth <= 0 && c is (byte)'"' or (byte)'}' or (byte)']') return at;
        }
        return depth == 0 && text.Rest.Length > 0 ? text.Rest.Length : throw CutOff();
    }

    int EndOfText(int at)
    {
        while (Has(at) && text.Rest[at] != '"') at += text.Rest[at] == '\\' ? 2 : 1;
        return Has(at) ? at + 1 : throw CutOff();
    }

    bool Has(int at) => at < text.Rest.Length || (at < SourceText.MaxRecordBytes && text.Fill(at + 1) && at < text.Rest.Length);

    ActivityFailedException CutOff() => new("import.unreadable_file",
        $"The file '{text.Path}' is JSON without an end: the array or value at line {line} is not closed within " +
        $"{SourceText.MaxRecordBytes} bytes. " +
        "It was probably cut off; get it again, or write one object a line.", isRetryable: false);
}
