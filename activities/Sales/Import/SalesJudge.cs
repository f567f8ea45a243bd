using System.Globalization;
using DuckDB.NET.Data;
using static Orchestrator.Activities.Sales.Import.ImportDatabase;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>Turns the rows of <c>source</c> into the table <c>judged</c>: sales with the first rule they break, or none.</summary>
/// <remarks>
/// Numbers go through text, since the shortest text of a binary number is what people wrote: 2.675 rounds to 2.68, 1.0900000000000003 to
/// 1.09. DuckDB rounds text half away from zero. <c>try</c> makes an expression that fails on a row null there.
/// </remarks>
sealed class SalesJudge(ImportDatabase database, SourceTable source, Partition month)
{
    /// <summary>Rule of a row that belongs to another month.</summary>
    public const string Outside = "outside";

    /// <summary>Judges all rows.</summary>
    /// <param name="mapping">Checked by <see cref="MappingCheck"/>.</param>
    /// <exception cref="ActivityFailedException"><c>import.mapping_failed</c>: an expression does not fit the types of the source's columns.</exception>
    public void Judge(SalesMapping mapping)
    {
        var types = TypesOf(mapping);
        database.Execute($"""
            create table judged as
            with mapped as (
              select {source.File} as file, {source.Line} as line, {string.Join(", ", mapping.Columns.Select(column => $"try((\n{column.Value}\n)) as {column.Key}"))} from source
            ), typed as (
              select file, line,
                {IdOf("customer_id")} as customer_id,
                {IdOf("store_id")} as store_id,
                {DateOf(types["sales_date"])} as sales_date,
                {(types.ContainsKey("sales_person_id") ? IdOf("sales_person_id") : "cast(null as text)")} as sales_person_id,
                {(types.TryGetValue("price", out var price) ? $"try_cast({TextOf("price", price)} as decimal(18, 4))" : "null")} as price,
                try_cast({TextOf("quantity", types["quantity"])} as decimal(38, 10)) as quantity,
                try_cast({TextOf("total_cost", types["total_cost"])} as decimal(18, 2)) as total_cost
              from mapped
            ), ruled as (
              select *, case
                when sales_date is null then 'sales_date is missing or unreadable'
                when sales_date < {DayOf(month.Start)} or sales_date >= {DayOf(month.End)} then '{Outside}'
                {string.Concat(types.Keys.Where(column => column.EndsWith("_id", StringComparison.Ordinal)).Select(Inexact))}
                when customer_id is null then 'customer_id is missing'
                when store_id is null then 'store_id is missing'
                when quantity is null then 'quantity is missing or unreadable'
                when quantity < 1 then 'quantity is below 1'
                when quantity <> trunc(quantity) then 'quantity is no whole number'
                when quantity > 2147483647 then 'quantity is above 2147483647'
                when total_cost is null then 'total_cost is missing or unreadable'
                when total_cost < 0 then 'total_cost is below 0'
                when total_cost >= 100000000000000 then 'total_cost is above 99999999999999.99'
                {(types.ContainsKey("price") ? "when price is null then 'price is missing or unreadable'" : "")}
              end as rule from typed
            )
            select file, line, customer_id, store_id, sales_date, sales_person_id,
              {(types.ContainsKey("price") ? "price" : PriceOfTotal)} as price,
              case when rule is null then cast(quantity as int) end as quantity, total_cost, rule
            from ruled
            """);

        string IdOf(string column) => $"nullif(trim({ParquetSource.IdText(column, types[column])}), '')";
    }

    Dictionary<string, string> TypesOf(SalesMapping mapping)
    {
        try
        {
            return database.Query($"describe select {string.Join(", ", mapping.Columns.Select(column => $"(\n{column.Value}\n) as {column.Key}"))} from source",
                row => (Column: row.GetString(0), Type: row.GetString(1))).ToDictionary(row => row.Column, row => row.Type);
        }
        catch (DuckDBException e)
        {
            throw new ActivityFailedException("import.mapping_failed",
                $"The mapping does not fit the source: {e.Message.Split('\n')[0]} Columns of text files are text: number(column) makes a number of one, cast(column as date) a date.",
                isRetryable: false, e);
        }
    }

    // total / quantity in ten-thousandths, half away from zero, in whole numbers: a division of decimals would be binary.
    const string PriceOfTotal = """
        case when rule is null then cast(cast((cast(total_cost * 100 as hugeint) * 200 + cast(quantity as hugeint)) // (2 * cast(quantity as hugeint)) as decimal(18, 0))
          * cast(0.0001 as decimal(5, 4)) as decimal(18, 4)) end
        """;

    // A spreadsheet or a program has made a binary number of the id: its last digits may be others.
    static string Inexact(string id) =>
        $"when contains({id}, '{ParquetSource.Inexact}') or ((contains({id}, '.') or contains({id}, '+')) and regexp_full_match({id}, {Text(BinaryNumber)})) " +
        $"then '{id} has passed through floating point and lost digits'\n";

    const string BinaryNumber = "[0-9]{16,}[.]0+|[0-9][.][0-9]+[eE][+]?[0-9]+|[0-9][eE][+][0-9]+";

    static string TextOf(string column, string type) => type == "VARCHAR" ? $"plain_number({column})" : $"cast({column} as text)";

    static string DateOf(string type) => type is "DATE" || type.StartsWith("TIMESTAMP", StringComparison.Ordinal)
        ? "cast(sales_date as date)"
        : "try_cast(trim(cast(sales_date as text)) as date)";

    static string DayOf(DateOnly day) => $"date {Text(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))}";
}
