using System.IO.Compression;
using System.Text;
using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Tests.Integration.Sales;

public sealed class ImportSalesTests : IDisposable
{
    readonly ImportScene scene = new();

    public void Dispose() => scene.Dispose();

    [Fact]
    public async Task Columns_of_a_sales_own_names_need_no_mapping()
    {
        var import = await scene.ImportAsync(scene.Write("sales.csv", ImportScene.Header + "ALFKI,Münster,2026-10-02,3,10\nBLAUS,Genève,2026-10-01,1,2.50\n"));
        Assert.Equal(["BLAUS|Genève|2026-10-01|-|2.5000|1|2.50", "ALFKI|Münster|2026-10-02|-|3.3333|3|10.00"], import.Sales);
        Assert.Equal((2, 2, 0, 0), import.Rows);
        Assert.Equal((2L, 1250L), (import.Totals.Rows, import.Totals.Cents));
        Assert.Null(import.Totals.TopCustomers);
    }

    [Fact]
    public async Task Every_rule_sends_its_rows_to_quarantine_with_file_line_rule_and_row()
    {
        var import = await scene.ImportAsync(scene.Write("sales.csv", ImportScene.Header + """
            C1,S1,2026-10-01,1,1
            ,S1,2026-10-01,1,1
            C1, ,2026-10-01,1,1
            C1,S1,soon,1,1
            C1,S1,2026-10-01,none,1
            C1,S1,2026-10-01,0,1
            C1,S1,2026-10-01,1.5,1
            C1,S1,2026-10-01,9999999999,1
            C1,S1,2026-10-01,1,free
            C1,S1,2026-10-01,1,-0.01
            C1,S1,2026-10-01,1
            """));
        Assert.Equal([
            """sales.csv|3|customer_id is missing|{"customer_id":null,"store_id":"S1","sales_date":"2026-10-01","quantity":"1","total_cost":"1"}""",
            """sales.csv|4|store_id is missing|{"customer_id":"C1","store_id":" ","sales_date":"2026-10-01","quantity":"1","total_cost":"1"}""",
            """sales.csv|5|sales_date is missing or unreadable|{"customer_id":"C1","store_id":"S1","sales_date":"soon","quantity":"1","total_cost":"1"}""",
            """sales.csv|6|quantity is missing or unreadable|{"customer_id":"C1","store_id":"S1","sales_date":"2026-10-01","quantity":"none","total_cost":"1"}""",
            """sales.csv|7|quantity is below 1|{"customer_id":"C1","store_id":"S1","sales_date":"2026-10-01","quantity":"0","total_cost":"1"}""",
            """sales.csv|8|quantity is no whole number|{"customer_id":"C1","store_id":"S1","sales_date":"2026-10-01","quantity":"1.5","total_cost":"1"}""",
            """sales.csv|9|quantity is above 2147483647|{"customer_id":"C1","store_id":"S1","sales_date":"2026-10-01","quantity":"9999999999","total_cost":"1"}""",
            """sales.csv|10|total_cost is missing or unreadable|{"customer_id":"C1","store_id":"S1","sales_date":"2026-10-01","quantity":"1","total_cost":"free"}""",
            """sales.csv|11|total_cost is below 0|{"customer_id":"C1","store_id":"S1","sales_date":"2026-10-01","quantity":"1","total_cost":"-0.01"}""",
            "sales.csv|12|unreadable line: 4 columns instead of 5|C1,S1,2026-10-01,1",
        ], import.Quarantine);
        Assert.Equal((11, 1, 10, 0), import.Rows);
    }

    [Fact]
    public async Task A_row_dated_outside_is_outside_even_where_it_is_broken()
    {
        var import = await scene.ImportAsync(scene.Write("sales.csv", ImportScene.Header + "C1,S1,2026-10-31,1,1\n,,2026-11-01,0,\n,,2026-09-30,0,\n"));
        Assert.Equal((3, 1, 0, 2), import.Rows);
        Assert.Empty(import.Quarantine);
    }

    [Fact]
    public async Task Totals_round_half_away_from_zero_from_the_shortest_text_of_a_number()
    {
        var import = await scene.ImportAsync(scene.WriteParquet("sales.parquet", """
            select 'C' || i as customer_id, 'S' as store_id, date '2026-10-01' as sales_date, 1 as quantity, v::double as total_cost
            from (values (1, 1.0900000000000003), (2, 2.675), (3, 0.005), (4, 1.005), (5, 4.999e-3), (6, 1e-5), (7, 1e13)) as t(i, v)
            """));
        Assert.Equal(["1.09", "2.68", "0.01", "1.01", "0.00", "0.00", "10000000000000.00"], import.Sales.Select(sale => sale.Split('|')[^1]));
    }

    [Fact]
    public async Task A_price_left_out_is_total_by_quantity_half_away_from_zero()
    {
        var import = await scene.ImportAsync(scene.Write("sales.csv", ImportScene.Header + "A,S,2026-10-01,3,0.01\nB,S,2026-10-01,3,0.02\nC,S,2026-10-01,8,0.01\nD,S,2026-10-01,16,0.01\nE,S,2026-10-01,7,0\n"));
        Assert.Equal(["0.0033", "0.0067", "0.0013", "0.0006", "0.0000"], import.Sales.Select(sale => sale.Split('|')[4]));
    }

    [Fact]
    public async Task Optional_columns_are_taken_where_they_are_mapped()
    {
        var import = await scene.ImportAsync(scene.Write("sales.csv", "who,shop,day,n,sum,each,seller\nA,S,01.10.2026,2,3,1.49995,P7\nB,S,02.10.2026,2,3,x,\nC,S,03.10.2026,2,3,1,\n"), """
            {"columns": {"customer_id": "who", "store_id": "shop || '-1'", "sales_date": "strptime(day, '%d.%m.%Y')", "quantity": "n", "total_cost": "sum", "price": "each", "sales_person_id": "seller"}}
            """);
        Assert.Equal(["A|S-1|2026-10-01|P7|1.5000|2|3.00", "C|S-1|2026-10-03|-|1.0000|2|3.00"], import.Sales);
        Assert.Equal("price is missing or unreadable", Assert.Single(import.Quarantine).Split('|')[2]);
    }

    [Fact]
    public async Task An_expression_that_fails_on_a_row_quarantines_that_row_only()
    {
        var import = await scene.ImportAsync(scene.Write("sales.csv", ImportScene.Header + "A,S,2026-10-01,1,1\nB,S,2026-10-01,1,x\n"), """
            {"columns": {"customer_id": "customer_id", "store_id": "store_id", "sales_date": "sales_date", "quantity": "cast(quantity as int)", "total_cost": "cast(total_cost as decimal(18,2)) * 2"}}
            """);
        Assert.Equal((2, 1, 1, 0), import.Rows);
        Assert.Equal("A|S|2026-10-01|-|2.0000|1|2.00", Assert.Single(import.Sales));
    }

    [Fact]
    public async Task Semicolons_decimal_commas_and_Western_encoding_can_be_stated_or_are_found()
    {
        var text = "Kunde;Ort;Tag;Menge;Summe\nJosé;Zürich;2026-10-01;2;1.234,56\nÅsa;Malmö;2026-10-02;1;7,5\n";
        const string columns = """ "columns": {"customer_id": "Kunde", "store_id": "Ort", "sales_date": "Tag", "quantity": "Menge", "total_cost": "Summe"} """;
        string[] expected = ["José|Zürich|2026-10-01|-|617.2800|2|1234.56", "Åsa|Malmö|2026-10-02|-|7.5000|1|7.50"];
        Assert.Equal(expected, (await scene.ImportAsync(scene.Write("found.csv", text), $"{{{columns}}}")).Sales);
        Assert.Equal(expected, (await scene.ImportAsync(scene.Write("utf16.csv", "\uFEFF" + text, Encoding.Unicode), $"{{{columns}}}")).Sales);
        Assert.Equal(expected, (await scene.ImportAsync(scene.Write("stated.csv", text, CodePagesEncodingProvider.Instance.GetEncoding(1252)),
            "{" + columns + """, "csv": {"delimiter": ";", "header": true, "encoding": "windows-1252", "decimal": ","}}""")).Sales);
    }

    [Fact]
    public async Task A_file_without_header_has_numbered_columns()
    {
        var import = await scene.ImportAsync(scene.Write("sales.csv", "C1,S1,2026-10-01,2,3.00\nC2,S1,2026-10-01,2,4.00\n"), """
            {"columns": {"customer_id": "column1", "store_id": "column2", "sales_date": "column3", "quantity": "column4", "total_cost": "column5"}}
            """);
        Assert.Equal(["C1|S1|2026-10-01|-|1.5000|2|3.00", "C2|S1|2026-10-01|-|2.0000|2|4.00"], import.Sales);
    }

    [Fact]
    public async Task Quoted_fields_may_hold_delimiters_quotes_and_line_ends()
    {
        var import = await scene.ImportAsync(scene.Write("sales.csv", ImportScene.Header.Replace("\n", "\r\n") + "\"A, \"\"Co\"\"\",\"two\r\nlines\",2026-10-01,1,1\r\n\r\nB,S,2026-10-01,1,\r\n"));
        Assert.Equal("A, \"Co\"|two\r\nlines|2026-10-01|-|1.0000|1|1.00", Assert.Single(import.Sales));
        Assert.StartsWith("sales.csv|5|total_cost is missing", Assert.Single(import.Quarantine), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quote_never_closed_costs_its_own_line_only()
    {
        var import = await scene.ImportAsync(scene.Write("sales.csv", ImportScene.Header + "A,S,2026-10-01,1,1\n\"B,S,2026-10-01,1,1\nC,S,2026-10-01,1,1\n\"D\",S,2026-10-01,1,1\nE,\"S\" x,2026-10-01,1,1\nF,S,2026-10-01,1,\"1\n"));
        Assert.Equal(["A", "C", "D"], import.Sales.Select(sale => sale.Split('|')[0]));
        Assert.Equal([
            "sales.csv|3|unreadable line: text behind a closing quote|\"B,S,2026-10-01,1,1",
            "sales.csv|6|unreadable line: text behind a closing quote|E,\"S\" x,2026-10-01,1,1",
            "sales.csv|7|unreadable line: quote never closed|F,S,2026-10-01,1,\"1",
        ], import.Quarantine);
    }

    [Fact]
    public async Task Bad_bytes_cost_their_line_only()
    {
        var import = await scene.ImportAsync(scene.Write("sales.csv", [.. Encoding.UTF8.GetBytes(ImportScene.Header + "A,S,2026-10-01,1,1\n"), .. "B,Z"u8, 0xFC, .. "rich,2026-10-01,1,1\n"u8]));
        Assert.Equal((2, 1, 1, 0), import.Rows);
        Assert.Equal("sales.csv|3|unreadable line: bytes that are not utf-8|B,Z\uFFFDrich,2026-10-01,1,1", Assert.Single(import.Quarantine));
    }

    [Fact]
    public async Task Compressed_text_is_unpacked()
    {
        var text = Encoding.UTF8.GetBytes(ImportScene.Header + "A,S,2026-10-01,1,1\n");
        using var gzip = new MemoryStream();
        await using (var pack = new GZipStream(gzip, CompressionMode.Compress, leaveOpen: true)) await pack.WriteAsync(text, TestContext.Current.CancellationToken);
        using var zstd = new ZstdSharp.Compressor();
        Assert.Single((await scene.ImportAsync(scene.Write("sales.csv.gz", gzip.ToArray()))).Sales);
        Assert.Single((await scene.ImportAsync(scene.Write("sales.csv.zst", zstd.Wrap(text).ToArray()))).Sales);
    }

    [Theory]
    [InlineData("sales.json")]
    [InlineData("sales.jsonl")]
    [InlineData("sales.ndjson")]
    public async Task JSON_lines_are_read_with_broken_lines_in_quarantine(string name)
    {
        var import = await scene.ImportAsync(scene.Write(name, """
            {"customer_id": "Zoë \"Z\"", "store_id": 7, "sales_date": "2026-10-01", "quantity": 2, "total_cost": 1.0900000000000003}
            {"customer_id": "B", "store_id":
            [1, 2]

            {"customer_id": "C", "store_id": 7, "sales_date": "2026-10-03T10:00:00", "quantity": 1, "total_cost": "2", "note": {"a": 1}}
            {"customer_id": "D", "sales_date": "2026-10-03", "quantity": 1, "total_cost": null}
            """));
        Assert.Equal(["Zoë \"Z\"|7|2026-10-01|-|0.5450|2|1.09", "C|7|2026-10-03|-|2.0000|1|2.00"], import.Sales);
        Assert.Equal([
            $"{name}|2|unreadable line: no JSON object|{{\"customer_id\": \"B\", \"store_id\":",
            $"{name}|3|unreadable line: no JSON object|[1, 2]",
            $"{name}|6|store_id is missing|{{\"customer_id\":\"D\",\"store_id\":null,\"sales_date\":\"2026-10-03\",\"quantity\":\"1\",\"total_cost\":null}}",
        ], import.Quarantine);
    }

    [Fact]
    public async Task A_folder_and_a_glob_give_all_their_files_with_names_in_quarantine()
    {
        scene.Write("in/b/2.csv", ImportScene.Header + "B,S,2026-10-02,1,1\n,S,2026-10-02,1,1\n");
        scene.Write("in/1.csv", ImportScene.Header + "A,S,2026-10-01,1,1\n");
        scene.Write("in/readme.md", "not data");
        var import = await scene.ImportAsync(Path.Combine(scene.Folder, "in"));
        Assert.Equal((3, 2, 1, 0), import.Rows);
        Assert.StartsWith("b/2.csv|3|", Assert.Single(import.Quarantine), StringComparison.Ordinal);
        Assert.Equal((1, 1, 0, 0), (await scene.ImportAsync(Path.Combine(scene.Folder, "in", "?.csv"))).Rows);
    }

    [Fact]
    public async Task Rows_of_several_Parquet_files_are_quarantined_under_their_own_file_and_number()
    {
        Directory.CreateDirectory(Path.Combine(scene.Folder, "in"));
        for (var file = 1; file <= 3; file++)
            scene.WriteParquet($"in/{file}.parquet", $"select 'C' || i as customer_id, 'S' as store_id, date '2026-10-01' as sales_date, (i <> {file} * 10)::int as quantity, 1.5 as total_cost from range(1, 101) t(i)");
        var import = await scene.ImportAsync(Path.Combine(scene.Folder, "in"));
        Assert.Equal((300, 297, 3, 0), import.Rows);
        Assert.Equal([("1.parquet", "10"), ("2.parquet", "20"), ("3.parquet", "30")], import.Quarantine.Select(row => (row.Split('|')[0], row.Split('|')[1])));
        Assert.Equal(["1.parquet", "2.parquet", "3.parquet"], Directory.GetFiles(Path.Combine(scene.Folder, "in")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Expressions_run_in_a_database_that_reaches_nothing_outside()
    {
        var secret = scene.Write("secret.txt", "secret");
        Directory.CreateDirectory(Path.Combine(scene.Folder, "work"));
        using var database = LocalDatabase.InFolder(Path.Combine(scene.Folder, "work"), "import", 256, TestContext.Current.CancellationToken);
        database.Close([scene.Write("source.csv", "a\n1\n")], [Path.Combine(scene.Folder, "work")]);
        foreach (var sql in new[]
        {
            $"select * from read_text('{secret}')", $"attach '{scene.Folder}/other.duckdb'", $"copy (select 1) to '{scene.Folder}/out.csv'", "install httpfs",
            "load httpfs", "set enable_external_access = true", "set allowed_directories = ['/']", "select * from read_csv('https://example.org/x.csv')", "select * from glob('/etc/*')",
        })
        {
            Assert.Throws<LocalDatabaseException>(() => database.Execute(sql));
        }
    }

    [Fact]
    public async Task Cancelling_stops_the_database_at_its_work()
    {
        var source = scene.WriteParquet("large.parquet", "select 'customer ' || i as customer_id, 'S' as store_id, date '2026-10-01' as sales_date, 1 as quantity, 1.5::double as total_cost from range(5000000) t(i)");
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        var started = TimeProvider.System.GetTimestamp();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scene.ImportAsync(source, cancellationToken: stop.Token));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Many_lines_keep_their_numbers_and_add_up()
    {
        const int lines = 300_000;
        var text = new StringBuilder(ImportScene.Header);
        for (var i = 0; i < lines; i++) text.Append(i % 1000 == 999 ? $"customer number {i},store,2026-10-01,1\n" : $"customer number {i},store,2026-10-{(i % 31) + 1:d2},1,1.25\n");
        var import = await scene.ImportAsync(scene.Write("sales.csv", text.ToString()));
        Assert.Equal((lines, lines - 300, 300, 0), import.Rows);
        Assert.Equal((lines - 300) * 125L, import.Totals.Cents);
        Assert.StartsWith("sales.csv|1001|unreadable line: 4 columns instead of 5|customer number 999,", import.Quarantine[0], StringComparison.Ordinal);
        Assert.Equal(lines - 300, import.Sales.Select(sale => sale.Split('|')[0]).Distinct().Count());
    }
}
