using System.Diagnostics;
using System.IO.Compression;

namespace Orchestrator.Tests.Integration.Sales;

/// <summary>Which files of a source are read, and that each is read as itself.</summary>
public sealed class ImportSalesFilesTests : IDisposable
{
    const string Rows = "C1,S1,2026-10-05,1,10.00\nC2,S1,2026-10-06,1,20.00\n";
    const string Columns = "as customer_id, 'S1' as store_id, date '2026-10-05' as sales_date, 1 as quantity, ";

    readonly ImportScene scene = new();

    public void Dispose() => scene.Dispose();

    string At(string name) => Path.Combine(scene.Folder, name);

    void WriteCsv(params string[] names)
    {
        foreach (var name in names) scene.Write(name, ImportScene.Header + Rows);
    }

    [Fact]
    public async Task Hidden_and_underscore_names_are_left_out_anywhere_below_a_folder()
    {
        WriteCsv("in/2026-10/sales.csv", "in/_temporary/0/task_0001/part-00000.csv", "in/2026-10/.ipynb_checkpoints/sales-checkpoint.csv",
            "in/.sales.csv", "in/_old.csv", "in/2026-10/_delta_log/0.json", "in/__MACOSX/._sales.csv");
        var import = await scene.ImportAsync(At("in"));
        Assert.Equal((2, 2, 0, 0), import.Rows);
        Assert.Equal(3000, import.Totals.Cents);
    }

    [Fact]
    public async Task A_wildcard_does_not_stand_for_the_dot_or_underscore_that_a_name_begins_with()
    {
        WriteCsv("in/sales.csv", "in/.sales.csv", "in/_sales.csv");
        Assert.Equal((2, 2, 0, 0), (await scene.ImportAsync(At("in/*.csv"))).Rows);
        Assert.Equal((2, 2, 0, 0), (await scene.ImportAsync(At("in/_*.csv"))).Rows);
    }

    [Fact]
    public async Task A_hidden_file_or_folder_that_is_named_is_read()
    {
        WriteCsv("_in/sales.csv", ".one.csv");
        Assert.Equal((2, 2, 0, 0), (await scene.ImportAsync(At("_in"))).Rows);
        Assert.Equal((2, 2, 0, 0), (await scene.ImportAsync(At(".one.csv"))).Rows);
    }

    [Fact]
    public async Task A_file_with_several_names_is_read_once()
    {
        WriteCsv("in/a.csv", "other/b.csv");
        File.CreateSymbolicLink(At("in/again.csv"), At("in/a.csv"));
        Directory.CreateSymbolicLink(At("in/loop"), At("in"));
        Directory.CreateSymbolicLink(At("in/x"), At("other"));
        Directory.CreateSymbolicLink(At("in/y"), At("other"));
        using (var link = Process.Start("ln", [At("in/a.csv"), At("in/hard.csv")])) await link.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(File.Exists(At("in/hard.csv")));
        Assert.Equal((4, 4, 0, 0), (await scene.ImportAsync(At("in"))).Rows);
        Assert.Equal((2, 2, 0, 0), (await scene.ImportAsync(At("in/*.csv"))).Rows);
    }

    [Fact]
    public async Task A_link_without_a_file_and_a_pipe_are_refused()
    {
        WriteCsv("in/a.csv");
        File.CreateSymbolicLink(At("in/b.csv"), At("in/gone.csv"));
        await scene.FailsAsync("import.source_missing", $"The link '{At("in/b.csv")}' leads to no file. Get the file again, or remove the link.", At("in"));
        using (var pipe = Process.Start("mkfifo", [At("pipe.csv")])) await pipe.WaitForExitAsync(TestContext.Current.CancellationToken);
        await scene.FailsAsync("import.not_a_file",
            $"'{At("pipe.csv")}' is a device, a pipe or a socket. Write its content into a file and import that.", At("pipe.csv"));
    }

    [Fact]
    public async Task A_file_beside_its_packed_self_is_refused()
    {
        WriteCsv("in/a.csv");
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true)) await gzip.WriteAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);
        scene.Write("in/a.csv.gz", packed.ToArray());
        await scene.FailsAsync("import.packed_twice", $"The source '{At("in")}' has a file both packed and unpacked: '{At("in/a.csv")}', '{At("in/a.csv.gz")}'. " +
            "Remove one, or name the others by a glob, such as 'sales/*.csv', so that no sale counts twice.", At("in"));
    }

    [Fact]
    public async Task Names_of_Parquet_files_are_no_patterns()
    {
        string[] names = ["sales1.parquet", "sales[1].parquet", "s*.parquet", "s?.parquet", "{sales1,x}.parquet", "[a-z]/[!x]{1,2}*.parquet", "it's \"q\" %41 ünï.parquet"];
        Directory.CreateDirectory(At("in/[a-z]"));
        for (var i = 0; i < names.Length; i++) scene.WriteParquet($"in/{names[i]}".Replace("'", "''"), $"select 'C{i}' {Columns} {1 << i}.00 as total_cost");
        foreach (var (name, i) in names.Select((name, i) => (name, i)).Where(named => named.name != "[a-z]/[!x]{1,2}*.parquet"))
            Assert.Equal((1, 100L << i), ((await scene.ImportAsync(At($"in/{name}"))).Rows.Good, (await scene.ImportAsync(At($"in/{name}"))).Totals.Cents));
        var import = await scene.ImportAsync(At("in"));
        Assert.Equal((7, 7, 0, 0), import.Rows);
        Assert.Equal(12_700, import.Totals.Cents);
    }

    [Fact]
    public async Task Columns_of_a_file_win_over_those_in_its_path()
    {
        Directory.CreateDirectory(At("in/total_cost=99/store_id=S9"));
        scene.WriteParquet("in/total_cost=99/store_id=S9/a.parquet", $"select 'C1' {Columns} 1.5 as total_cost");
        Assert.Equal("C1|S1|2026-10-05|-|1.5000|1|1.50", Assert.Single((await scene.ImportAsync(At("in"))).Sales));
    }

    [Fact]
    public async Task Columns_that_only_the_path_has_can_be_mapped()
    {
        Directory.CreateDirectory(At("in/day=2026-10-05/shop=S%201"));
        Directory.CreateDirectory(At("in/day=2026-10-06/shop=S2"));
        scene.WriteParquet("in/day=2026-10-05/shop=S%201/a.parquet", "select 'C1' as customer_id, 1 as n, 2.5 as sum");
        scene.WriteParquet("in/day=2026-10-06/shop=S2/a.parquet", "select 'C2' as customer_id, 1 as n, 3.5 as sum");
        var import = await scene.ImportAsync(At("in"),
            """{"columns": {"customer_id": "customer_id", "store_id": "shop", "sales_date": "day", "quantity": "n", "total_cost": "sum"}}""");
        Assert.Equal(["C1|S 1|2026-10-05|-|2.5000|1|2.50", "C2|S2|2026-10-06|-|3.5000|1|3.50"], import.Sales);
    }
}
