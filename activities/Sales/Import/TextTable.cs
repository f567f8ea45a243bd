using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>Appends rows of UTF-8 text to a table whose first columns are <c>int</c> and <c>bigint</c>.</summary>
sealed class TextTable(LocalDatabase database, string table) : IDisposable
{
    readonly ColumnAppender appender = new(database, table, nullable: 2..,
        "DuckDB could not take more rows of the source; its folder is probably on a full disk.");

    int rows;

    /// <summary>Begins a row; all its texts are null until they are set.</summary>
    public void Begin(int first, long second)
    {
        appender.Values<int>(0)[rows] = first;
        appender.Values<long>(1)[rows] = second;
    }

    /// <summary>Sets a text of the row.</summary>
    /// <param name="column">Counted over all columns.</param>
    /// <param name="value">Valid UTF-8.</param>
    public void Set(int column, ReadOnlySpan<byte> value) => appender.SetText(column, rows, value);

    /// <summary>Ends the row.</summary>
    public void End()
    {
        if (++rows == ColumnAppender.RowsPerChunk) Append();
    }

    /// <summary>Hands the last rows over.</summary>
    public void Complete()
    {
        if (rows > 0) Append();
        appender.Complete();
    }

    /// <inheritdoc/>
    public void Dispose() => appender.Dispose();

    void Append()
    {
        appender.Append(rows);
        rows = 0;
    }
}
