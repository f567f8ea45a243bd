using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Sales;

/// <summary>Objects of JSON: only the keys that a mapping names are read, and what cannot be read is quarantined.</summary>
public sealed class ImportSalesJsonTests : IDisposable
{
    const string Rest = """ "store_id": "S1", "sales_date": "2026-10-05", "quantity": 1, "total_cost": """;

    readonly ImportScene scene = new();

    public void Dispose() => scene.Dispose();

    static string Line(string customer, string total, string more = "") => $$"""{"customer_id": {{customer}}, {{Rest}} {{total}}{{more}}}""";

    [Theory]
    [InlineData(", \"\": \"left over\"")]
    [InlineData(", \"*\": true")]
    [InlineData(", \"Total_Cost\": 99, \"TOTAL_COST\": 98")]
    [InlineData(", \"note\": 1, \"note\": 2, \"Note\": 3")]
    [InlineData(", \"nested\": {\"total_cost\": 99, \"customer_id\": [{\"customer_id\": 1}]}, \"list\": [1, [2, \"}\"]]")]
    [InlineData(", \"#file\": 1, \"#line\": 2, \"a\\u0000b\": \"\\u0000\", \"\\\"quoted\\\"\": \"\\\\\"")]
    public async Task Keys_that_nobody_maps_do_no_harm(string more)
    {
        var import = await scene.ImportAsync(scene.Write("a.jsonl", $"{Line("\"C1\"", "10.0")}\n{Line("\"C2\"", "20.0", more)}\n"));
        Assert.Equal(["C1|S1|2026-10-05|-|10.0000|1|10.00", "C2|S1|2026-10-05|-|20.0000|1|20.00"], import.Sales);
    }

    [Fact]
    public async Task Deep_values_and_many_keys_that_nobody_maps_do_no_harm()
    {
        var deep = $", \"deep\": {new string('[', 300)}{new string(']', 300)}{string.Concat(Enumerable.Range(0, 5000).Select(i => $", \"k{i}\": {i}"))}";
        Assert.Equal((2, 2, 0, 0), (await scene.ImportAsync(scene.Write("a.jsonl", $"{Line("\"C1\"", "10.0")}\n{Line("\"C2\"", "20.0", deep)}\n"))).Rows);
    }

    [Fact]
    public async Task A_line_that_cannot_be_read_is_quarantined_with_its_file_and_line()
    {
        string[] broken = ["{", "nonsense", "null", "[]", Line("\"C\"", "1", ", \"total_cost\": 2"), Line("\"\\uD800\"", "1"), $"{Line("\"C\"", "1")} x", Line("\"C\"", "NaN")];
        var import = await scene.ImportAsync(scene.Write("a.jsonl", $"{Line("\"C1\"", "10.0")}\n{string.Join('\n', broken)}"));
        Assert.Equal((9, 1, 8, 0), import.Rows);
        Assert.Equal(Enumerable.Range(2, 8).Select(line => $"a.jsonl|{line}"), import.Quarantine.Select(row => string.Join('|', row.Split('|')[..2])));
        Assert.Equal(["no JSON object", "no JSON object", "no JSON object", "no JSON object", "the key \"total_cost\" is there more than once", "a text that is no Unicode",
            "no JSON object", "no JSON object"], import.Quarantine.Select(row => row.Split('|')[2]["unreadable line: ".Length..]));
    }

    [Fact]
    public async Task A_file_of_unreadable_lines_says_so() => await scene.FailsAsync("import.too_many_quarantined",
        "2 of 2 sales of 2026-10 broke a rule (100.0 %), but at most 5.0 % may: unreadable line: no JSON object (2, first at a.jsonl:1). " +
        "Correct the source or the mapping, or raise maxQuarantinedShare.", scene.Write("a.jsonl", "x\ny\n"));

    [Fact]
    public async Task A_key_that_differs_in_case_is_read_where_there_is_no_other()
    {
        var mapping = """{"columns": {"customer_id": "Customer_ID", "store_id": "STORE_ID", "sales_date": "sales_date", "quantity": "quantity", "total_cost": "total_cost"}}""";
        var import = await scene.ImportAsync(scene.Write("a.jsonl",
            $"{Line("\"C1\"", "10")}\n{Line("\"X\"", "20", ", \"Customer_ID\": \"C2\"")}\n{Line("\"X\"", "30", ", \"CUSTOMER_ID\": \"C3\"")}"), mapping);
        Assert.Equal(["C1", "C2"], import.Sales.Select(sale => sale.Split('|')[0]));
        Assert.Equal("a.jsonl|3|unreadable line: the key \"Customer_ID\" is there more than once", string.Join('|', Assert.Single(import.Quarantine).Split('|')[..3]));
    }

    [Fact]
    public async Task A_key_in_no_object_is_an_unknown_column() => await scene.FailsAsync("import.unknown_column",
        "The mapping names columns that the source does not have: 'total_cost' for total_cost. The source has: customer_id, store_id, sales_date, quantity, note.",
        scene.Write("a.jsonl", """{"customer_id": "C", "note": 1, "store_id": "S1", "sales_date": "2026-10-05", "quantity": 1}"""));

    [Theory]
    [InlineData("[\n  A,\n  B\n]\n", 3)]
    [InlineData("[A, B]", 2)]
    [InlineData("\uFEFF [A]\n[B]\n", 2)]
    [InlineData("[A,\nB,]", 2)]
    public async Task An_array_of_objects_is_read(string text, int second)
    {
        var json = text.Replace("A", Line("\"a [1], {2}\\\"\"", "10.0")).Replace("B", Line("\"C2\"", "-1"));
        var import = await scene.ImportAsync(scene.Write("a.json", json));
        Assert.Equal("a [1], {2}\"|S1|2026-10-05|-|10.0000|1|10.00", Assert.Single(import.Sales));
        Assert.StartsWith($"a.json|{second}|total_cost is below 0", Assert.Single(import.Quarantine), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objects_over_several_lines_are_read_and_broken_ones_quarantined()
    {
        var objects = $"{{\n\"customer_id\": \"C1\",\n{Rest} 10.0\n}}\n{{\n\"customer_id\": oops\n}}\n{{\n\"customer_id\": \"C2\",\n{Rest} 20.0}}";
        foreach (var json in new[] { objects, $"[\n{objects.Replace("}\n{", "}\n,{")},\n7, \"x\", null]" })
        {
            var import = await scene.ImportAsync(scene.Write("a.json", json));
            Assert.Equal(["C1", "C2"], import.Sales.Select(sale => sale.Split('|')[0]));
            Assert.StartsWith($"a.json|{(json[0] == '[' ? 6 : 5)}|unreadable line: no JSON object|{{", import.Quarantine[0], StringComparison.Ordinal);
            Assert.Equal(json[0] == '[' ? 4 : 1, import.Quarantine.Count);
        }
    }

    [Theory]
    [InlineData("[\nA,\n")]
    [InlineData("[\nA,\n{\"customer_id\": \"C")]
    [InlineData("{\n\"customer_id\": {")]
    public async Task JSON_that_was_cut_off_is_refused(string text)
    {
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => scene.ImportAsync(scene.Write("a.json", text.Replace("A", Line("\"C1\"", "10.0")))));
        Assert.Equal("import.unreadable_file", failure.Code);
        Assert.False(failure.IsRetryable);
    }
}
