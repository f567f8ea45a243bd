using System.IO.Compression;
using System.Text;

namespace Orchestrator.Tests.Integration.Sales;

public sealed class ImportSalesErrorsTests : IDisposable
{
    const string Row = "C1,S1,2026-10-01,1,1\n";

    readonly ImportScene scene = new();

    public void Dispose() => scene.Dispose();

    string At(string name) => Path.Combine(scene.Folder, name);

    [Fact]
    public Task A_source_that_is_missing() => scene.FailsAsync("import.source_missing",
        $"The source '{At("no.csv")}' does not exist. Give a file, a folder, or a glob such as 'sales/2026-*.csv'.", At("no.csv"));

    [Fact]
    public Task A_glob_without_files() => scene.FailsAsync("import.source_missing",
        $"The source '{At("*.csv")}' matches no file. Give a file, a folder, or a glob such as 'sales/2026-*.csv'.", At("*.csv"));

    [Fact]
    public Task An_empty_file() => scene.FailsAsync("import.empty_file",
        $"The file '{At("sales.csv")}' is empty: it has 0 bytes. Get it again, or leave it out of the source.", scene.Write("sales.csv", ""));

    [Fact]
    public Task A_file_of_empty_lines() => scene.FailsAsync("import.empty_file",
        $"The file '{At("sales.csv")}' is empty: it has no line. Get it again, or leave it out of the source.", scene.Write("sales.csv", "\n\n"));

    [Fact]
    public Task A_folder_without_files()
    {
        scene.Write("in/readme.md", "nothing here");
        return scene.FailsAsync("import.no_files",
            $"The folder '{At("in")}' has no files to import. Those it looks for end in .parquet, .csv, .tsv, .txt, .json, .jsonl and .ndjson, the text files also with .gz or .zst behind. " +
            "Names that begin with '.' or '_' are left out.",
            At("in"));
    }

    [Fact]
    public Task Files_of_several_kinds()
    {
        scene.Write("in/a.csv", Row);
        scene.Write("in/b.json", "{}");
        return scene.FailsAsync("import.mixed_files",
            $"The source '{At("in")}' has files of several kinds: 1 Csv, 1 JsonLines. Name those of one kind by a glob, such as 'sales/*.parquet', so that no sale counts twice.", At("in"));
    }

    [Fact]
    public Task More_columns_than_a_sale_could_need() => scene.FailsAsync("import.too_many_columns",
        $"The file '{At("sales.csv")}' has 100000 columns, but at most 2000 are read. " +
        "Leave out those that are not needed, or state the delimiter in the mapping.",
        scene.Write("sales.csv", string.Join(',', Enumerable.Range(1, 100_000).Select(i => $"c{i}"))));

    [Fact]
    public async Task A_Parquet_file_cut_in_half()
    {
        var whole = await File.ReadAllBytesAsync(scene.WriteParquet("whole.parquet", "select range as customer_id from range(10000)"), TestContext.Current.CancellationToken);
        await scene.FailsAsync("import.unreadable_file",
            $"The file '{At("half.parquet")}' is no whole Parquet file: its end, which says what is in it, is missing or damaged. It was probably cut off; get it again.",
            scene.Write("half.parquet", whole[..(whole.Length / 2)]));
    }

    [Fact]
    public async Task A_gzip_file_cut_in_half()
    {
        await UnpackSomethingAsync();
        using var gzip = new MemoryStream();
        await using (var pack = new GZipStream(gzip, CompressionMode.Compress, leaveOpen: true))
        {
            await pack.WriteAsync(Encoding.UTF8.GetBytes(ImportScene.Header), TestContext.Current.CancellationToken);
            for (var i = 0; i < 100_000; i++) await pack.WriteAsync(Encoding.UTF8.GetBytes($"C{i * 7919 % 100_003},S1,2026-10-01,1,1\n"), TestContext.Current.CancellationToken);
        }

        var failure = await Assert.ThrowsAsync<Orchestrator.Workflows.Values.ActivityFailedException>(() => scene.ImportAsync(scene.Write("sales.csv.gz", gzip.ToArray()[..(int)(gzip.Length / 2)])));
        Assert.Equal("import.unreadable_file", failure.Code);
        Assert.StartsWith($"The file '{At("sales.csv.gz")}' cannot be unpacked: ", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith(" It was probably cut off; get it again.", failure.Message, StringComparison.Ordinal);
    }

    // As a server that has asked others: how strictly .NET unpacks is settled when it first does.
    static async Task UnpackSomethingAsync()
    {
        using var packed = new MemoryStream(Convert.FromHexString("1f8b080000000000000303000000000000000000"));
        await using var unpacking = new GZipStream(packed, CompressionMode.Decompress);
        await unpacking.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
    }

    [Fact]
    public Task CSV_with_a_column_fewer_in_its_lines() => scene.FailsAsync("import.too_many_quarantined",
        "2 of 3 sales of 2026-10 broke a rule (66.7 %), but at most 5.0 % may: unreadable line: 4 columns instead of 5 (2, first at sales.csv:3). " +
        "Correct the source or the mapping, or raise maxQuarantinedShare.",
        scene.Write("sales.csv", ImportScene.Header + Row + "C1,S1,2026-10-01,1\nC1,S1,2026-10-01,1\n"));

    [Fact]
    public Task CSV_with_a_column_fewer_in_its_header() => scene.FailsAsync("import.unknown_column",
        "The mapping names columns that the source does not have: 'total_cost' for total_cost. The source has: customer_id, store_id, sales_date, quantity. " +
        $"Line 1 of '{At("sales.csv")}' is 'customer_id,store_id,sales_date,quantity'. If the columns are named on a later line, state how many lines stand above it: \"csv\": {{\"skip\": 3}}.",
        scene.Write("sales.csv", "customer_id,store_id,sales_date,quantity\nC1,S1,2026-10-01,1\n"));

    [Fact]
    public Task A_quote_never_closed() => scene.FailsAsync("import.too_many_quarantined",
        "1 of 2 sales of 2026-10 broke a rule (50.0 %), but at most 5.0 % may: unreadable line: quote never closed (1, first at sales.csv:3). " +
        "Correct the source or the mapping, or raise maxQuarantinedShare.",
        scene.Write("sales.csv", ImportScene.Header + Row + "\"C1,S1,2026-10-01,1,1\n"));

    [Fact]
    public Task Binary_rubbish()
    {
        var bytes = new byte[5000];
        new Random(1).NextBytes(bytes);
        bytes[7] = 0;
        Assert.DoesNotContain((byte)0, bytes[..7]);
        return scene.FailsAsync("import.not_text",
            $"The file '{At("sales.csv")}' is not text: byte 7 is 0. Give CSV, JSON lines or Parquet, and state the encoding in the mapping where it is not UTF-8.",
            scene.Write("sales.csv", bytes));
    }

    [Fact]
    public Task A_wrong_encoding_in_the_lines() => scene.FailsAsync("import.too_many_quarantined",
        "1 of 2 sales of 2026-10 broke a rule (50.0 %), but at most 5.0 % may: unreadable line: bytes that are not utf-8 (1, first at sales.csv:3). " +
        "State the encoding in the mapping, such as \"csv\": {\"encoding\": \"windows-1252\"}.",
        scene.Write("sales.csv", ImportScene.Header + Row + "Zoë,S1,2026-10-01,1,1\n", Encoding.Latin1));

    [Fact]
    public Task A_wrong_encoding_in_the_header() => scene.FailsAsync("import.wrong_encoding",
        $"The first line of '{At("sales.csv")}' is no UTF-8 text. State the encoding in the mapping: \"csv\": {{\"encoding\": \"windows-1252\"}} for most files of Western Europe.",
        scene.Write("sales.csv", "Käufer,store_id\nC1,S1\n", Encoding.Latin1));

    [Fact]
    public Task Files_whose_columns_differ()
    {
        scene.Write("in/1.csv", ImportScene.Header + Row);
        scene.Write("in/2.csv", "a,b\n1,2\n");
        return scene.FailsAsync("import.different_columns",
            $"The file '{At("in/2.csv")}' has the columns a, b, but '{At("in/1.csv")}' has customer_id, store_id, sales_date, quantity, total_cost. Import them apart.", At("in"));
    }

    [Fact]
    public Task A_month_that_the_source_does_not_have() => scene.FailsAsync("import.no_rows",
        "The source has no good sale of 2026-11: of its 2 rows 0 were quarantined and 2 lie outside; its sales go from 2026-09-30 to 2026-10-01. Import one of its months with --partition.",
        scene.Write("sales.csv", ImportScene.Header + Row + "C1,S1,2026-09-30,1,1\n"), month: "2026-11");

    [Fact]
    public Task A_header_without_rows() => scene.FailsAsync("import.no_rows",
        "The source has no good sale of 2026-10: of its 0 rows 0 were quarantined and 0 lie outside; no row of it has a date, so none can be of 2026-10. Import one of its months with --partition.",
        scene.Write("sales.csv", ImportScene.Header));

    [Fact]
    public Task The_three_most_frequent_reasons_are_given() => scene.FailsAsync("import.too_many_quarantined",
        "7 of 8 sales of 2026-10 broke a rule (87.5 %), but at most 5.0 % may: total_cost is below 0 (3, first at sales.csv:6), quantity is below 1 (2, first at sales.csv:4), " +
        "customer_id is missing (1, first at sales.csv:3). Correct the source or the mapping, or raise maxQuarantinedShare.",
        scene.Write("sales.csv", ImportScene.Header + Row + """
            ,S1,2026-10-01,1,1
            C1,S1,2026-10-01,0,1
            C1,S1,2026-10-01,0,1
            C1,S1,2026-10-01,1,-1
            C1,S1,2026-10-01,1,-1
            C1,S1,2026-10-01,1,-1
            C1,,2026-10-01,1,1
            """));

    [Fact]
    public Task A_share_out_of_range() => scene.FailsAsync("import.invalid_input",
        "maxQuarantinedShare is 1.5, but a share is 0 to 1. Change it in the workflow or with --input.", At("sales.csv"), maxShare: 1.5);
}
