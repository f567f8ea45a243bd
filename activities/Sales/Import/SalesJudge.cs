using System.Globalization;
using Orchestrator.Spark.DuckDb;
using static Orchestrator.Spark.DuckDb.SqlText;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>Turns the rows of <c>source</c> into the table <c>judged</c>: sales with the first rule they break, or none.</summary>
/// <remarks>
/// Numbers go through text, since the shortest text of a binary number is what people wrote: 2.675 rounds to 2.68, 1.0900000000000003 to
/// 1.09. DuckDB rounds text half away from zero. <c>try</c> makes an expression that fails on a row null there.
/// </remarks>
sealed class SalesJudge(LocalDatabase database, SourceTable source, Partition month)
{
    /// <summary>Rule of a row that belongs to another month.</summary>
    public const string Outside = "outside";

    // The warehouse has ids in indexes, whose entries take 2,704 bytes: two ids of four-byte characters fit.
    const int LongestId = 255;

    // No id, date or number is so long; cutting a text here keeps the memory of what follows small.
    const int LongestValueBytes = 1024;

    /// <summary>Judges all rows.</summary>
    /// <exception cref="ActivityFailedException"><c>import.mapping_failed</c>: an expression does not fit the types of the source's
    /// columns.</exception>
    public void Judge(CheckedMapping mapping)
    {
        var types = TypesOf(mapping);
        var hasPrice = types.ContainsKey("price");
        database.Execute($"""
            create table judged as
            with mapped as (
              select {source.File} as file, {source.Line} as line, {mapping.HasLongText} as has_long_text,
                {string.Join(", ", mapping.Columns.Select(column => $"try((\n{column.Value}\n)) as {column.Key}"))}
              from ({mapping.Source}) as bounded
            ), shortened as (
              select file, line, has_long_text, {string.Join(", ", mapping.Columns.Keys.Select(column => ShortOf(column, types[column])))}
              from mapped
            ), typed as (
              select file, line, has_long_text,
                {IdOf("customer_id")} as customer_id,
                {IdOf("store_id")} as store_id,
                {(types.ContainsKey("sales_person_id") ? IdOf("sales_person_id") : "cast(null as text)")} as sales_person_id,
                {DateOf(types["sales_date"])} as day,
                {(hasPrice ? $"try_cast({TextOf("price", types["price"])} as decimal(18, 4))" : "null")} as price,
                try_cast({TextOf("quantity", types["quantity"])} as decimal(38, 10)) as quantity,
                try_cast({TextOf("total_cost", types["total_cost"])} as decimal(18, 2)) as total_cost
              from shortened
            ), dated as (
              select * exclude (day), case when day between date '0001-01-01' and date '9999-12-31' then day end as sales_date from typed
            ), ruled as (
              select *, case
                when sales_date < {DayOf(month.Start)} or sales_date >= {DayOf(month.End)} then '{Outside}'
                when has_long_text then 'a text that the mapping reads is longer than {MappingSize.LongestText} bytes'
                when sales_date is null then 'sales_date is missing or unreadable'
                {string.Concat(types.Keys.Where(column => column.EndsWith("_id", StringComparison.Ordinal)).Select(Inexact))}
                when customer_id is null then 'customer_id is missing'
                when store_id is null then 'store_id is missing'
                {RulesOfId("customer_id")}
                {RulesOfId("store_id")}
                {RulesOfId("sales_person_id")}
                when quantity is null then 'quantity is missing or unreadable'
                when quantity >= 0 and quantity < 1 then 'quantity is below 1'
                when quantity <> trunc(quantity) then 'quantity is no whole number'
                when quantity > 2147483647 then 'quantity is above 2147483647'
                when quantity < -2147483647 then 'quantity is below -2147483647'
                when total_cost is null then 'total_cost is missing or unreadable'
                when quantity > 0 and total_cost < 0 then 'total_cost is below 0'
                when quantity < 0 and total_cost > 0 then 'total_cost is above 0, but quantity is below 0'
                when total_cost >= 100000000000000 then 'total_cost is above 99999999999999.99'
                when total_cost <= -100000000000000 then 'total_cost is below -99999999999999.99'
                {(hasPrice ? "when price is null then 'price is missing or unreadable'" : "")}
              end as rule from dated
            )
            select file, line, customer_id, store_id, sales_date, sales_person_id,
              {(hasPrice ? "price" : PriceOfTotal)} as price,
              case when rule is null then cast(quantity as int) end as quantity, total_cost, rule
            from ruled
            """);

        string IdOf(string column) => $"nullif(trim({ParquetSource.IdText(column, types[column])}), '')";
    }

    Dictionary<string, string> TypesOf(CheckedMapping mapping)
    {
        try
        {
            return database.Query($"describe select {string.Join(", ", mapping.Columns.Select(column => $"(\n{column.Value}\n) as " +
                $"{column.Key}"))} from source",
                row => (Column: row.GetString(0), Type: row.GetString(1))).ToDictionary(row => row.Column, row => row.Type);
        }
        catch (LocalDatabaseException e)
        {
            throw new ActivityFailedException("import.mapping_failed",
                $"The mapping does not fit the source: {e.Message.Split('\n')[0]} Columns of text files are text: number(column) makes " +
                "a number of one, cast(column as date) a date.",
                isRetryable: false, e);
        }
    }

    // total / quantity in ten-thousandths, half away from zero, in whole numbers: a division of decimals would be binary.
    // A return has both below 0.
    const string PriceOfTotal = """
        case when rule is null then cast(cast(
            (cast(abs(total_cost) * 100 as hugeint) * 200 + cast(abs(quantity) as hugeint))
              // (2 * cast(abs(quantity) as hugeint)) as decimal(18, 0))
          * cast(0.0001 as decimal(5, 4)) as decimal(18, 4)) end
        """;

    static string ShortOf(string column, string type) => type is "VARCHAR" or "BLOB"
        ? string.Create(CultureInfo.InvariantCulture, $"""
            case when strlen(cast({column} as text)) <= {LongestValueBytes} then cast({column} as text)
                 else left(cast({column} as text), {LongestValueBytes}) || '…' end as {column}
            """)
        : column;

    // U+FFFD stands for bytes that were lost on the way: two ids may have become one.
    static string RulesOfId(string column) => string.Create(CultureInfo.InvariantCulture, $"""
        when contains({column}, chr(0)) then '{column} has the character U+0000'
        when contains({column}, chr(65533)) then '{column} has the character U+FFFD, which stands for one that was unreadable'
        when length({column}) > {LongestId} then '{column} is longer than {LongestId} characters'
        """);

    // A spreadsheet or a program has made a binary number of the id: its last digits may be others.
    static string Inexact(string id) =>
        $"when contains({id}, '{ParquetSource.Inexact}') or ((contains({id}, '.') or contains({id}, '+')) and regexp_full_match({id}, " +
        $"{Literal(BinaryNumber)})) " +
        $"then '{id} has passed through floating point and lost digits'\n";

    const string BinaryNumber = "[0-9]{16,}[.]0+|[0-9][.][0-9]+[eE][+]?[0-9]+|[0-9][eE][+][0-9]+";

    static string TextOf(string column, string type) => type == "VARCHAR" ? $"plain_number({column})" : $"cast({column} as text)";

    static string DateOf(string type) => type is "DATE" || type.StartsWith("TIMESTAMP", StringComparison.Ordinal)
        ? "try_cast(sales_date as date)"
        : $"{StrictDates.TryDayOf}(cast(sales_date as text))";

    static string DayOf(DateOnly day) => $"date {Literal(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))}";
}
