using System.Text;
using System.Text.RegularExpressions;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>The format of a text file as far as the mapping does not state it: found from its first lines.</summary>
/// <param name="Delimiter">Between fields.</param>
/// <param name="Skip">Lines at the beginning that are neither header nor rows.</param>
/// <param name="HeaderLine">Line that names the columns; null if none does. What stands above it are titles.</param>
sealed partial record CsvDialect(byte Delimiter, int Skip, long? HeaderLine)
{
    const int SampleRecords = 100;

    /// <summary>Detects the dialect from the beginning of a file.</summary>
    /// <param name="text">Not read yet.</param>
    /// <param name="needed">Names that the header must have: the line that has them all is the header.</param>
    public static CsvDialect Detect(SourceText text, CsvFormat format, IReadOnlySet<string> needed)
    {
        var separator = SeparatorLine(text);
        var skip = Math.Max(format.Skip, separator is null ? 0 : 1);
        var candidates = (format.Delimiter ?? separator) is { } stated ? [(byte)stated] : ",;\t|"u8.ToArray();
        var best = candidates.Select(delimiter => (Delimiter: delimiter, Rows: Sample(text, format, skip, delimiter)))
            .MaxBy(candidate => ScoreOf(candidate.Rows, HeaderIn(candidate.Rows, needed)));
        return new(best.Delimiter, skip, format.HasHeader is false ? null : HeaderIn(best.Rows, needed) ?? Guess(best.Rows, format));
    }

    /// <summary>The fields of the record that a reader is at, as text.</summary>
    public static string[] FieldsOf(CsvReader reader)
    {
        var scratch = Array.Empty<byte>();
        return [.. reader.Fields.Select(field => Encoding.UTF8.GetString(reader.ValueOf(field, ref scratch)))];
    }

    // The line with the header; else most lines with as many fields as the first one; then most fields.
    static (bool HasHeader, int Lines, int Fields) ScoreOf(List<Row> rows, long? header) =>
        rows.Find(row => row.Fields.Length > 0) is { } first
            ? (header is not null, first.Fields.Length > 1 ? rows.Count(row => row.Fields.Length == first.Fields.Length) : 0,
                first.Fields.Length)
            : default;

    static long? HeaderIn(List<Row> rows, IReadOnlySet<string> needed) =>
        needed.Count == 0 ? null : rows.Find(row => needed.IsSubsetOf(row.Fields.Select(field => field.Trim())))?.Line;

    // Nobody's names: the first line is a header if it looks like one, or was said to be.
    static long? Guess(List<Row> rows, CsvFormat format) =>
        rows is [var first, ..] && (format.HasHeader is true
            || (first.Fields.Length > 0 && first.Fields.All(field => field.Length > 0 && !Value().IsMatch(field))
            && first.Fields.Distinct().Count() == first.Fields.Length)) ? first.Line : null;

    static List<Row> Sample(SourceText text, CsvFormat format, int skip, byte delimiter)
    {
        using var beginning = text.Beginning();
        var reader = new CsvReader(beginning, delimiter, (byte)format.Quote);
        reader.Skip(skip);
        var rows = new List<Row>();
        while (rows.Count < SampleRecords && reader.Read())
        {
            rows.Add(new(reader.Line, reader.Problem is null ? FieldsOf(reader) : []));
            // One such line says enough.
            if (reader.Fields.Count > ColumnLimit.Most) break;
        }
        return rows;
    }

    // Spreadsheets write and read this first line.
    static char? SeparatorLine(SourceText text)
    {
        using var beginning = text.Beginning();
        var lines = new TextLines(beginning);
        if (!lines.Read() || lines.Number != 1 || lines.Length > 10) return null;
        return Separator().Match(Encoding.UTF8.GetString(lines.Bytes)) is { Success: true } match ? match.Groups["mark"].Value[0] : null;
    }

    [GeneratedRegex("^\"?sep=(?<mark>[\\x01-!#-\\x7F])\"?$", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Separator();

    [GeneratedRegex(@"^\s*[-+]?[\d.,]+\s*$|^\d{4}-\d\d-\d\d", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Value();

    /// <param name="Fields">None if the line cannot be read.</param>
    sealed record Row(long Line, string[] Fields);
}
