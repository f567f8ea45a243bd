using System.Runtime.CompilerServices;
using DuckDB.NET.Native;
using static DuckDB.NET.Native.NativeMethods;
using ChunkAppender = DuckDB.NET.Native.DuckDBAppender;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>Appends rows of UTF-8 text to a table whose first columns are <c>int</c> and <c>bigint</c>, straight into column vectors.</summary>
sealed unsafe class TextTable : IDisposable
{
    const int RowsPerChunk = 2048, InlineBytes = 12;

    readonly ChunkAppender appender;
    readonly DuckDBDataChunk chunk;
    readonly nint[] vectors;
    int rows;

    /// <summary>Starts to append.</summary>
    public TextTable(ImportDatabase database, string table)
    {
        Check(Appender.DuckDBAppenderCreate(database.Connection.NativeConnection, null, table, out appender) == DuckDBState.Success);
        var types = new DuckDBLogicalType[(int)Appender.DuckDBAppenderColumnCount(appender)];
        for (var i = 0; i < types.Length; i++) types[i] = Appender.DuckDBAppenderColumnType(appender, (ulong)i);
        chunk = DataChunks.DuckDBCreateDataChunk([.. types.Select(type => type.DangerousGetHandle())], (ulong)types.Length);
        foreach (var type in types) type.Dispose();
        vectors = [.. Enumerable.Range(0, types.Length).Select(i => DataChunks.DuckDBDataChunkGetVector(chunk, i))];
        Reset();
    }

    /// <summary>Begins a row; all its texts are null until they are set.</summary>
    public void Begin(int first, long second)
    {
        ((int*)Vectors.DuckDBVectorGetData(vectors[0]))[rows] = first;
        ((long*)Vectors.DuckDBVectorGetData(vectors[1]))[rows] = second;
        for (var column = 2; column < vectors.Length; column++) Vectors.DuckDBVectorGetValidity(vectors[column])[rows / 64] &= ~(1UL << (rows % 64));
    }

    /// <summary>Sets a text of the row.</summary>
    /// <param name="column">Counted over all columns.</param>
    /// <param name="value">Valid UTF-8.</param>
    public void Set(int column, ReadOnlySpan<byte> value)
    {
        Vectors.DuckDBVectorGetValidity(vectors[column])[rows / 64] |= 1UL << (rows % 64);
        if (value.Length > InlineBytes)
        {
            fixed (byte* bytes = value) Vectors.DuckDBVectorAssignStringElementLength(vectors[column], (ulong)rows, bytes, value.Length);
            return;
        }
        // The layout of a short text: its length, its bytes, zeros; see InlineText.
        var target = (byte*)Vectors.DuckDBVectorGetData(vectors[column]) + rows * (sizeof(int) + InlineBytes);
        Unsafe.InitBlockUnaligned(target, 0, sizeof(int) + InlineBytes);
        *(int*)target = value.Length;
        value.CopyTo(new(target + sizeof(int), InlineBytes));
    }

    /// <summary>Ends the row.</summary>
    public void End()
    {
        if (++rows == RowsPerChunk) Append();
    }

    /// <summary>Hands the last rows over.</summary>
    public void Complete()
    {
        if (rows > 0) Append();
        Check(Appender.DuckDBAppenderClose(appender) == DuckDBState.Success);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        chunk.Dispose();
        appender.Dispose();
    }

    void Append()
    {
        DataChunks.DuckDBDataChunkSetSize(chunk, (ulong)rows);
        Check(Appender.DuckDBAppendDataChunk(appender, chunk) == DuckDBState.Success);
        Reset();
    }

    void Reset()
    {
        DataChunks.DuckDBDataChunkReset(chunk);
        for (var column = 2; column < vectors.Length; column++) Vectors.DuckDBVectorEnsureValidityWritable(vectors[column]);
        rows = 0;
    }

    static void Check(bool isDone)
    {
        if (!isDone) throw new IOException("DuckDB could not take more rows of the source; its folder is probably on a full disk.");
    }
}
