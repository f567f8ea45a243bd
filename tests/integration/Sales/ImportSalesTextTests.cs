using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Orchestrator.Tests.Integration.Sales;

/// <summary>Text files as other programs write them: packed, joined, with their encodings, line ends and headers.</summary>
public sealed class ImportSalesTextTests : IDisposable
{
    const string Row1 = "C1,S1,2026-10-05,1,10.00\n", Row2 = "C2,S1,2026-10-06,2,20.00\n";
    const string ByNumber = """
        {"columns": {"customer_id": "column1", "store_id": "column2", "sales_date": "column3", "quantity": "column4", "total_cost": "column5"}, "csv": {"header": false}}
        """;

    readonly ImportScene scene = new();

    public void Dispose() => scene.Dispose();

    string At(string name) => Path.Combine(scene.Folder, name);

    async Task<string> CustomersAsync(string source, string? mapping = null) =>
        string.Join(' ', (await scene.ImportAsync(source, mapping)).Sales.Select(sale => $"{sale.Split('|')[0]}={sale.Split('|')[^1]}"));

    static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    static byte[] Zstd(string text, int windowLog = 0)
    {
        using var packed = new MemoryStream();
        using (var zstd = new ZstdSharp.CompressionStream(packed, 3, leaveOpen: true))
        {
            if (windowLog > 0) zstd.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_windowLog, windowLog);
            zstd.Write(Encoding.UTF8.GetBytes(text));
        }
        return packed.ToArray();
    }

    [Theory]
    [InlineData("\uFEFF" + Row1 + "\uFEFF" + Row2 + "C1,S1,2026-10-07,1,1.00\n", "C1=10.00 C2=20.00 C1=1.00")]
    [InlineData(Row1 + "\uFEFF\"C1\",S1,2026-10-06,1,1\n\uFEFF\n\uFEFF\uFEFF" + Row2, "C1=10.00 C1=1.00 C2=20.00")]
    public async Task Byte_order_marks_where_files_were_joined_are_no_part_of_an_id(string text, string customers)
    {
        Assert.Equal(customers, await CustomersAsync(scene.Write("a.csv", text), ByNumber));
        Assert.Equal(customers, await CustomersAsync(scene.Write("b.csv", text, Encoding.Unicode), ByNumber));
    }

    [Theory]
    [InlineData("store_id,customer_id,sales_date,quantity,total_cost", "S1,C2,2026-10-06,2,20.00")]
    [InlineData("Store_ID,\"customer_id\",sales_date,total_cost,quantity", "S1,C2,2026-10-06,20.00,2")]
    public async Task A_joined_file_whose_columns_have_another_order_is_refused(string header, string row)
    {
        var file = scene.Write("sales.csv", $"{ImportScene.Header}C1,S1,2026-10-05,1,10.00\n{header}\n{row}\n");
        await scene.FailsAsync("import.different_columns",
            $"Line 3 of '{file}' is another header, '{header}', but the file begins with '{ImportScene.Header.Trim()}'. "
            + "Files whose columns differ were joined. Import them apart.", file);
    }

    [Fact]
    public async Task The_header_of_a_file_that_was_joined_is_no_row()
    {
        var import = await scene.ImportAsync(scene.Write("a.csv", $"\uFEFF{ImportScene.Header}{Row1}\uFEFF{ImportScene.Header}{Row2}{ImportScene.Header}"));
        Assert.Equal((2, 2, 0, 0), import.Rows);
        const string json = """{"customer_id": "C1", "store_id": "S1", "sales_date": "2026-10-05", "quantity": 1, "total_cost": 1}""";
        Assert.Equal((2, 2, 0, 0), (await scene.ImportAsync(scene.Write("a.jsonl", $"\uFEFF{json}\n\uFEFF{json}\n"))).Rows);
    }

    [Fact]
    public async Task Lines_may_end_with_CR()
    {
        Assert.Equal("C1=10.00 C2=20.00", await CustomersAsync(scene.Write("a.csv", (ImportScene.Header + Row1 + Row2).Replace('\n', '\r'))));
        var import = await scene.ImportAsync(scene.Write("b.csv", $"{ImportScene.Header}\"C1\",\"S\r1\",2026-10-05,1,1\r{Row2}\r\nC3,S1,2026-10-05,0,1\rC4,S1\r\nC5,S1,2026-10-05,1,1"));
        Assert.Equal(["C1|S\r1|2026-10-05|-|1.0000|1|1.00", "C5|S1|2026-10-05|-|1.0000|1|1.00", "C2|S1|2026-10-06|-|10.0000|2|20.00"], import.Sales);
        Assert.Equal(["b.csv|6", "b.csv|7"], import.Quarantine.Select(row => string.Join('|', row.Split('|')[..2])));
    }

    [Fact]
    public async Task Packed_files_are_read_to_their_end_whatever_they_are_called()
    {
        var (first, second) = (ImportScene.Header + Row1, Row2);
        Assert.Equal("C1=10.00 C2=20.00", await CustomersAsync(scene.Write("a.csv.gz", [.. Gzip(first), .. Gzip(second)])));
        Assert.Equal("C1=10.00 C2=20.00", await CustomersAsync(scene.Write("b.csv.zst", [.. Zstd(first), 0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 7, 7, .. Zstd(second)])));
        Assert.Equal("C1=10.00 C2=20.00", await CustomersAsync(scene.Write("c.csv", Gzip(first + second))));
        Assert.Equal("C1=10.00 C2=20.00", await CustomersAsync(scene.Write("d.csv", Zstd(first + second))));
        Assert.Equal("C1=10.00 C2=20.00", await CustomersAsync(scene.Write("e.csv.gz", first + second)));
        Assert.Equal("C1=10.00 C2=20.00", await CustomersAsync(scene.Write("f.csv.zst", Zstd(first + second, windowLog: 28))));
    }

    [Fact]
    public async Task A_packed_file_that_is_no_whole_one_is_refused_with_the_cause()
    {
        var (first, second) = (Gzip(ImportScene.Header + Row1), Gzip(Row2));
        await RefusedAsync("a.csv.gz", [.. first, .. Encoding.UTF8.GetBytes(Row2)], "bytes that are no gzip follow its packed part. Pack all of it again.");
        await RefusedAsync("b.csv.gz", [.. first, .. second[..^9]], "its gzip data is damaged. It was probably cut off; get it again.");
        await RefusedAsync("c.csv.gz", [.. first, .. second[..5]], "its gzip data is damaged. It was probably cut off; get it again.");
        await RefusedAsync("d.csv.gz", first[..^1], "its gzip data is damaged. It was probably cut off; get it again.");
        await RefusedAsync("e.csv.zst", [.. Zstd(Row1), .. "C1"u8], "bytes that are no zstd follow its packed part. Pack all of it again.");
        await RefusedAsync("f.csv.zst", Zstd(ImportScene.Header + Row1)[..^5], "its zstd data is damaged. It was probably cut off; get it again.");
        await scene.FailsAsync("import.not_text", $"The file '{At("g.csv")}' is not text: it is a ZIP archive or a workbook of a spreadsheet. Give CSV, JSON lines or Parquet.",
            scene.Write("g.csv", [.. "PK\u0003\u0004"u8, 20, 0, 0, 0]));

        Task RefusedAsync(string name, byte[] bytes, string cause) =>
            scene.FailsAsync("import.unreadable_file", $"The file '{At(name)}' cannot be unpacked: {cause}", scene.Write(name, bytes));
    }

    [Fact]
    public async Task UTF_16_is_found_with_and_without_a_mark()
    {
        var text = ImportScene.Header + "Zoë,東京,2026-10-05,1,10.00\n";
        foreach (var encoding in new Encoding[] { new UnicodeEncoding(false, false), new UnicodeEncoding(true, false), new UnicodeEncoding(false, true), new UnicodeEncoding(true, true), new UTF32Encoding(false, true) })
            Assert.Equal("Zoë=10.00", await CustomersAsync(scene.Write("a.csv", [.. encoding.GetPreamble(), .. encoding.GetBytes(text)])));
        // A mark counts more than what was said; half a character costs its line.
        var said = """{"columns": {"customer_id": "customer_id", "store_id": "store_id", "sales_date": "sales_date", "quantity": "quantity", "total_cost": "total_cost"}, "csv": {"encoding": "windows-1252"}}""";
        Assert.Equal("Zoë=10.00", await CustomersAsync(scene.Write("b.csv", "\uFEFF" + text), said));
        var import = await scene.ImportAsync(scene.Write("c.csv", [.. Encoding.Unicode.GetBytes(text), .. Encoding.Unicode.GetBytes("C2,"), 0, 0xD8, .. Encoding.Unicode.GetBytes("S,2026-10-05,1,1\n")]));
        Assert.Equal("c.csv|3|unreadable line: bytes that are not utf-16|C2,\uFFFDS,2026-10-05,1,1", Assert.Single(import.Quarantine));
    }

    [Theory]
    [InlineData(",customer_id,store_id,sales_date,quantity,total_cost\n0,C1,S1,2026-10-05,1,10.00\n1,C2,S1,2026-10-06,2,20.00\n")]
    [InlineData("customer_id,store_id,sales_date,quantity,total_cost,note,note\nC1,S1,2026-10-05,1,10.00,x,y\nC2,S1,2026-10-06,2,20.00,,\n")]
    [InlineData("Sales by receipt\nBranch;North\nPrinted;2026-11-02 07:15\n\ncustomer_id;store_id;sales_date;quantity;total_cost\nC1;S1;2026-10-05;1;10.00\nC2;S1;2026-10-06;2;20.00\n")]
    [InlineData("sep=;\ncustomer_id;store_id;sales_date;quantity;total_cost\nC1;S1;2026-10-05;1;10.00\nC2;S1;2026-10-06;2;20.00\n")]
    [InlineData("\uFEFF\"SEP=\t\"\r\nTOTAL_COST\t quantity \t\"sales_date\"\tstore_id\tcustomer_id\t2026\r\n10.00\t1\t2026-10-05\tS1\tC1\t\r\n20.00\t2\t2026-10-06\tS1\tC2\t\r\n")]
    [InlineData("Report, with, commas, in, its, title, of, many, words\ncustomer_id|store_id|sales_date|quantity|total_cost\nC1|S1|2026-10-05|1|10.00\nC2|S1|2026-10-06|2|20.00\n")]
    public async Task The_header_is_the_line_with_the_names_that_are_needed(string text)
    {
        var import = await scene.ImportAsync(scene.Write("a.csv", text));
        Assert.Equal(["C1|S1|2026-10-05|-|10.0000|1|10.00", "C2|S1|2026-10-06|-|10.0000|2|20.00"], import.Sales);
        Assert.Equal((2, 2, 0, 0), import.Rows);
    }

    [Fact]
    public async Task Files_may_have_titles_and_delimiters_of_their_own()
    {
        scene.Write("in/a.csv", ImportScene.Header + Row1);
        scene.Write("in/b.csv", "North\n\n" + (ImportScene.Header + Row2).Replace(',', ';'));
        Assert.Equal("C1=10.00 C2=20.00", await CustomersAsync(At("in")));
    }

    [Fact]
    public async Task Lines_can_be_skipped()
    {
        var mapping = ByNumber.Replace("\"header\": false", "\"header\": false, \"skip\": 3", StringComparison.Ordinal);
        Assert.Equal("C1=10.00 C2=20.00", await CustomersAsync(scene.Write("a.csv", "a,b,c,d,e\n\n\"title\n" + Row1 + Row2), mapping));
        var import = await scene.ImportAsync(scene.Write("b.csv", "a,b,c,d,e\n\n\n" + Row1 + "C2,S1,2026-10-06,0,20.00\n"), mapping);
        Assert.StartsWith("b.csv|5|", Assert.Single(import.Quarantine), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_twice_is_refused_only_where_it_is_read()
    {
        await scene.FailsAsync("import.ambiguous_column",
            $"Line 1 of '{At("a.csv")}' names the column 'Total_Cost' more than once, and the mapping reads it. Rename one, or import the file without its " +
            "header: \"csv\": {\"header\": false, \"skip\": 1} with the columns column1, column2….",
            scene.Write("a.csv", "customer_id,store_id,sales_date,quantity,total_cost,Total_Cost\nC1,S1,2026-10-05,1,10.00,99\n"));
    }

    [Fact]
    public async Task An_unknown_column_is_reported_with_the_first_line_bounded_and_without_control_characters()
    {
        await scene.FailsAsync("import.unknown_column",
            "The mapping names columns that the source does not have: 'customer_id' for customer_id, 'store_id' for store_id, 'sales_date' for sales_date, 'quantity' for quantity, " +
            $"'total_cost' for total_cost. The source has: a\uFFFD[31m, {new string('b', 120)}…. Line 1 of '{At("a.csv")}' is 'a\uFFFD[31m,{new string('b', 113)}…'. " +
            "If the columns are named on a later line, state how many lines stand above it: \"csv\": {\"skip\": 3}.",
            scene.Write("a.csv", $"a\u001B[31m,{new string('b', 500)}\n1,2\n"));
        await scene.FailsAsync("import.too_many_columns",
            $"The file '{At("b.csv")}' has 100000 columns, but at most 2000 are read. " +
            "Leave out those that are not needed, or state the delimiter in the mapping.",
            scene.Write("b.csv", string.Join(',', Enumerable.Range(0, 100_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"c{i}"))) + "\n1\n"));
    }
}
