using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>The columns of a sale as expressions of a source.</summary>
/// <param name="Columns">Column of a sale → SQL expression over the source's columns.</param>
/// <param name="Csv">How its text files are written.</param>
sealed record SalesMapping(IReadOnlyDictionary<string, string> Columns, CsvFormat Csv)
{
    /// <summary>Columns that a mapping must give.</summary>
    public static readonly IReadOnlyList<string> Required = ["customer_id", "store_id", "sales_date", "quantity", "total_cost"];

    /// <summary>Columns that follow from others, or are null, where the mapping leaves them out.</summary>
    public static readonly IReadOnlyList<string> Optional = ["sales_person_id", "price"];

    /// <summary>The mapping of a source whose columns are called as a sale's are.</summary>
    public static SalesMapping ByName(IEnumerable<string> sourceColumns) =>
        new([.. Required, .. Optional.Intersect(sourceColumns, StringComparer.OrdinalIgnoreCase)], new());

    SalesMapping(IReadOnlyList<string> columns, CsvFormat csv)
        : this(columns.ToDictionary(column => column, column => $"\"{column}\""), csv) { }

    /// <summary>Reads the mapping's JSON.</summary>
    /// <exception cref="ActivityFailedException"><c>import.invalid_mapping</c>, with everything that is wrong.</exception>
    public static SalesMapping Parse(JsonObject json)
    {
        var problems = new List<string>();
        try
        {
            problems.AddRange(json.Select(property => property.Key).Except(["columns", "csv"])
                .Select(key => $"'{key}' is none of columns, csv"));
            var columns = ColumnsOf(json["columns"], problems);
            var csv = CsvFormat.Parse(json["csv"], problems);
            return problems.Count == 0 ? new(columns, csv) : throw Invalid(problems);
        }
        // An object finds out about its names when they are first asked for.
        catch (ArgumentException)
        {
            throw Invalid(["a name is given twice, where upper and lower case are the same"]);
        }
    }

    static ActivityFailedException Invalid(IEnumerable<string> problems) => new("import.invalid_mapping",
        $"The mapping cannot be used: {string.Join("; ", problems)}. Correct it; activities/README.md shows its form.", isRetryable: false);

    static Dictionary<string, string> ColumnsOf(JsonNode? json, List<string> problems)
    {
        var columns = new Dictionary<string, string>(StringComparer.Ordinal);
        if (json is not JsonObject entries)
        {
            problems.Add("'columns' must be an object");
            return columns;
        }
        foreach (var (column, value) in entries)
        {
            if (!Required.Contains(column) && !Optional.Contains(column))
                problems.Add($"'{column}' is no column of a sale ({string.Join(", ", Required.Concat(Optional))})");
            else if (value?.GetValueKind() is JsonValueKind.String
                && !string.IsNullOrWhiteSpace(value.GetValue<string>())) columns[column] = value.GetValue<string>();
            else problems.Add($"'{column}' must be an SQL expression in quotes");
        }
        problems.AddRange(Required.Where(column => !entries.ContainsKey(column)).Select(column => $"'{column}' is missing"));
        return columns;
    }
}

/// <summary>The format of text files; what is null is detected.</summary>
/// <param name="Delimiter">Between fields: one ASCII character.</param>
/// <param name="HasHeader">Whether the first line names the columns; else they are called <c>column1</c>, <c>column2</c>…</param>
/// <param name="Encoding">Of the text; detected are UTF-8 and, by their byte order mark, UTF-16 and UTF-32.</param>
/// <param name="Decimal">The decimal mark: a point or a comma.</param>
/// <param name="Quote">Around fields that hold delimiters or line ends.</param>
/// <param name="Thousands">The mark between thousands; empty if numbers have none.</param>
/// <param name="Skip">Lines at the beginning that are neither header nor rows.</param>
sealed record CsvFormat(
    char? Delimiter = null, bool? HasHeader = null, Encoding? Encoding = null, char? Decimal = null, char Quote = '"',
    string? Thousands = null, int Skip = 0)
{
    const int MaxSkip = 10_000;

    internal static CsvFormat Parse(JsonNode? json, List<string> problems)
    {
        if (json is null) return new();
        if (json is not JsonObject csv)
        {
            problems.Add("'csv' must be an object");
            return new();
        }
        problems.AddRange(csv.Select(property => property.Key)
            .Except(["delimiter", "header", "encoding", "decimal", "thousands", "quote", "skip"])
            .Select(key => $"'csv.{key}' is none of delimiter, header, encoding, decimal, thousands, quote, skip"));
        return new(
            CharacterOf("delimiter", csv, c => char.IsAscii(c) && c is not ('"' or '\n' or '\r'), "one ASCII character, such as \";\"",
                problems),
            HeaderOf(csv["header"], problems),
            EncodingOf(csv["encoding"], problems),
            CharacterOf("decimal", csv, c => c is '.' or ',', "\".\" or \",\"", problems),
            CharacterOf("quote", csv, char.IsAscii, "one ASCII character, such as \"'\"", problems) ?? '"',
            ThousandsOf(csv, problems),
            SkipOf(csv["skip"], problems));
    }

    static string? ThousandsOf(JsonObject csv, List<string> problems)
    {
        if (csv["thousands"] is not { } value) return null;
        if (value.GetValueKind() is JsonValueKind.String && value.GetValue<string>() is "." or "," or "'" or " " or ""
            && value.GetValue<string>() is var mark
            && !(csv["decimal"]?.GetValueKind() is JsonValueKind.String && csv["decimal"]!.GetValue<string>() == mark)) return mark;
        problems.Add("'csv.thousands' must be \".\", \",\", \"'\", \" \" or \"\" for none, and another mark than 'csv.decimal'");
        return null;
    }

    static int SkipOf(JsonNode? value, List<string> problems)
    {
        if (value is null) return 0;
        if (value.GetValueKind() is JsonValueKind.Number
            && int.TryParse(value.ToJsonString(), NumberStyles.None, CultureInfo.InvariantCulture, out var lines)
            && lines <= MaxSkip) return lines;
        problems.Add($"'csv.skip' must be a whole number of lines from 0 to {MaxSkip}");
        return 0;
    }

    static char? CharacterOf(string name, JsonObject csv, Func<char, bool> isAllowed, string expected, List<string> problems)
    {
        if (csv[name] is not { } value) return null;
        if (value.GetValueKind() is JsonValueKind.String && value.GetValue<string>() is [var c] && isAllowed(c)) return c;
        problems.Add($"'csv.{name}' must be {expected}");
        return null;
    }

    static bool? HeaderOf(JsonNode? value, List<string> problems)
    {
        if (value is null || value.GetValueKind() is JsonValueKind.True or JsonValueKind.False) return value?.GetValue<bool>();
        problems.Add("'csv.header' must be true or false");
        return null;
    }

    static Encoding? EncodingOf(JsonNode? value, List<string> problems)
    {
        if (value is null) return null;
        var name = value.GetValueKind() is JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? System.Text.Encoding.GetEncoding(name);
        }
        // Not supported is UTF-7, which .NET knows and refuses.
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
        {
            problems.Add($"'csv.encoding' is '{name}', which is no known encoding, such as utf-8, windows-1252 or iso-8859-2");
            return null;
        }
    }
}
