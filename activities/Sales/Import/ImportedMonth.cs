using System.Data.Common;
using System.Globalization;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Parquet;
using static Orchestrator.Spark.DuckDb.SqlText;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>Counts what was judged, and writes the good sales of the month and its quarantine.</summary>
sealed class ImportedMonth(LocalDatabase database, SourceTable source, Partition month, string folder)
{
    /// <summary>Rows in a file; far below the 256 MB that the object store takes.</summary>
    const int RowsPerPart = 2_000_000;

    const int LargestSumDigits = 16, ShownOfText = 1000, ShownOfRow = 100_000;

    /// <summary>Counts the rows of each fate.</summary>
    public ImportCounts Count()
    {
        var (good, outside, broken, first, last, returns) = database.Query($"""
            select count(*) filter (rule is null), count(*) filter (rule = '{SalesJudge.Outside}'),
              count(*) filter (rule <> '{SalesJudge.Outside}'), min(sales_date), max(sales_date),
              count(*) filter (rule is null and quantity < 0)
            from judged
            """, row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), DateAt(row, 3), DateAt(row, 4), row.GetInt64(5)))[0];
        var unreadable = database.Query("select count(*) from unreadable", row => row.GetInt64(0))[0];
        return new(good, broken + unreadable, outside, returns, first, last);

        static DateOnly? DateAt(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateOnly>(column);
    }

    /// <summary>The most frequent rules that were broken, each with how often and where first.</summary>
    public IReadOnlyList<string> Reasons(int limit) => database.Query(string.Create(CultureInfo.InvariantCulture, $"""
        with broken as (
          select file, line, rule from judged where rule <> '{SalesJudge.Outside}' union all select file, line, rule from unreadable
        )
        select rule, count(*), arg_min(file, (file, line)), arg_min(line, (file, line)) from broken
        group by rule order by count(*) desc, rule limit {limit}
        """), row => string.Create(CultureInfo.InvariantCulture,
            $"{row.GetString(0)} ({row.GetInt64(1)}, first at {source.Files.NameOf(row.GetInt32(2))}:{row.GetInt64(3)})"));

    /// <summary>Writes the good sales, ordered by day and then as in the source.</summary>
    /// <returns>The asset and its total in cents.</returns>
    /// <exception cref="ActivityFailedException"><c>import.total_too_large</c>.</exception>
    public (StagedAsset Sales, long Cents) WriteGood(ImportCounts counts)
    {
        // Sums of the marts have so many digits; a member's sum is never above that of all amounts.
        var amounts = database.Query("select cast(coalesce(sum(abs(total_cost)), 0) as text) from judged where rule is null",
            row => row.GetString(0))[0];
        if (amounts.IndexOf('.') is > LargestSumDigits) throw new ActivityFailedException("import.total_too_large",
            $"The amounts of {month} add up to {amounts}, but the tables hold sums below 10,000,000,000,000,000. " +
            "Check the mapping of total_cost.", isRetryable: false);
        database.Execute($"""
            create table good as
            select {string.Join(", ", SalesPartWriter.Columns.Select(column => column.Name))} from judged
            where rule is null order by sales_date, file, line
            """);
        var (rows, cents) = database.Query("select count(*), coalesce(cast(sum(total_cost) * 100 as bigint), 0) from good",
            row => (row.GetInt64(0), row.GetInt64(1)))[0];
        var parts = new List<StagedFile>();
        for (var first = 0L; first < rows; first += RowsPerPart)
        {
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"sales-{parts.Count:d5}.parquet"));
            Write(string.Create(CultureInfo.InvariantCulture, $"select * from good where rowid >= {first} and rowid < " +
                $"{first + RowsPerPart}"), path);
            parts.Add(new(path, Math.Min(RowsPerPart, rows - first), new FileInfo(path).Length));
        }
        var returned = database.Query("select coalesce(cast(sum(total_cost) * 100 as bigint), 0) from good where quantity < 0",
            row => row.GetInt64(0))[0];
        return (new("raw/sales", parts, SalesPartWriter.Columns, new Dictionary<string, decimal>
        {
            ["total"] = cents / 100m, ["returns"] = counts.Returns, ["returns_total"] = returned / 100m,
        }), cents);
    }

    /// <summary>Writes the rows in quarantine: file, line or row number, rule, and the row as it was.</summary>
    public StagedAsset WriteQuarantine(long rows)
    {
        var path = Path.Combine(folder, "quarantine.parquet");
        if (rows > 0)
        {
            var names = string.Join(", ", source.Files.Paths.Select((_, file) => Literal(source.Files.NameOf(file))));
            Write($"""
                select [{names}][file + 1] as source_file, line, rule, raw from (
                  select file, line, rule, raw from unreadable
                  union all
                  select file, line, rule, cast(to_json(row) as text) as raw
                  from (select * from judged where rule <> '{SalesJudge.Outside}') as broken
                  join (select {source.File}, {source.Line}, struct_pack({RawColumns()}) as row from {SourceTable.View}) as origin
                    on origin.{source.File} = broken.file and origin.{source.Line} = broken.line
                ) order by file, line
                """, path);
        }
        return new("quarantine/sales", rows == 0 ? [] : [new(path, rows, new FileInfo(path).Length)],
            [new("source_file", "text"), new("line", "bigint"), new("rule", "text"), new("raw", "text")],
            new Dictionary<string, decimal>());
    }

    /// <summary>Describes the days that the judged rows cover.</summary>
    public string MonthsInWords(ImportCounts counts) => counts.FirstDay is { } first && counts.LastDay is { } last
        ? $"its sales go from {first:yyyy-MM-dd} to {last:yyyy-MM-dd}"
        : $"no row of it has a date, so none can be of {month}";

    // As the row was, but for what is too long to be shown; nested values are not taken apart.
    string RawColumns()
    {
        var columns = database.Query($"describe select * exclude ({source.File}, {source.Line}) from {SourceTable.View}",
            row => (Name: Identifier(row.GetString(0)), Type: row.GetString(1)));
        var shown = Math.Min(ShownOfText, ShownOfRow / columns.Count);
        return string.Join(", ", columns.Select(column => string.Create(CultureInfo.InvariantCulture, $"{column.Name} := {column.Type switch
        {
            "VARCHAR" or "JSON" => $"left({column.Name}, {shown})",
            "BLOB" => $"left(hex({column.Name}), {shown})",
            var type when type.StartsWith("DECIMAL(", StringComparison.Ordinal) || MappingFunctions.Types.Contains(type) => column.Name,
            _ => "'…'",
        }}")));
    }

    void Write(string query, string path) => database.WriteParquet($"({query})", path);
}

/// <summary>The fates of the rows of a source.</summary>
/// <param name="Good">Sales of the month that keep all rules.</param>
/// <param name="Quarantined">Rows that break one, and lines that are no rows.</param>
/// <param name="Outside">Rows of other months.</param>
/// <param name="Returns">Good sales that are returns: quantity and total are below 0.</param>
/// <param name="FirstDay">First day of any row; <see langword="null"/> if none has one.</param>
/// <param name="LastDay">Last day of any row.</param>
sealed record ImportCounts(long Good, long Quarantined, long Outside, long Returns, DateOnly? FirstDay, DateOnly? LastDay);
