using System.Text;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Sales;

/// <summary>Values that a later step cannot store or would read in another way, and returns.</summary>
public sealed class ImportSalesValuesTests : IDisposable
{
    readonly ImportScene scene = new();

    public void Dispose() => scene.Dispose();

    [Fact]
    public async Task Ids_that_no_table_or_index_can_hold_go_to_quarantine()
    {
        var (longest, tooLong) = (new string('ä', 255), new string('x', 6000));
        string[] lines =
        [
            Line("A\\u0000B", "S", "P"), Line("C", tooLong, "P"), Line("C", "S", $"{longest}x"),
            Line("C", "S\\uFFFD", "P"), Line("C\\uD800", "S", "P"),
            Line(longest, "S", "P"),
        ];
        var import = await scene.ImportAsync(scene.Write("sales.jsonl", string.Join('\n', lines)));
        Assert.Equal([
            "sales.jsonl|1|customer_id has the character U+0000",
            "sales.jsonl|2|a text that the mapping reads is longer than 2048 bytes",
            "sales.jsonl|3|sales_person_id is longer than 255 characters",
            "sales.jsonl|4|store_id has the character U+FFFD, which stands for one that was unreadable",
            "sales.jsonl|5|unreadable line: a text that is no Unicode",
        ], PlacesIn(import));
        Assert.Equal($"{longest}|S|2026-10-05|P|5.0000|1|5.00", Assert.Single(import.Sales));
        Assert.Contains("A\\u0000B", import.Quarantine[0], StringComparison.Ordinal);

        static string Line(string customer, string store, string salesPerson) => $$"""
            {"customer_id": "{{customer}}", "store_id": "{{store}}", "sales_person_id": "{{salesPerson}}", "sales_date": "2026-10-05",
            """.Trim() + """ "quantity": 1, "total_cost": 5}""";
    }

    [Fact]
    public async Task Text_is_a_date_only_as_it_is_written_in_ISO_8601()
    {
        string[] good =
        [
            "2026-10-05", " 2026-10-06 ", "2026-10-07 23:59", "2026-10-08T10:00:00",
            "2026-10-09T10:00:00.123Z", "2026-10-10 23:30:00-05:00",
        ];
        string[] bad =
        [
            "20266-10-06", "2026-10-1O", "2026-10-06x", "2026-10-5", "2026/10/05", "2026-10-05 25:00",
            "2026-10-05 24:00", "2026-10-05 10:60",
            "2026-10-05T", "2026-10-05 noon", "2026-02-30", "2026-13-01",
            "0000-10-05", "infinity", "-2026-10-05", "2026-10-05 (BC)", "20261005",
            "46300", "05.10.2026",
        ];
        var lines = good.Concat(bad).Select(day => $"C,S,{day},1,1\n");
        string[] mappings =
        [
            "sales_date", "cast(sales_date as date)", "try_cast(sales_date as date)", "sales_date::date",
            "coalesce(try_cast(trim(sales_date) as date), null)",
        ];
        foreach (var mapped in mappings)
        {
            var import = await scene.ImportAsync(scene.Write("sales.csv", ImportScene.Header + string.Concat(lines)), $$$"""
                {"columns": {"customer_id": "customer_id", "store_id": "store_id", "sales_date": "{{{mapped}}}",
                  "quantity": "quantity", "total_cost": "total_cost"}}
                """);
            Assert.Equal(["05", "06", "07", "08", "09", "10"], import.Sales.Select(sale => sale.Split('|')[2][^2..]));
            Assert.Equal(bad.Select((_, i) => $"sales.csv|{i + 2 + good.Length}|sales_date is missing or unreadable"), PlacesIn(import));
        }
    }

    [Fact]
    public async Task Dates_of_Parquet_beyond_the_calendar_go_to_quarantine()
    {
        var import = await scene.ImportAsync(scene.WriteParquet("sales.parquet", """
            select 'C' as customer_id, 'S' as store_id,
              unnest([timestamp '2026-10-05 10:00', timestamp '20266-10-06 00:00', timestamp '0001-01-01 00:00' - interval 1 day,
              timestamp 'infinity', timestamp '294246-12-31 00:00', null]) as sales_date, 1 as quantity, 10.00 as total_cost
            """));
        Assert.Equal((6, 1, 5, 0), import.Rows);
        Assert.All(import.Quarantine, row => Assert.Contains("|sales_date is missing or unreadable|", row, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shop_with_returns_imports_with_default_settings()
    {
        var sales = string.Concat(Enumerable.Repeat("C,S,2026-10-05,3,10\n", 9));
        var source = scene.Write("sales.csv", $"{ImportScene.Header}{sales}C,S,2026-10-06,-3,-10\n");
        var import = await scene.ImportAsync(source, maxShare: 0.05);
        Assert.Equal((10, 10, 0, 0), import.Rows);
        Assert.Equal((10L, 8000L), (import.Totals.Rows, import.Totals.Cents));
        Assert.Equal("C|S|2026-10-06|-|3.3333|-3|-10.00", import.Sales[^1]);
        var (metrics, figures) = (import.Metrics, import.Staged.Assets[0].Figures);
        Assert.Equal((1, -10, 80), (metrics[MetricNames.RowsReturned], metrics[MetricNames.TotalReturned], metrics[MetricNames.Total]));
        Assert.Equal((80m, 1m, -10m), (figures["total"], figures["returns"], figures["returns_total"]));
    }

    [Fact]
    public async Task A_return_has_a_total_below_or_at_0_and_a_sale_one_above_or_at_0()
    {
        var import = await scene.ImportAsync(scene.Write("sales.csv", ImportScene.Header +
            "C,S,2026-10-05,-1,0\nC,S,2026-10-05,1,0\nC,S,2026-10-05,-1,1\nC,S,2026-10-05,1,-1\nC,S,2026-10-05,-0.5,-1\n" +
            "C,S,2026-10-05,-2147483647,-1\nC,S,2026-10-05,-2147483648,-1\nC,S,2026-10-05,-1,-100000000000000\n"));
        Assert.Equal((8, 3, 5, 0), import.Rows);
        Assert.Equal([
            "total_cost is above 0, but quantity is below 0", "total_cost is below 0", "quantity is no whole number",
            "quantity is below -2147483647", "total_cost is below -99999999999999.99",
        ], import.Quarantine.Select(row => row.Split('|')[2]));
    }

    [Fact]
    public Task Amounts_whose_sum_no_table_can_hold() => scene.FailsAsync("import.total_too_large",
        "The amounts of 2026-10 add up to 10099999999999998.99, but the tables hold sums below 10,000,000,000,000,000. " +
        "Check the mapping of total_cost.",
        scene.Write("sales.csv", ImportScene.Header + string.Concat(Enumerable.Repeat("C,S,2026-10-05,1,99999999999999.99\n", 101))));

    [Fact]
    public async Task A_Parquet_file_with_text_that_is_no_text_is_refused_without_showing_it()
    {
        var path = scene.WriteParquet("sales.parquet",
            "select 'SECRET' as customer_id, 'S' as store_id, date '2026-10-05' as sales_date, 1 as quantity, 1 as total_cost");
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        for (var at = bytes.AsSpan().IndexOf("SECRET"u8); at >= 0; at = bytes.AsSpan().IndexOf("SECRET"u8)) bytes[at + 3] = 0xFF;
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => scene.ImportAsync(scene.Write("broken.parquet", bytes)));
        Assert.Equal(("import.unreadable_file", false), (failure.Code, failure.IsRetryable));
        Assert.DoesNotContain("SEC", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_text_that_nothing_reads_costs_nothing_and_is_cut_in_quarantine()
    {
        var note = new string('n', 100_000);
        var import = await scene.ImportAsync(scene.Write("sales.csv",
            $"{ImportScene.Header.TrimEnd()},note\nC,S,2026-10-05,1,1,{note}\nC,S,2026-10-05,1,none,{note}\n"));
        Assert.Equal((2, 1, 1, 0), import.Rows);
        Assert.InRange(Encoding.UTF8.GetByteCount(Assert.Single(import.Quarantine)), 1000, 2000);
    }

    static IEnumerable<string> PlacesIn(Import import) => import.Quarantine.Select(row => string.Join('|', row.Split('|')[..3]));
}
