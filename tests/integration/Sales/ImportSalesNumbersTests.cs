namespace Orchestrator.Tests.Integration.Sales;

/// <summary>How numbers are written is decided by the whole column, or asked for; no amount is off by a factor of 1000.</summary>
public sealed class ImportSalesNumbersTests : IDisposable
{
    readonly ImportScene scene = new();

    public void Dispose() => scene.Dispose();

    string At(string name) => Path.Combine(scene.Folder, name);

    string Write(string name, params string[] totals) =>
        scene.Write(name, ImportScene.Header.Replace(',', '\t') + string.Concat(totals.Select((total, i) => $"C{i}\tS\t2026-10-05\t1\t{total}\n")));

    static string Mapping(string total = "total_cost", string csv = "") =>
        $$"""{"columns": {"customer_id": "customer_id", "store_id": "store_id", "sales_date": "sales_date", "quantity": "quantity", "total_cost": "{{total}}" }, "csv": { {{csv}} } }""";

    async Task<string> TotalsAsync(string source, string? mapping = null) =>
        string.Join(' ', (await scene.ImportAsync(source, mapping)).Sales.Select(sale => sale.Split('|')[^1]));

    [Theory]
    [InlineData("236,48;1.488,69;1.000;89,9", "236.48 1488.69 1000.00 89.90")]
    [InlineData("1,250;980;12,400;1,250,000", "1250.00 980.00 12400.00 1250000.00")]
    [InlineData("1'000.50;12'345;1’000", "1000.50 12345.00 1000.00")]
    [InlineData("1 000,00;2\u00A0000,50;3\u202F000,25;4\u2009000", "1000.00 2000.50 3000.25 4000.00")]
    [InlineData("1.000;0.500", "1.00 0.50")]
    [InlineData("1.000;1000.000", "1.00 1000.00")]
    [InlineData("1,000;0,500", "1.00 0.50")]
    [InlineData("1.000.000;1.000", "1000000.00 1000.00")]
    [InlineData("+1.5;1.234e3;5.;.5;1.000", "1.50 1234.00 5.00 0.50 1.00")]
    [InlineData("+1,5;,5;7", "1.50 0.50 7.00")]
    [InlineData("1 000;2000", "1000.00 2000.00")]
    [InlineData("12.5;1,00,000;(1.50);$1.50;free;1.5.2;1 00", "12.50")]
    public async Task Values_that_can_be_read_in_one_way_say_how_the_others_are(string values, string totals) =>
        Assert.Equal(totals, await TotalsAsync(Write("a.tsv", values.Split(';'))));

    [Theory]
    [InlineData("1.000;2.500", "'1.000' (a.tsv:2) is 1.000 with a decimal point, but 1000 with a decimal comma")]
    [InlineData("7;1,250", "'1,250' (a.tsv:3) is 1250 with a decimal point, but 1.250 with a decimal comma")]
    [InlineData("-1.000 ", "'-1.000' (a.tsv:2) is -1.000 with a decimal point, but -1000 with a decimal comma")]
    public Task Values_that_can_all_be_read_in_two_ways_are_refused(string values, string readings) => scene.FailsAsync("import.ambiguous_numbers",
        $"The numbers of total_cost can be read in two ways: {readings}, and no value of the file says which. " +
        "State the mark in the mapping: \"csv\": {\"decimal\": \".\"} or \"csv\": {\"decimal\": \",\"}.", Write("a.tsv", values.Split(';')));

    [Fact]
    public Task Values_that_contradict_each_other_are_refused() => scene.FailsAsync("import.ambiguous_numbers",
        "The numbers of total_cost contradict each other: '1,250.00' (a.tsv:3) has a decimal point, '1.250,00' (a.tsv:4) a decimal comma. " +
        "State the mark in the mapping: \"csv\": {\"decimal\": \".\"} or \"csv\": {\"decimal\": \",\"}; others go to quarantine.", Write("a.tsv", "7", "1,250.00", "1.250,00"));

    [Fact]
    public async Task Each_file_must_say_how_its_numbers_are_written()
    {
        Write("in/a.tsv", "12.50");
        Write("in/b.tsv", "1.000");
        await scene.FailsAsync("import.ambiguous_numbers",
            "The numbers of total_cost can be read in two ways: '1.000' (b.tsv:2) is 1.000 with a decimal point, but 1000 with a decimal comma, and no value of the file says which. " +
            "State the mark in the mapping: \"csv\": {\"decimal\": \".\"} or \"csv\": {\"decimal\": \",\"}.", At("in"));
        Write("in/b.tsv", "1.000,5");
        var failure = await Assert.ThrowsAsync<Orchestrator.Workflows.Values.ActivityFailedException>(() => scene.ImportAsync(At("in")));
        Assert.Equal("import.ambiguous_numbers", failure.Code);
        Assert.Contains("'12.50' (a.tsv:2) has a decimal point, '1.000,5' (b.tsv:2) a decimal comma", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"decimal\": \".\"", "1.00 1250.00")]
    [InlineData("\"decimal\": \",\"", "1000.00 1.25")]
    [InlineData("\"thousands\": \".\"", "1000.00 1.25")]
    [InlineData("\"thousands\": \",\"", "1.00 1250.00")]
    [InlineData("\"decimal\": \".\", \"thousands\": \"\"", "1.00")]
    [InlineData("\"decimal\": \",\", \"thousands\": \"'\"", "1.25")]
    public async Task The_mark_can_be_stated(string csv, string totals) => Assert.Equal(totals, await TotalsAsync(Write("a.tsv", "1.000", "1,250"), Mapping(csv: csv)));

    [Theory]
    [InlineData("number(total_cost) * 2", "2000.00 3.00")]
    [InlineData("cast(total_cost as decimal(18, 2)) + 1", "1001.00 2.50")]
    [InlineData("total_cost::double", "1000.00 1.50")]
    [InlineData("number(replace(total_cost, 'x', ''))", "1000.00 1.50")]
    [InlineData("coalesce(total_cost, '0')", "1000.00 1.50")]
    [InlineData("number(cast(number(total_cost) as text))", "1000.00 1.50")]
    public async Task Expressions_read_a_column_as_it_is_written(string expression, string totals) =>
        Assert.Equal(totals, await TotalsAsync(Write("a.tsv", "1.000", "1,5"), Mapping(expression)));

    [Fact]
    public async Task Quantities_texts_in_Parquet_and_texts_in_JSON_are_decided_too()
    {
        scene.Write("q.csv", ImportScene.Header + "C,S,2026-10-05,1.000,1\n");
        await scene.FailsAsync("import.ambiguous_numbers",
            "The numbers of quantity can be read in two ways: '1.000' (q.csv:2) is 1.000 with a decimal point, but 1000 with a decimal comma, and no value of the file says which. " +
            "State the mark in the mapping: \"csv\": {\"decimal\": \".\"} or \"csv\": {\"decimal\": \",\"}.", At("q.csv"));
        Assert.Equal("1000.00 1.50", await TotalsAsync(scene.WriteParquet("a.parquet",
            "select 'C' as customer_id, 'S' as store_id, date '2026-10-05' as sales_date, 1 as quantity, t as total_cost from (values ('1.000'), ('1,5')) v(t)")));
        Assert.Equal("1000.00 1.50", await TotalsAsync(scene.Write("a.jsonl", string.Join('\n', new[] { "1.000", "1,5" }.Select(total =>
            $$"""{"customer_id": "C", "store_id": "S", "sales_date": "2026-10-05", "quantity": 1, "total_cost": "{{total}}"}""")))));
    }

    [Fact]
    public async Task Numbers_of_JSON_and_Parquet_have_a_decimal_point()
    {
        Assert.Equal("1.13 2.50 1.00", await TotalsAsync(scene.Write("a.jsonl", string.Join('\n', new[] { "1.125", "2.500", "1.000" }.Select(total =>
            $$"""{"customer_id": 1.125, "store_id": "S", "sales_date": "2026-10-05", "quantity": 1, "total_cost": {{total}}}""")))));
        Directory.CreateDirectory(At("in"));
        const string columns = "select 'C' as customer_id, 'S' as store_id, date '2026-10-05' as sales_date, 1 as quantity, ";
        scene.WriteParquet("in/1.parquet", columns + "1.125::decimal(18, 3) as total_cost");
        scene.WriteParquet("in/2.parquet", columns + "2.125::double as total_cost");
        Assert.Equal("1.13 2.13", await TotalsAsync(At("in")));
    }
}
