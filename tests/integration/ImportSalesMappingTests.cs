using Orchestrator.Workflows.Activities;

namespace Orchestrator.Tests.Integration;

public sealed class ImportSalesMappingTests : IDisposable
{
    readonly ImportScene scene = new();
    readonly string source;

    public ImportSalesMappingTests() => source = scene.Write("sales.csv", ImportScene.Header + "C1,S1,2026-10-01,1,1\n");

    public void Dispose() => scene.Dispose();

    [Theory]
    [InlineData("read_csv('/etc/passwd')", "calls read_csv, which is not for mappings")]
    [InlineData("(select * from read_csv('/etc/passwd'))", "has a query in it")]
    [InlineData("total_cost) from read_csv('/etc/passwd') where (1 = 1", "is a query")]
    [InlineData("copy x to '/tmp/x'", """is not an expression (syntax error at or near "x")""")]
    [InlineData("attach '/tmp/x.duckdb'", "names the type attach, which is not there")]
    [InlineData("attach database '/tmp/x.duckdb'", """is not an expression (syntax error at or near "database")""")]
    [InlineData("install httpfs", """is not an expression (syntax error at or near "httpfs")""")]
    [InlineData("1); install httpfs; select (1", "is not an expression (Only SELECT statements can be serialized to json!)")]
    [InlineData("1); select (2", "is more than one statement")]
    [InlineData("1, 2", "calls row, which is not for mappings")]
    [InlineData("1) , (2", "is a query")]
    [InlineData("*", "uses star, which is not for mappings")]
    [InlineData("columns(*)", "uses star, which is not for mappings")]
    [InlineData("sum(total_cost) over ()", "uses window, which is not for mappings")]
    [InlineData("max(total_cost)", "calls max, which is not for mappings")]
    [InlineData("random()", "calls random, which is not for mappings")]
    [InlineData("nextval('x')", "calls nextval, which is not for mappings")]
    [InlineData("getenv('HOME')", "calls getenv, which is not for mappings")]
    [InlineData("current_setting('temp_directory')", "calls current_setting, which is not for mappings")]
    [InlineData("list_transform([1], x -> x)", "uses lambda, which is not for mappings")]
    [InlineData("$1", "uses parameter, which is not for mappings")]
    [InlineData("1 -- ) comment", null)]
    public Task A_value_that_is_no_harmless_expression(string expression, string? reason)
    {
        var mapping = Mapping(("total_cost", expression));
        if (reason is null) return scene.ImportAsync(source, mapping);
        return scene.FailsAsync("import.mapping_refused",
            $"The mapping of 'total_cost' is refused: {expression} {reason}. A mapping's value is one expression over the source's columns, " +
            "without statements, queries and functions that reach outside of it.", source, mapping);
    }

    [Fact]
    public async Task An_expression_that_does_not_fit_the_columns()
    {
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => scene.ImportAsync(source, Mapping(("total_cost", "quantity - total_cost"))));
        Assert.Equal("import.mapping_failed", failure.Code);
        Assert.EndsWith("Columns of text files are text: number(column) makes a number of one, cast(column as date) a date.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task Columns_that_the_source_does_not_have() => scene.FailsAsync("import.unknown_column",
        "The mapping names columns that the source does not have: 'household' for customer_id, 'net' for total_cost, 'tax' for total_cost. " +
        "The source has: customer_id, store_id, sales_date, quantity, total_cost. " +
        $"Line 1 of '{source}' is 'customer_id,store_id,sales_date,quantity,total_cost'. If the columns are named on a later line, state how many lines stand above it: \"csv\": {{\"skip\": 3}}.",
        source, Mapping(("customer_id", "household"), ("total_cost", "net + tax")));

    [Fact]
    public Task Everything_wrong_with_a_mapping_is_listed() => scene.FailsAsync("import.invalid_mapping",
        "The mapping cannot be used: 'column' is none of columns, csv; 'customer' is no column of a sale (customer_id, store_id, sales_date, quantity, total_cost, sales_person_id, price); " +
        "'store_id' must be an SQL expression in quotes; 'customer_id' is missing; 'sales_date' is missing; 'quantity' is missing; 'total_cost' is missing; " +
        "'csv.sep' is none of delimiter, header, encoding, decimal, thousands, quote, skip; 'csv.delimiter' must be one ASCII character, such as \";\"; 'csv.header' must be true or false; " +
        "'csv.encoding' is 'klingon', which is no known encoding, such as utf-8, windows-1252 or iso-8859-2; 'csv.decimal' must be \".\" or \",\"; " +
        "'csv.thousands' must be \".\", \",\", \"'\", \" \" or \"\" for none, and another mark than 'csv.decimal'; 'csv.skip' must be a whole number of lines from 0 to 10000. " +
        "Correct it; activities/README.md shows its form.",
        source, """
        {"column": {}, "columns": {"customer": "x", "store_id": 7}, "csv": {"sep": ";", "delimiter": "ab", "header": "yes", "encoding": "klingon", "decimal": "x", "thousands": ";", "skip": -1}}
        """);

    [Fact]
    public Task A_mapping_without_columns() => scene.FailsAsync("import.invalid_mapping",
        "The mapping cannot be used: 'columns' must be an object. Correct it; activities/README.md shows its form.", source, "{}");

    static string Mapping(params (string Column, string Expression)[] changed)
    {
        string[] columns = ["customer_id", "store_id", "sales_date", "quantity", "total_cost"];
        var values = columns.ToDictionary(column => column, column => changed.FirstOrDefault(change => change.Column == column).Expression ?? column);
        return System.Text.Json.JsonSerializer.Serialize(new { columns = values });
    }
}
