using System.Text;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Parquet;

namespace Orchestrator.Activities.Sales;

/// <summary>
/// Writes parts of a generated month as zstd Parquet. Rows go straight into column vectors: no object, string or SQL a row.
/// One part is one in-memory database of one thread, gone when the part is written, so memory does not grow with the month.
/// </summary>
sealed class SalesPartWriter(SalesPlan plan, SaleSource source)
{
    /// <summary>Columns of <c>raw/sales</c>.</summary>
    public static readonly IReadOnlyList<AssetColumn> Columns =
    [
        new("customer_id", "text"), new("store_id", "text"), new("sales_date", "date"), new("sales_person_id", "text"),
        new("price", "decimal(18,4)"), new("quantity", "int"), new("total_cost", "decimal(18,2)"),
    ];

    const int SalesPersonColumn = 3;

    readonly InlineText[] customers = AllOf(SaleIds.Customer, plan.Customers);
    readonly InlineText[] stores = AllOf(SaleIds.Store, plan.Stores);
    readonly InlineText[] salesPeople = AllOf(SaleIds.SalesPerson, plan.SalesPeople);
    readonly int firstDate = plan.Month.Start.DayNumber - new DateOnly(1970, 1, 1).DayNumber;

    /// <summary>Generates and writes one part.</summary>
    /// <param name="firstRow">First row of the part.</param>
    /// <param name="endRow">Row after its last one.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="tally">Counts the sales.</param>
    /// <param name="generated">Told how many rows have been added, a few thousand at a time.</param>
    public void Write(long firstRow, long endRow, string path, ControlTally tally, Action<int> generated,
        CancellationToken cancellationToken)
    {
        using var database = LocalDatabase.InMemory(cancellationToken);
        database.Execute($"create table sales ({string.Join(", ", Columns.Select(column => $"{column.Name} {column.Type}"))})");
        Append(database, firstRow, endRow, tally, generated, cancellationToken);
        database.WriteParquet("sales", path);
    }

    void Append(
        LocalDatabase database, long firstRow, long endRow, ControlTally tally, Action<int> generated, CancellationToken cancellationToken)
    {
        using var appender = new ColumnAppender(database, "sales", nullable: SalesPersonColumn..(SalesPersonColumn + 1),
            "DuckDB could not take more rows into memory.");
        for (var row = firstRow; row < endRow;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = (int)Math.Min(ColumnAppender.RowsPerChunk, endRow - row);
            Fill(appender, row, count, tally);
            appender.Append(count);
            row += count;
            generated(count);
        }
        appender.Complete();
    }

    void Fill(ColumnAppender to, long firstRow, int count, ControlTally tally)
    {
        var toCustomers = to.Values<InlineText>(0);
        var toStores = to.Values<InlineText>(1);
        var toDates = to.Values<int>(2);
        var toPrices = to.Values<long>(4);
        var toQuantities = to.Values<int>(5);
        var toTotals = to.Values<long>(6);
        var day = source.DayOf(firstRow);
        var nextDay = source.EndOfDay(day);
        for (var i = 0; i < count; i++)
        {
            var row = firstRow + i;
            while (row >= nextDay) nextDay = source.EndOfDay(++day);
            var sale = source.At(row, day);
            toCustomers[i] = customers[sale.Customer];
            toStores[i] = stores[sale.Store];
            toDates[i] = firstDate + sale.Day;
            if (sale.SalesPerson >= 0) to.Set(SalesPersonColumn, i, salesPeople[sale.SalesPerson]);
            toPrices[i] = sale.Price;
            toQuantities[i] = sale.Quantity;
            toTotals[i] = sale.Cents;
            tally.Add(sale);
        }
    }

    static InlineText[] AllOf(SaleIds ids, int count)
    {
        var texts = new InlineText[count];
        for (var number = 0; number < count; number++) texts[number] = InlineText.Of(Encoding.UTF8.GetBytes(ids.Of(number)));
        return texts;
    }
}
