using System.Globalization;
using System.Text;
using Orchestrator.Spark.DuckDb;
using static Orchestrator.Spark.DuckDb.SqlText;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// A source in an import's database: the view <c>source</c> with its columns as they are, behind the number of the file and the line (line
/// of a text file, row of a Parquet file, from 1), and the table <c>unreadable</c> of the lines that are no rows.
/// </summary>
/// <param name="files">The files.</param>
/// <param name="format">How text files are written.</param>
/// <param name="needed">The columns that the mapping reads.</param>
/// <param name="read">Told how many rows have been read, a few thousand at a time.</param>
sealed class SourceTable(LocalDatabase database, SourceFiles files, CsvFormat format, NeededColumns needed, Action<long> read,
    CancellationToken cancellationToken)
{
    /// <summary>Name of the view.</summary>
    public const string View = "source";

    /// <summary>Name of the table of text rows.</summary>
    public const string TextRows = "text_rows";

    const int MaxRawBytes = 4096, RowsPerReport = 4096;

    /// <summary>The files.</summary>
    public SourceFiles Files => files;

    /// <summary>The format of text files.</summary>
    public CsvFormat Format => format;

    /// <summary>The columns that the mapping reads.</summary>
    public NeededColumns Needed => needed;

    /// <summary>Columns of the source.</summary>
    public IReadOnlyList<string> Columns { get; private set; } = [];

    /// <summary>Names that the source has beside the columns; they are not read.</summary>
    public IReadOnlyList<string> OtherNames { get; private set; } = [];

    /// <summary>The column with the file's number, as an identifier; no column of the source has its name.</summary>
    public string File { get; private set; } = "";

    /// <summary>The column with the line, as an identifier; no column of the source has its name.</summary>
    public string Line { get; private set; } = "";

    /// <summary>
    /// The name for a column that says whether a text of the row is too long, as an identifier; no column of the source has it.
    /// </summary>
    public string HasLongText { get; private set; } = "";

    /// <summary>Rows of the source and lines that are none, counted while reading.</summary>
    public long Rows { get; private set; }

    /// <summary>
    /// The place where the columns' names were found, and what to do if it is the wrong one; empty if files have them inside.
    /// </summary>
    public string HeaderHint { get; set; } = "";

    /// <summary>Reads all files.</summary>
    /// <exception cref="ActivityFailedException">
    /// <c>import.unreadable_file</c>, <c>import.not_text</c>, <c>import.wrong_encoding</c>, <c>import.different_columns</c>,
    /// <c>import.ambiguous_column</c>,
    /// <c>import.too_many_columns</c>, <c>import.empty_file</c>.
    /// </exception>
    public void Load()
    {
        database.Execute("create table unreadable (file int, line bigint, rule text, raw text)");
        switch (files.Kind)
        {
            case SourceKind.Parquet: new ParquetSource(database, this).Load(); break;
            case SourceKind.Csv: new CsvSource(database, this).Load(); break;
            case SourceKind.JsonLines: new JsonSource(database, this).Load(); break;
        }
        read(Rows % RowsPerReport);
    }

    /// <summary>Sets the columns of the source.</summary>
    public void Define(IReadOnlyList<string> columns)
    {
        ColumnLimit.Check(files.Paths[0], columns.Count);
        Columns = columns;
        (File, Line, HasLongText) = (Free("#file"), Free("#line"), Free("#long"));

        string Free(string name)
        {
            while (columns.Contains(name, StringComparer.OrdinalIgnoreCase)) name += "#";
            return Identifier(name);
        }
    }

    /// <summary>Creates the view as a query of <see cref="File"/>, <see cref="Line"/> and <see cref="Columns"/>.</summary>
    public void CreateView(string query)
    {
        try
        {
            database.Execute($"create view {View} as {query}");
        }
        catch (LocalDatabaseException e)
        {
            throw new ActivityFailedException("import.different_columns",
                $"The files of '{files.Folder}' do not go together: {e.Message.Split('\n')[0]} Import them apart.", isRetryable: false, e);
        }
    }

    /// <summary>Creates the table and view of rows of text.</summary>
    public void CreateTextTable(IReadOnlyList<string> columns)
    {
        Define(columns);
        var texts = string.Concat(columns.Select(name => $", {Identifier(name)} text"));
        database.Execute($"create table {TextRows} ({File} int, {Line} bigint{texts})");
        CreateView($"from {TextRows}");
    }

    /// <summary>Leaves columns out of which no row has a value.</summary>
    /// <param name="columns">Those that stay.</param>
    /// <param name="others">Names that the source has beside them.</param>
    public void Restrict(IReadOnlyList<string> columns, IEnumerable<string> others)
    {
        (Columns, OtherNames) = (columns, [.. others]);
        var names = string.Concat(columns.Select(name => $", {Identifier(name)}"));
        database.Execute($"create or replace view {View} as select {File}, {Line}{names} from {TextRows}");
    }

    /// <summary>Counts rows that have been read.</summary>
    public void Count(long rows)
    {
        Rows += rows;
        if (Rows % RowsPerReport != 0) return;
        read(RowsPerReport);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Counts a line that is no row.</summary>
    /// <param name="table">Appends to the table <c>unreadable</c>.</param>
    public void Reject(TextTable table, int file, long line, string problem, ReadOnlySpan<byte> raw)
    {
        table.Begin(file, line);
        table.Set(2, Encoding.UTF8.GetBytes($"unreadable line: {problem}"));
        // Bytes that are no UTF-8 become U+FFFD, so that the quarantine can be read.
        table.Set(3, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(raw[..Math.Min(raw.Length, MaxRawBytes)])));
        table.End();
        Count(1);
    }

    /// <summary>The error of a source without a line.</summary>
    public ActivityFailedException Empty() => new("import.empty_file",
        $"The file '{files.Paths[0]}' is empty: it has no line. Get it again, or leave it out of the source.", isRetryable: false);

    /// <summary>The name of a column that has none.</summary>
    public static string Numbered(int column) => string.Create(CultureInfo.InvariantCulture, $"column{column}");
}
