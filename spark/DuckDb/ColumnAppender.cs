using System.Runtime.InteropServices;
using DuckDB.NET.Native;
using static DuckDB.NET.Native.NativeMethods;

namespace Orchestrator.Spark.DuckDb;

/// <summary>
/// Appends rows to a table of a database, a chunk at a time, straight into DuckDB's column vectors: no object for a row or value.
/// </summary>
public sealed unsafe class ColumnAppender : IDisposable
{
    /// <summary>Rows of a full chunk.</summary>
    public const int RowsPerChunk = 2048;

    readonly DuckDBAppender appender;
    readonly DuckDBDataChunk chunk;
    readonly Column[] columns;
    readonly string problem;

    /// <summary>Starts to append.</summary>
    /// <param name="table">Name of the table.</param>
    /// <param name="nullable">The columns that may be null: their values are null in each new chunk until they are set.</param>
    /// <param name="problem">Text of the error if DuckDB takes no more rows.</param>
    /// <exception cref="IOException">DuckDB takes no rows.</exception>
    public ColumnAppender(LocalDatabase database, string table, Range nullable, string problem)
    {
        this.problem = problem;
        Check(Appender.DuckDBAppenderCreate(database.Connection.NativeConnection, null, table, out appender));
        var types = new DuckDBLogicalType[(int)Appender.DuckDBAppenderColumnCount(appender)];
        for (var i = 0; i < types.Length; i++) types[i] = Appender.DuckDBAppenderColumnType(appender, (ulong)i);
        chunk = DataChunks.DuckDBCreateDataChunk([.. types.Select(type => type.DangerousGetHandle())], (ulong)types.Length);
        foreach (var type in types) type.Dispose();
        columns = new Column[types.Length];
        var (start, length) = nullable.GetOffsetAndLength(types.Length);
        for (var i = 0; i < columns.Length; i++)
            columns[i] = new(DataChunks.DuckDBDataChunkGetVector(chunk, i), isNullable: i >= start && i < start + length);
        Reset();
    }

    /// <summary>Gives the values of a column that is never null; valid until the chunk is appended.</summary>
    public Span<T> Values<T>(int column) where T : unmanaged => new(columns[column].Data, RowsPerChunk);

    /// <summary>Sets a value.</summary>
    public void Set<T>(int column, int row, T value) where T : unmanaged
    {
        SetValid(column, row);
        ((T*)columns[column].Data)[row] = value;
    }

    /// <summary>Sets a text.</summary>
    /// <param name="value">Valid UTF-8.</param>
    public void SetText(int column, int row, ReadOnlySpan<byte> value)
    {
        if (value.Length <= InlineText.MaxBytes)
        {
            Set(column, row, InlineText.Of(value));
            return;
        }
        SetValid(column, row);
        fixed (byte* bytes = value) Vectors.DuckDBVectorAssignStringElementLength(columns[column].Vector, (ulong)row, bytes, value.Length);
    }

    /// <summary>Hands the first rows of the chunk over and begins the next chunk.</summary>
    /// <exception cref="IOException">DuckDB takes no more rows.</exception>
    public void Append(int rows)
    {
        DataChunks.DuckDBDataChunkSetSize(chunk, (ulong)rows);
        Check(Appender.DuckDBAppendDataChunk(appender, chunk));
        Reset();
    }

    /// <summary>Completes the table.</summary>
    /// <exception cref="IOException">DuckDB takes no more rows.</exception>
    public void Complete() => Check(Appender.DuckDBAppenderClose(appender));

    /// <inheritdoc/>
    public void Dispose()
    {
        chunk.Dispose();
        appender.Dispose();
    }

    void SetValid(int column, int row)
    {
        if (columns[column].IsNullable) columns[column].Validity[row >> 6] |= 1UL << (row & 63);
    }

    // A reset chunk forgets which values are null.
    void Reset()
    {
        DataChunks.DuckDBDataChunkReset(chunk);
        foreach (ref var column in columns.AsSpan())
        {
            column.Data = Vectors.DuckDBVectorGetData(column.Vector);
            if (!column.IsNullable) continue;
            Vectors.DuckDBVectorEnsureValidityWritable(column.Vector);
            column.Validity = Vectors.DuckDBVectorGetValidity(column.Vector);
            new Span<ulong>(column.Validity, RowsPerChunk / 64).Clear();
        }
    }

    void Check(DuckDBState state)
    {
        if (state is not DuckDBState.Success) throw new IOException(problem);
    }

    [StructLayout(LayoutKind.Auto)]
    struct Column(nint vector, bool isNullable)
    {
        public readonly nint Vector => vector;
        public readonly bool IsNullable => isNullable;
        public void* Data;
        public ulong* Validity;
    }
}
