namespace Orchestrator.Tests.Integration.Sales;

/// <summary>Ids come out as they were, or not at all; and columns of a source may be called as ours are.</summary>
public sealed class ImportSalesIdsTests : IDisposable
{
    const string Columns = "as customer_id, 'S1' as store_id, date '2026-10-05' as sales_date, 1 as quantity, 10.00 as total_cost";
    const string Lost = "customer_id has passed through floating point and lost digits";

    readonly ImportScene scene = new();

    public void Dispose() => scene.Dispose();

    string At(string name) => Path.Combine(scene.Folder, name);

    static List<string> Customers(Import import) => [.. import.Sales.Select(sale => sale.Split('|')[0]).Order(StringComparer.Ordinal)];

    static List<string> Rules(Import import) => [.. import.Quarantine.Select(row => row.Split('|')[2])];

    [Fact]
    public async Task Whole_numbers_in_one_file_and_floating_point_in_another_stay_exact()
    {
        Directory.CreateDirectory(At("in"));
        scene.WriteParquet("in/1.parquet", $"select id::bigint {Columns} from (values (9007199254740993), (12345)) t(id)");
        scene.WriteParquet("in/2.parquet", $"select id::double {Columns} from (values (777), (12345), (null), ('nan'), (9007199254740993), (1e300)) t(id)");
        scene.WriteParquet("in/3.parquet", $"select id::decimal(20, 2) {Columns} from (values (12345678901234567), (5.25)) t(id)");
        scene.WriteParquet("in/4.parquet", $"select id {Columns} from (values ('C1')) t(id)");
        var import = await scene.ImportAsync(At("in"));
        Assert.Equal(["12345", "12345", "12345678901234567", "5.25", "777", "9007199254740993", "C1"], Customers(import));
        Assert.Equal(["customer_id is missing", "customer_id is missing", Lost, Lost], Rules(import));
        Assert.Equal((11, 7, 4, 0), import.Rows);
    }

    [Fact]
    public async Task Short_floating_point_is_exact_below_2_to_the_24()
    {
        var import = await scene.ImportAsync(scene.WriteParquet("a.parquet", $"select id::float {Columns} from (values (16777215), (16777216), (-0.0)) t(id)"));
        Assert.Equal(["0", "16777215"], Customers(import));
        Assert.Equal([Lost], Rules(import));
    }

    [Fact]
    public async Task Expressions_see_ids_in_floating_point_as_whole_numbers()
    {
        var import = await scene.ImportAsync(scene.WriteParquet("a.parquet", $"select id::double {Columns} from (values (12345), (9007199254740993)) t(id)"), """
            {"columns": {"customer_id": "'C' || customer_id", "store_id": "cast(customer_id as bigint)", "sales_date": "sales_date", "quantity": "quantity", "total_cost": "total_cost"}}
            """);
        Assert.Equal("C12345|12345|2026-10-05|-|10.0000|1|10.00", Assert.Single(import.Sales));
        Assert.Equal([Lost], Rules(import));
    }

    [Fact]
    public async Task Amounts_of_files_of_different_types_stay_what_was_written()
    {
        Directory.CreateDirectory(At("in"));
        var columns = "select 'C' as customer_id, 'S' as store_id, date '2026-10-05' as sales_date, 1 as quantity, ";
        scene.WriteParquet("in/1.parquet", columns + "2.675::float as total_cost");
        scene.WriteParquet("in/2.parquet", columns + "2.675::double as total_cost");
        scene.WriteParquet("in/3.parquet", columns + "3::bigint as total_cost");
        Assert.Equal(["2.68", "2.68", "3.00"], (await scene.ImportAsync(At("in"))).Sales.Select(sale => sale.Split('|')[^1]));
        scene.WriteParquet("in/4.parquet", columns + "99999999999999.99::decimal(18, 2) as total_cost");
        Assert.Equal(["2.68", "2.68", "3.00", "99999999999999.99"], (await scene.ImportAsync(At("in"))).Sales.Select(sale => sale.Split('|')[^1]));
    }

    [Fact]
    public async Task A_JSON_number_with_an_exponent_is_the_number_that_it_stands_for()
    {
        string[] ids = ["1e3", "1E3", "1.5e1", "15.50e-1", "1e16", "-2e0"];
        var rows = ids.Select(id => $$"""{"customer_id": {{id}}, "store_id": "S1", "sales_date": "2026-10-05", "quantity": 1, "total_cost": 1}""");
        var import = await scene.ImportAsync(scene.Write("a.jsonl", string.Join('\n', rows)), maxShare: 1);
        Assert.Equal(["-2", "1.55", "1000", "1000", "15"], Customers(import));
        Assert.Equal((6, 5, 1, 0), import.Rows);
    }

    [Fact]
    public async Task Large_numbers_in_JSON_stay_exact()
    {
        string[] ids = ["9007199254740993", "12345.0", "123456789012345678901234567890", "9007199254740992.0", "1.2345678901234568e+21", "\"1e5\""];
        var import = await scene.ImportAsync(scene.Write("a.jsonl", string.Join('\n', ids.Select(id =>
            $$"""{"customer_id": {{id}}, "store_id": "S", "sales_date": "2026-10-05", "quantity": 1.0, "total_cost": 2.0}"""))));
        Assert.Equal(["12345", "123456789012345678901234567890", "1e5", "9007199254740993"], Customers(import));
        Assert.Equal([Lost, Lost], Rules(import));
    }

    [Fact]
    public async Task Ids_in_text_that_were_written_with_a_fraction_of_zero_are_whole()
    {
        scene.Write("in/1.csv", ImportScene.Header + "12345.0,S1,2026-10-05,1,1\n7,S1,2026-10-05,1,1\n");
        Assert.Equal(["12345", "7"], Customers(await scene.ImportAsync(At("in/1.csv"))));
        scene.Write("in/2.csv", ImportScene.Header + "A1.0,S1,2026-10-05,1,1\n");
        Assert.Equal(["12345.0", "7", "A1.0"], Customers(await scene.ImportAsync(At("in"))));
        var import = await scene.ImportAsync(scene.Write("b.csv", ImportScene.Header + "1.23457E+11,S1,2026-10-05,1,1\n12345678901234567.0,S1,2026-10-05,1,1\n1E5,S1,2026-10-05,1,1\n"));
        Assert.Equal(["1E5"], Customers(import));
        Assert.Equal([Lost, Lost], Rules(import));
    }

    [Theory]
    [InlineData("file_row_number")]
    [InlineData("file_index")]
    [InlineData("filename")]
    [InlineData("#file")]
    [InlineData("#LINE")]
    [InlineData("file")]
    [InlineData("line")]
    [InlineData("rule")]
    [InlineData("raw")]
    [InlineData("row")]
    [InlineData("source")]
    [InlineData("judged")]
    [InlineData("v0")]
    [InlineData("v")]
    [InlineData("month")]
    [InlineData("*")]
    public async Task A_column_of_the_source_may_be_called_as_ours_are(string name)
    {
        var mapping = $$"""{"columns": {"customer_id": "\"{{name}}\"", "store_id": "store_id", "sales_date": "sales_date", "quantity": "quantity", "total_cost": "total_cost"} }""";
        string[] expected = ["X1|S|2026-10-05|-|10.0000|1|10.00"];
        var rows = $"select 'S' as store_id, date '2026-10-05' as sales_date, 10 as total_cost, ";
        Directory.CreateDirectory(At("in"));
        scene.WriteParquet("in/a.parquet", $"{rows} 'X' || i as \"{name}\", 2 - i as quantity from range(1, 3) t(i)");
        scene.WriteParquet("in/b.parquet", $"{rows} 'Y' as \"other\", 0 as quantity");
        var import = await scene.ImportAsync(At("in"), mapping);
        Assert.Equal(expected, import.Sales);
        Assert.Equal(["a.parquet|2|quantity is below 1", "b.parquet|1|customer_id is missing"], import.Quarantine.Select(row => string.Join('|', row.Split('|')[..3])));
        import = await scene.ImportAsync(scene.Write("a.csv", $"{name},store_id,sales_date,quantity,total_cost\nX1,S,2026-10-05,1,10\nX2,S,2026-10-05,0,10\n"), mapping);
        Assert.Equal(expected, import.Sales);
        Assert.StartsWith("a.csv|3|quantity is below 1|{", Assert.Single(import.Quarantine), StringComparison.Ordinal);
        import = await scene.ImportAsync(scene.Write("a.jsonl", $$"""{"{{name}}": "X1", "store_id": "S", "sales_date": "2026-10-05", "quantity": 1, "total_cost": 10}"""), mapping);
        Assert.Equal(expected, import.Sales);
    }
}
