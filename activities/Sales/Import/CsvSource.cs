using System.Text;
using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>Reads delimited text into the rows of a source.</summary>
sealed class CsvSource(LocalDatabase database, SourceTable source)
{
    byte[] scratch = [];

    /// <summary>Reads all files.</summary>
    public void Load()
    {
        TextTable? rows = null;
        using var unreadable = new TextTable(database, "unreadable");
        try
        {
            for (var file = 0; file < source.Files.Paths.Count; file++)
            {
                using var text = new SourceText(source.Files.Paths[file], source.Format.Encoding);
                var dialect = CsvDialect.Detect(text, source.Format, source.Needed.Required);
                var reader = new CsvReader(text, dialect.Delimiter, (byte)source.Format.Quote);
                reader.Skip(dialect.Skip);
                if (!Begin(reader, dialect, file, unreadable)) continue;
                rows ??= new(database, SourceTable.TextRows);
                Read(reader, dialect, file, rows, unreadable);
            }
            if (source.Columns.Count == 0) throw source.Empty();
            rows?.Complete();
            unreadable.Complete();
        }
        finally
        {
            rows?.Dispose();
        }
    }

    // Goes to the header, or to the first row if there is no header.
    bool Begin(CsvReader reader, CsvDialect dialect, int file, TextTable unreadable)
    {
        while (reader.Read())
        {
            if (reader.Line < dialect.HeaderLine) continue;
            if (reader.Problem is null)
            {
                SetColumns(reader, dialect, file);
                return true;
            }
            if (reader.Problem == reader.NoText) throw new ActivityFailedException("import.wrong_encoding",
                $"The first line of '{source.Files.Paths[file]}' is no {reader.NoText.Split(' ')[^1].ToUpperInvariant()} text. " +
                "State the encoding in the mapping: \"csv\": {\"encoding\": \"windows-1252\"} for most files of Western Europe.",
                isRetryable: false);
            source.Reject(unreadable, file, reader.Line, reader.Problem, reader.Record);
        }
        return false;
    }

    void Read(CsvReader reader, CsvDialect dialect, int file, TextTable rows, TextTable unreadable)
    {
        reader.ExpectedFields = reader.Fields.Count;
        var header = dialect.HeaderLine is null ? [] : reader.Record.ToArray();
        var name = header.Length == 0 ? [] : Encoding.UTF8.GetBytes(source.Needed.Required.FirstOrDefault() ?? "");
        if (dialect.HeaderLine is null) Add(reader, file, rows);
        while (reader.Read())
        {
            if (reader.Problem is { } problem) source.Reject(unreadable, file, reader.Line, problem, reader.Record);
            // Where files were joined, the header comes again.
            else if (header.Length > 0 && reader.Record.SequenceEqual(header)) continue;
            else if (name.Length > 0 && reader.Record.IndexOf(name) >= 0 && IsHeader(reader)) throw OtherHeader(reader, header, file);
            else Add(reader, file, rows);
        }
    }

    bool IsHeader(CsvReader reader) => source.Needed.Required.IsSubsetOf(CsvDialect.FieldsOf(reader).Select(field => field.Trim()));

    // Rows behind it would be read by the names of the first header.
    ActivityFailedException OtherHeader(CsvReader reader, byte[] header, int file) => new("import.different_columns",
        $"Line {reader.Line} of '{source.Files.Paths[file]}' is another header, '{Excerpt.Of(reader.Record)}', but the file begins with " +
        $"'{Excerpt.Of(header)}'. Files whose columns differ were joined. Import them apart.", isRetryable: false);

    void Add(CsvReader reader, int file, TextTable rows)
    {
        rows.Begin(file, reader.Line);
        for (var i = 0; i < reader.Fields.Count; i++)
        {
            var field = reader.Fields[i];
            if (field.Length > 0 || field.IsQuoted) rows.Set(i + 2, reader.ValueOf(field, ref scratch));
        }
        rows.End();
        source.Count(1);
    }

    void SetColumns(CsvReader reader, CsvDialect dialect, int file)
    {
        var path = source.Files.Paths[file];
        ColumnLimit.Check(path, reader.Fields.Count);
        var first = CsvDialect.FieldsOf(reader);
        var names = dialect.HeaderLine is null
            ? [.. Enumerable.Range(1, first.Length).Select(SourceTable.Numbered)] : Distinct(first, path, reader.Line);
        if (source.Columns.Count > 0)
        {
            if (names.SequenceEqual(source.Columns)) return;
            throw new ActivityFailedException("import.different_columns",
                $"The file '{path}' has the columns {Excerpt.Of(names)}, but '{source.Files.Paths[0]}' has " +
                $"{Excerpt.Of(source.Columns)}. Import them apart.", isRetryable: false);
        }
        source.CreateTextTable(names);
        source.HeaderHint = $" Line {reader.Line} of '{path}' is '{Excerpt.Of(reader.Record)}'. " +
            "If the columns are named on a later line, state how many lines stand above it: \"csv\": {\"skip\": 3}.";
    }

    string[] Distinct(string[] header, string path, long line)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. header.Select((name, i) =>
        {
            var given = name.Trim() is { Length: > 0 } trimmed ? trimmed : SourceTable.Numbered(i + 1);
            var candidate = given;
            while (!seen.Add(candidate)) candidate += "_";
            if (candidate != given && source.Needed.All.Contains(given, StringComparer.OrdinalIgnoreCase))
                throw new ActivityFailedException("import.ambiguous_column",
                $"Line {line} of '{path}' names the column '{Excerpt.Of(given)}' more than once, and the mapping reads it. Rename one, " +
                "or import the file without its " +
                "header: \"csv\": {\"header\": false, \"skip\": 1} with the columns column1, column2….", isRetryable: false);
            return candidate;
        })];
    }
}
