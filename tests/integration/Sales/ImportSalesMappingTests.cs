using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Sales;

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

    [Theory]
    [InlineData("range(1000000000)::text", "calls range, which is not for mappings")]
    [InlineData("generate_series(1, 1000000000)", "calls generate_series, which is not for mappings")]
    [InlineData("list_resize([1], 1000000000)", "calls list_resize, which is not for mappings")]
    [InlineData("list_aggregate(string_split(total_cost, ''), 'string_agg')", "calls list_aggregate, which is not for mappings")]
    [InlineData("format('{:>1000000000}', 'x')", "calls format, which is not for mappings")]
    [InlineData("printf('%1000000000d', 1)", "calls printf, which is not for mappings")]
    [InlineData("bitstring('1', 1000000000)", "calls bitstring, which is not for mappings")]
    [InlineData("[x for x in [1]]", null)]
    [InlineData("cast(total_cost as int[1000])", "casts to array, which is not for mappings")]
    [InlineData("cast(total_cost as bignum)", "casts to bignum, which is not for mappings")]
    [InlineData("repeat('x', length(total_cost))", "calls repeat with a length that is not a constant number")]
    [InlineData("lpad(total_cost, cast(total_cost as int), 'x')", "calls lpad with a length that is not a constant number")]
    [InlineData("repeat('x', 1000000000)", "makes texts too long: up to 1000000000 bytes for a row in all, " +
        "but at most 131072 are allowed, " +
        "where a column of text counts 2048")]
    [InlineData("rpad('x', 1000000000, 'x')", null)]
    [InlineData("replace(replace(store_id, 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa')", null)]
    [InlineData("replace(store_id, 'a', customer_id)", null)]
    [InlineData("regexp_replace(store_id, '(.*)', '\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1\\1', 'g')", null)]
    [InlineData("store_id like '%a%b_c%'", "matches a pattern that is not a constant or has more than two wildcards; use regexp_matches")]
    [InlineData("store_id like customer_id", "matches a pattern that is not a constant or has more than two wildcards; use regexp_matches")]
    [InlineData("regexp_extract(store_id, '(a)', ['a'])", "calls regexp_extract for several parts, which is not for mappings")]
    public async Task A_value_that_could_exhaust_memory_or_time(string expression, string? reason)
    {
        var failure = await RefusedAsync(source, ("total_cost", expression));
        Assert.Equal(("import.mapping_refused", false), (failure.Code, failure.IsRetryable));
        if (reason is not null) Assert.Contains($" {reason}. A mapping's value", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expressions_that_multiply_when_they_are_parsed_or_bound()
    {
        Dictionary<string, string> nested = new()
        {
            ["operands of cases"] = Nested("case ({0}) when 1 then 1 when 2 then 2 when 3 then 3 end", 60),
            ["macros"] = Nested("nullif({0}, '1')", 60),
            ["numbers"] = Nested("number({0})", 60),
            ["dates"] = Nested("cast({0} as date)", 60),
            ["depth"] = Nested("not {0}", 900),
            ["length"] = $"'{new string('x', 5000)}'",
        };
        foreach (var (_, expression) in nested)
        {
            var failure = await RefusedAsync(source, ("total_cost", expression));
            Assert.Equal("import.mapping_refused", failure.Code);
            Assert.InRange(failure.Message.Length, 1, 600);
        }

        static string Nested(string form, int times) => Enumerable.Range(0, times)
            .Aggregate("total_cost", (inner, _) => form.Replace("{0}", inner, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("number(total_cost) * 2 + 1", "3.00")]
    [InlineData("case total_cost when '1' then 5 else 6 end", "5.00")]
    [InlineData("case when customer_id like 'C%' and store_id in ('S1', 'S2') then 5 end", "5.00")]
    [InlineData("round(cast(total_cost as double) ** 2, 2)", "1.00")]
    [InlineData("regexp_extract('a7b', '([0-9])', 1)", "7.00")]
    [InlineData("string_split('3-4', '-')[2]", "4.00")]
    [InlineData("""'{"a": {"b": 8}}' ->> '$.a.b'""", "8.00")]
    [InlineData("lpad(total_cost, 4, '0')", "1.00")]
    [InlineData("number(nullif(upper(trim(total_cost)), '')) * number(nullif(upper(trim(quantity)), ''))", "1.00")]
    [InlineData("replace(concat(total_cost, 'x', '€'), 'x€', '')", "1.00")]
    [InlineData("coalesce(try_cast('x' as int), cast(nullif(total_cost, '2') as int), 9)", "1.00")]
    [InlineData("date_part('day', strptime('07.10.2026', ['%d.%m.%Y', '%Y']))", "7.00")]
    [InlineData("extract(day from cast('2026-10-09' as date)) + (total_cost::int between 1 and 2)::int", "10.00")]
    [InlineData("date_diff('day', date '2026-10-01', cast(sales_date as date) + interval 3 day)", "3.00")]
    public async Task What_mappings_are_made_of_goes_through(string expression, string total) =>
        Assert.Equal(total, Assert.Single((await scene.ImportAsync(source, Mapping(("total_cost", expression)))).Sales).Split('|')[^1]);

    [Fact]
    public async Task Nested_columns_of_Parquet_cannot_be_read_and_hurt_nobody_otherwise()
    {
        var nested = scene.WriteParquet("nested.parquet", """
            select 'C' as customer_id, 'S' as store_id, date '2026-10-05' as sales_date, 0 as quantity, 1 as total_cost,
              range(1000) as many, {'a': 1} as one, 'x'::blob as raw
            """);
        Assert.EndsWith("""
            "quantity":0,"total_cost":1,"many":"…","one":"…","raw":"78"}
            """,
            Assert.Single((await scene.ImportAsync(nested, maxShare: 1)).Quarantine), StringComparison.Ordinal);
        var failure = await RefusedAsync(nested, ("total_cost", "many::text"));
        Assert.Contains(" reads 'many', a column of the type BIGINT[], which is not for mappings. ", failure.Message,
            StringComparison.Ordinal);
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

    [Theory]
    [InlineData("""{"columns": {"customer_id": "x", "customer_id": "y"}}""",
        "a name is given twice, where upper and lower case are the same")]
    [InlineData("""
        {"columns": {"customer_id":"x","store_id":"x","sales_date":"x","quantity":"x","total_cost":"x"}, "csv": {"encoding": "utf-7"}}
        """,
        "'csv.encoding' is 'utf-7', which is no known encoding, such as utf-8, windows-1252 or iso-8859-2")]
    public Task A_mapping_that_cannot_be_read_is_no_mistake_of_the_program(string mapping, string problem) => scene.FailsAsync(
        "import.invalid_mapping", $"The mapping cannot be used: {problem}. Correct it; activities/README.md shows its form.", source,
            mapping);

    [Fact]
    public Task A_mapping_without_columns() => scene.FailsAsync("import.invalid_mapping",
        "The mapping cannot be used: 'columns' must be an object. Correct it; activities/README.md shows its form.", source, "{}");

    Task<ActivityFailedException> RefusedAsync(string file, (string Column, string Expression) changed) =>
        Assert.ThrowsAsync<ActivityFailedException>(() => scene.ImportAsync(file, Mapping(changed)));

    static string Mapping(params (string Column, string Expression)[] changed)
    {
        string[] columns = ["customer_id", "store_id", "sales_date", "quantity", "total_cost"];
        var values = columns.ToDictionary(column => column, column => changed.FirstOrDefault(change => change.Column == column).Expression ?? column);
        return System.Text.Json.JsonSerializer.Serialize(new { columns = values });
    }
}
