using System.Text;
using System.Text.RegularExpressions;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>How a text file is written, as far as the mapping does not say it: found from its first lines.</summary>
/// <param name="Delimiter">Between fields.</param>
/// <param name="HasHeader">Whether the first line names the columns.</param>
/// <param name="HasDecimalComma">Whether numbers are written with a comma.</param>
sealed partial record CsvDialect(byte Delimiter, bool HasHeader, bool HasDecimalComma)
{
    const int SampleLines = 100;

    /// <summary>Looks at the beginning of a file.</summary>
    public static CsvDialect Detect(string path, CsvFormat format)
    {
        var delimiter = (byte?)format.Delimiter ?? ",;\t|"u8.ToArray()
            .Select(candidate => (Candidate: candidate, Score: ScoreOf(Sample(path, format, candidate)))).MaxBy(candidate => candidate.Score).Candidate;
        var rows = Sample(path, format, delimiter);
        var hasHeader = format.HasHeader ?? (rows.Count > 0 && rows[0].All(field => field.Length > 0 && !Value().IsMatch(field)) && rows[0].Distinct().Count() == rows[0].Length);
        var values = rows.Skip(hasHeader ? 1 : 0).SelectMany(row => row).ToList();
        var hasComma = format.Decimal is { } mark ? mark == ',' : delimiter != ',' && values.Exists(DecimalComma().IsMatch) && !values.Exists(DecimalPoint().IsMatch);
        return new(delimiter, hasHeader, hasComma);
    }

    // Most lines with as many fields as the first one; then most fields.
    static (int Lines, int Fields) ScoreOf(List<string[]> rows) => rows.Count == 0 || rows[0].Length == 1 ? (0, 0) : (rows.Count(row => row.Length == rows[0].Length), rows[0].Length);

    static List<string[]> Sample(string path, CsvFormat format, byte delimiter)
    {
        using var text = new SourceText(path, format.Encoding);
        var reader = new CsvReader(text, delimiter, (byte)format.Quote);
        var rows = new List<string[]>();
        while (rows.Count < SampleLines && reader.Read())
        {
            if (reader.Problem is null) rows.Add(FieldsOf(reader));
            // One such line says enough.
            if (reader.Fields.Count > ColumnLimit.Most) break;
        }
        return rows;
    }

    /// <summary>The fields of the record that a reader is at, as text.</summary>
    public static string[] FieldsOf(CsvReader reader)
    {
        var scratch = Array.Empty<byte>();
        return [.. reader.Fields.Select(field => Encoding.UTF8.GetString(reader.ValueOf(field, ref scratch)))];
    }

    [GeneratedRegex(@"^\s*[-+]?[\d.,]+\s*$|^\d{4}-\d\d-\d\d", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Value();

    [GeneratedRegex(@"^\s*[-+]?\d+,\d+\s*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DecimalComma();

    [GeneratedRegex(@"^\s*[-+]?\d+\.\d+\s*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DecimalPoint();
}
