using System.Globalization;
using System.Text;
using DuckDB.NET.Data;
using static Orchestrator.Activities.Sales.Import.ImportDatabase;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// Brings a source into an import's database: the view <c>source</c> with its columns as they are, behind <c>#file</c> (number of the file)
/// and <c>#line</c> (line of a text file, row of a Parquet file, from 1), and the table <c>unreadable</c> of the lines that are no rows.
/// </summary>
/// <param name="read">Told how many rows have been read, a few thousand at a time.</param>
sealed class SourceTable(ImportDatabase database, SourceFiles files, CsvFormat format, Action<long> read, CancellationToken cancellationToken)
{
    const string File = "#file", Line = "#line";
    const int MaxRawBytes = 4096, RowsPerReport = 4096;

    /// <summary>Columns of the source.</summary>
    public IReadOnlyList<string> Columns { get; private set; } = [];

    /// <summary>Rows of the source and lines that are none, counted while reading.</summary>
    public long Rows { get; private set; }

    /// <summary>Whether numbers in it are written with a decimal comma.</summary>
    public bool HasDecimalComma { get; private set; }

    /// <summary>Reads all files.</summary>
    /// <exception cref="ActivityFailedException"><c>import.unreadable_file</c>, <c>import.not_text</c>, <c>import.wrong_encoding</c>, <c>import.different_columns</c>.</exception>
    public void Load()
    {
        database.Execute($"create table unreadable ({Name(File)} int, {Name(Line)} bigint, rule text, raw text)");
        switch (files.Kind)
        {
            case SourceKind.Parquet: LoadParquet(); break;
            case SourceKind.Csv: LoadCsv(); break;
            case SourceKind.JsonLines: LoadJsonLines(); break;
        }
    }

    void LoadParquet()
    {
        foreach (var path in files.Paths)
        {
            try
            {
                Rows += database.Query($"select num_rows from parquet_file_metadata({Text(path)})", row => row.GetInt64(0))[0];
            }
            catch (DuckDBException e)
            {
                throw new ActivityFailedException("import.unreadable_file",
                    $"The file '{path}' is no whole Parquet file: its end, which says what is in it, is missing or damaged. It was probably cut off; get it again.",
                    isRetryable: false, e);
            }
        }
        var all = $"read_parquet([{string.Join(", ", files.Paths.Select(Text))}], union_by_name = true, file_row_number = true)";
        Columns = [.. database.Query($"describe select * exclude (file_row_number) from {all}", row => row.GetString(0))];
        ColumnLimit.Check(files.Paths[0], Columns.Count);
        database.Execute($"create view source as select file_index::int as {Name(File)}, file_row_number + 1 as {Name(Line)}, * exclude (file_row_number) from {all}");
    }

    void LoadCsv()
    {
        var dialect = CsvDialect.Detect(files.Paths[0], format);
        HasDecimalComma = dialect.HasDecimalComma;
        Append(dialect.Delimiter, (byte)format.Quote, (reader, file) =>
        {
            if (!reader.Read()) return null;
            if (reader.Problem is not null) throw WrongEncoding(files.Paths[file]);
            ColumnLimit.Check(files.Paths[file], reader.Fields.Count);
            var first = CsvDialect.FieldsOf(reader);
            var names = dialect.HasHeader ? Distinct(first) : [.. Enumerable.Range(1, first.Length).Select(i => string.Create(CultureInfo.InvariantCulture, $"column{i}"))];
            if (Columns.Count == 0) CreateTextTable(names);
            else if (!names.SequenceEqual(Columns)) throw new ActivityFailedException("import.different_columns",
                $"The file '{files.Paths[file]}' has the columns {string.Join(", ", names)}, but '{files.Paths[0]}' has {string.Join(", ", Columns)}. Import them apart.",
                isRetryable: false);
            return new(first.Length, IsRow: !dialect.HasHeader);
        });
    }

    void LoadJsonLines()
    {
        CreateTextTable(["json"]);
        Append(delimiter: 0, quote: 0, (_, _) => new(1, IsRow: false));
        database.Execute($"""
            insert into unreadable select {Name(File)}, {Name(Line)}, 'unreadable line: no JSON object', json[:{MaxRawBytes}] from source
            where case when json_valid(json) then json_type(json) end is distinct from 'OBJECT'
            """);
        Columns = [.. database.Query("select distinct unnest(json_keys(json)) from source where json_valid(json) and json_type(json) = 'OBJECT' order by all", row => row.GetString(0))];
        ColumnLimit.Check(files.Paths[0], Columns.Count);
        var paths = Columns.Select(column => Text($"$.\"{column.Replace("\\", "\\\\").Replace("\"", "\\\"")}\""));
        var values = Columns.Select((column, i) => string.Create(CultureInfo.InvariantCulture, $", found[{i + 1}] as {Name(column)}"));
        database.Execute("alter view source rename to lines");
        database.Execute($"""
            create view source as select {Name(File)}, {Name(Line)}{string.Concat(values)}
            from (select *, json_extract_string(json, [{string.Join(", ", paths)}]::text[]) as found from lines
                  where case when json_valid(json) then json_type(json) end = 'OBJECT')
            """);
    }

    void CreateTextTable(IReadOnlyList<string> names)
    {
        Columns = names;
        database.Execute($"create table text_rows ({Name(File)} int, {Name(Line)} bigint, {string.Join(", ", names.Select(name => $"{Name(name)} text"))})");
        database.Execute("create view source as from text_rows");
    }

    /// <param name="start">Reads what stands before the rows; null where the file has nothing.</param>
    void Append(byte delimiter, byte quote, Func<CsvReader, int, Start?> start)
    {
        TextTable? rows = null;
        using var unreadable = new TextTable(database, "unreadable");
        try
        {
            for (var file = 0; file < files.Paths.Count; file++)
            {
                using var text = new SourceText(files.Paths[file], format.Encoding);
                var reader = new CsvReader(text, delimiter, quote);
                if (start(reader, file) is not { } begin) continue;
                reader.ExpectedFields = begin.Fields;
                rows ??= new(database, "text_rows");
                if (begin.IsRow) Add(reader, file, rows);
                while (reader.Read()) Add(reader, file, reader.Problem is null ? rows : unreadable);
            }
            if (Columns.Count == 0) throw new ActivityFailedException("import.empty_file",
                $"The file '{files.Paths[0]}' is empty: it has no line. Get it again, or leave it out of the source.", isRetryable: false);
            rows?.Complete();
            unreadable.Complete();
            read(Rows % RowsPerReport);
        }
        finally
        {
            rows?.Dispose();
        }
    }

    byte[] scratch = [];

    void Add(CsvReader reader, int file, TextTable table)
    {
        table.Begin(file, reader.Line);
        if (reader.Problem is { } problem)
        {
            table.Set(2, Encoding.UTF8.GetBytes($"unreadable line: {problem}"));
            // Bytes that are no UTF-8 become U+FFFD, so that the quarantine can be read.
            table.Set(3, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(reader.Record[..Math.Min(reader.Record.Length, MaxRawBytes)])));
        }
        else
        {
            for (var i = 0; i < reader.Fields.Count; i++)
            {
                var field = reader.Fields[i];
                if (field.Length > 0 || field.IsQuoted) table.Set(i + 2, reader.ValueOf(field, ref scratch));
            }
        }
        table.End();
        if (++Rows % RowsPerReport != 0) return;
        read(RowsPerReport);
        cancellationToken.ThrowIfCancellationRequested();
    }

    static string[] Distinct(string[] names)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. names.Select((name, i) =>
        {
            var candidate = name.Trim() is { Length: > 0 } given ? given : string.Create(CultureInfo.InvariantCulture, $"column{i + 1}");
            while (!seen.Add(candidate)) candidate += "_";
            return candidate;
        })];
    }

    static ActivityFailedException WrongEncoding(string path) => new("import.wrong_encoding",
        $"The first line of '{path}' is no UTF-8 text. State the encoding in the mapping: \"csv\": {{\"encoding\": \"windows-1252\"}} for most files of Western Europe.",
        isRetryable: false);

    /// <param name="Fields">Fields that every record must have.</param>
    /// <param name="IsRow">Whether the reader is at the first row already.</param>
    readonly record struct Start(int Fields, bool IsRow);
}
