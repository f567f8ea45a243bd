using System.Data.Common;
using System.Runtime.InteropServices;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Orchestrator.Spark.Engines;
using static DuckDB.NET.Native.NativeMethods;
using ChunkAppender = DuckDB.NET.Native.DuckDBAppender;

namespace Orchestrator.Activities.Sales;

/// <summary>
/// Writes parts of a generated month as zstd Parquet. Rows go straight into DuckDB's column vectors: no object, string or SQL a row.
/// One part is one in-memory database of one thread, gone when the part is written, so memory does not grow with the month.
/// </summary>
sealed unsafe class SalesPartWriter(SalesPlan plan, SaleSource source)
{
    /// <summary>Columns of <c>raw/sales</c>.</summary>
    public static readonly IReadOnlyList<AssetColumn> Columns =
    [
        new("customer_id", "text"), new("store_id", "text"), new("sales_date", "date"), new("sales_person_id", "text"),
        new("price", "decimal(18,4)"), new("quantity", "int"), new("total_cost", "decimal(18,2)"),
    ];

    const int RowsPerChunk = 2048;
    const string CreateTable =
        "create table sales (customer_id text, store_id text, sales_date date, sales_person_id text, price decimal(18,4), quantity int, total_cost decimal(18,2))";

    readonly InlineText[] customers = InlineText.AllOf(SaleIds.Customer, plan.Customers);
    readonly InlineText[] stores = InlineText.AllOf(SaleIds.Store, plan.Stores);
    readonly InlineText[] salesPeople = InlineText.AllOf(SaleIds.SalesPerson, plan.SalesPeople);
    readonly int firstDate = plan.Month.Start.DayNumber - new DateOnly(1970, 1, 1).DayNumber;

    /// <summary>Generates and writes one part.</summary>
    /// <param name="firstRow">First row of the part.</param>
    /// <param name="endRow">Row after its last one.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="tally">Counts the sales.</param>
    /// <param name="generated">Told how many rows have been added, a few thousand at a time.</param>
    public void Write(long firstRow, long endRow, string path, ControlTally tally, Action<int> generated, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnections.Open("DataSource=:memory:;threads=1");
        Execute(connection, CreateTable, cancellationToken);
        Append(connection, firstRow, endRow, tally, generated, cancellationToken);
        Execute(connection, $"copy sales to '{path.Replace("'", "''")}' (format parquet, compression zstd)", cancellationToken);
    }

    void Append(DuckDBConnection connection, long firstRow, long endRow, ControlTally tally, Action<int> generated, CancellationToken cancellationToken)
    {
        Check(Appender.DuckDBAppenderCreate(connection.NativeConnection, null, "sales", out var appender) == DuckDBState.Success);
        using (appender)
        using (var chunk = ChunkFor(appender))
        {
            var columns = new Vectors(chunk);
            for (var row = firstRow; row < endRow;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var count = (int)Math.Min(RowsPerChunk, endRow - row);
                DataChunks.DuckDBDataChunkReset(chunk);
                columns.MakeNullable();
                Fill(columns, row, count, tally);
                DataChunks.DuckDBDataChunkSetSize(chunk, (ulong)count);
                Check(Appender.DuckDBAppendDataChunk(appender, chunk) == DuckDBState.Success);
                row += count;
                generated(count);
            }
            Check(Appender.DuckDBAppenderClose(appender) == DuckDBState.Success);
        }
    }

    void Fill(Vectors to, long firstRow, int count, ControlTally tally)
    {
        var day = source.DayOf(firstRow);
        var nextDay = source.EndOfDay(day);
        for (var i = 0; i < count; i++)
        {
            var row = firstRow + i;
            while (row >= nextDay) nextDay = source.EndOfDay(++day);
            var sale = source.At(row, day);
            to.Customers[i] = customers[sale.Customer];
            to.Stores[i] = stores[sale.Store];
            to.Dates[i] = firstDate + sale.Day;
            if (sale.SalesPerson >= 0) to.SalesPeople[i] = salesPeople[sale.SalesPerson];
            else to.SalesPersonValidity[i / 64] &= ~(1UL << (i % 64));
            to.Prices[i] = sale.Price;
            to.Quantities[i] = sale.Quantity;
            to.Totals[i] = sale.Cents;
            tally.Add(sale);
        }
    }

    static DuckDBDataChunk ChunkFor(ChunkAppender appender)
    {
        var types = new DuckDBLogicalType[Columns.Count];
        for (var i = 0; i < types.Length; i++) types[i] = Appender.DuckDBAppenderColumnType(appender, (ulong)i);
        var chunk = DataChunks.DuckDBCreateDataChunk([.. types.Select(type => type.DangerousGetHandle())], (ulong)types.Length);
        foreach (var type in types) type.Dispose();
        return chunk;
    }

    static void Execute(DuckDBConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The only text in it that is not ours is a quoted path.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var interrupt = new DuckDbInterrupt(command, cancellationToken);
        try
        {
            command.ExecuteNonQuery();
        }
        catch (DbException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    static void Check(bool isDone)
    {
        if (!isDone) throw new IOException("DuckDB could not take more rows into memory.");
    }

    /// <summary>Where the values of a chunk's columns lie; valid as long as the chunk.</summary>
    [StructLayout(LayoutKind.Auto)]
    readonly struct Vectors(DuckDBDataChunk chunk)
    {
        readonly nint salesPeople = DataChunks.DuckDBDataChunkGetVector(chunk, 3);

        public InlineText* Customers { get; } = (InlineText*)ValuesOf(chunk, 0);
        public InlineText* Stores { get; } = (InlineText*)ValuesOf(chunk, 1);
        public int* Dates { get; } = (int*)ValuesOf(chunk, 2);
        public InlineText* SalesPeople { get; } = (InlineText*)ValuesOf(chunk, 3);
        public long* Prices { get; } = (long*)ValuesOf(chunk, 4);
        public int* Quantities { get; } = (int*)ValuesOf(chunk, 5);
        public long* Totals { get; } = (long*)ValuesOf(chunk, 6);
        public ulong* SalesPersonValidity => NativeMethods.Vectors.DuckDBVectorGetValidity(salesPeople);

        /// <summary>A reset chunk forgets its validity mask; after this one all rows are valid and can be made null.</summary>
        public void MakeNullable()
        {
            NativeMethods.Vectors.DuckDBVectorEnsureValidityWritable(salesPeople);
            new Span<ulong>(SalesPersonValidity, RowsPerChunk / 64).Fill(ulong.MaxValue);
        }

        static void* ValuesOf(DuckDBDataChunk chunk, int column) =>
            NativeMethods.Vectors.DuckDBVectorGetData(DataChunks.DuckDBDataChunkGetVector(chunk, column));
    }
}
