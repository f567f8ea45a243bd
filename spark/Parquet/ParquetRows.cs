using System.Runtime.InteropServices;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Spark.Parquet;

/// <summary>The rows of Parquet files as DuckDB's column vectors, a chunk at a time, without an object per row or value.</summary>
/// <remarks>Memory is that of a few row groups, whatever the size of the files. Not for use by two threads at once.</remarks>
public sealed unsafe class ParquetRows : IDisposable
{
    readonly DuckDBConnection connection;
    readonly DuckDBPreparedStatement statement;
    DuckDBResult result;
    DuckDBDataChunk? chunk;

    ParquetRows(int columns, DuckDBConnection connection, DuckDBPreparedStatement statement, DuckDBResult result)
    {
        (this.connection, this.statement, this.result) = (connection, statement, result);
        Vectors = new ColumnVector[columns];
    }

    /// <summary>The current chunk's columns, in the order in which they were asked for.</summary>
    public ColumnVector[] Vectors { get; }

    /// <summary>Opens files as rows of columns that are found by name and cast to their types.</summary>
    /// <param name="files">Full paths; without files there are no rows.</param>
    /// <exception cref="LocalDatabaseException">A column is missing, or a file is no Parquet or is damaged.</exception>
    public static ParquetRows Open(IReadOnlyList<SqlColumn> columns, IReadOnlyList<string> files)
    {
        var opened = DuckDbConnections.Open("DataSource=:memory:");
        try
        {
            using var settings = opened.CreateCommand();
            // One thread: decoding takes a fifth of the time that the server needs to take the rows, and it gets the other core.
            settings.CommandText = "set threads = 1; set memory_limit = '512MB'; set temp_directory = ''";
            settings.ExecuteNonQuery();
            return Execute(columns, opened, files);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Goes to the next chunk.</summary>
    /// <returns>Its rows; 0 if there are none left.</returns>
    /// <exception cref="LocalDatabaseException">A file is damaged, or a value does not fit its column's type.</exception>
    public int Next()
    {
        chunk?.Dispose();
        chunk = NativeMethods.Query.DuckDBFetchChunk(result);
        var rows = chunk.IsInvalid ? 0 : (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);
        if (rows == 0)
        {
            if (NativeMethods.Query.DuckDBResultError(ref result) is { Length: > 0 } error) throw LocalDatabaseException.From(error);
            return 0;
        }
        for (var column = 0; column < Vectors.Length; column++)
        {
            var vector = NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, column);
            Vectors[column] = new((byte*)NativeMethods.Vectors.DuckDBVectorGetData(vector),
                NativeMethods.Vectors.DuckDBVectorGetValidity(vector));
        }
        return rows;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        chunk?.Dispose();
        NativeMethods.Query.DuckDBDestroyResult(ref result);
        statement.Dispose();
        connection.Dispose();
    }

    static ParquetRows Execute(IReadOnlyList<SqlColumn> columns, DuckDBConnection connection, IReadOnlyList<string> files)
    {
        // Without files there are no rows, but still columns.
        var nulls = columns.Select(column => $"cast(null as {column.Type}) as {SqlText.Identifier(column.Name)}");
        var source = files.Count > 0 ? ParquetSql.Rows(files) : $"(select {string.Join(", ", nulls)} where false)";
        var casts = columns.Select(column => $"cast(source.{SqlText.Identifier(column.Name)} as {column.Type})");
        var sql = $"select {string.Join(", ", casts)} from {source} as source";
        if (NativeMethods.PreparedStatements.DuckDBPrepare(connection.NativeConnection, sql, out var statement) != DuckDBState.Success)
        {
            var error = NativeMethods.PreparedStatements.DuckDBPrepareError(statement);
            statement.Dispose();
            throw LocalDatabaseException.From(error);
        }
        if (NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(statement, out var result) != DuckDBState.Success)
        {
            var error = NativeMethods.Query.DuckDBResultError(ref result);
            NativeMethods.Query.DuckDBDestroyResult(ref result);
            statement.Dispose();
            throw LocalDatabaseException.From(error);
        }
        return new(columns.Count, connection, statement, result);
    }
}

/// <summary>A column of a chunk as DuckDB holds it; valid until the next chunk.</summary>
/// <param name="data">Its values, one behind the other.</param>
/// <param name="validity">A bit per row, 0 for null; no bits if no row is null.</param>
[StructLayout(LayoutKind.Auto)]
public readonly unsafe struct ColumnVector(byte* data, ulong* validity)
{
    /// <summary>Values of the row.</summary>
    public byte* Data => data;

    /// <summary>Whether the row has no value.</summary>
    public bool IsNull(int row) => validity is not null && (validity[row >> 6] & (1UL << (row & 63))) == 0;

    /// <summary>The row's text in UTF-8; valid until the next chunk.</summary>
    public ReadOnlySpan<byte> TextAt(int row)
    {
        // A string is 16 bytes: its length, and then up to 12 bytes in place, or 4 of them and a pointer to all.
        var text = data + (16L * row);
        var length = *(int*)text;
        return new(length <= InlineText.MaxBytes ? text + 4 : *(byte**)(text + 8), length);
    }
}
