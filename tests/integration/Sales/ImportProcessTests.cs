using System.Text.Json;
using DuckDB.NET.Data;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration.Sales;

/// <summary>Imports as a person starts them: the time zone of the machine, the folders by default, and months after a bad one.</summary>
public sealed class ImportProcessTests(PostgresFixture postgres) : IDisposable
{
    const string ByName = """
        {"columns": {"customer_id":"customer_id", "store_id":"store_id", "sales_date":"sales_date",
          "quantity":"quantity", "total_cost":"total_cost"}}
        """;

    readonly DataFolder data = new();
    readonly string files = Directory.CreateTempSubdirectory("orchestrator-files-").FullName;

    [Theory]
    [InlineData("America/New_York")]
    [InlineData("Europe/Berlin")]
    public async Task An_instant_lies_on_its_day_in_UTC_whatever_the_time_zone_of_the_machine(string zone)
    {
        var source = Path.Combine(files, "sales.parquet");
        await WriteParquetAsync(source, """
            select 'C' || i as customer_id, 'S' as store_id, cast(instant as timestamptz) as sales_date,
              1 as quantity, i * 10.00 as total_cost
            from (values (1, '2026-10-01 00:30:00+00'), (2, '2026-10-15 12:00:00+00'), (10, '2026-10-31 23:30:00+00'),
              (20, '2026-09-30 23:30:00+00'), (40, '2026-11-01 00:30:00+00')) as t(i, instant)
            """);
        foreach (var day in new[] { "sales_date", "cast(sales_date as date)" })
        {
            var mapping = ByName.Replace("\"sales_date\":\"sales_date\"", $"\"sales_date\":\"{day}\"", StringComparison.Ordinal);
            var run = await ImportAsync(source, new() { ["TZ"] = zone }, mapping, "--postgres", await postgres.CreateDatabaseAsync());
            Assert.Equal(("Succeeded", "130.00", 3, 2), (run.GetProperty("status").GetString(), run.GetProperty("total").GetString(),
                run.GetProperty("rows").GetProperty("loaded").GetInt32(), run.GetProperty("rows").GetProperty("outside").GetInt32()));
        }
    }

    [Fact]
    public async Task Sessions_of_PostgreSQL_have_UTC_whatever_the_database_says()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var database = server.Services.GetRequiredService<StoreDatabase>().DataSource;
        await using (var other = database.CreateCommand("""
            do $$ begin execute format('alter database %I set timezone to ''Asia/Tokyo''', current_database()); end $$
            """))
        {
            await other.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        database.Clear();
        await using var command = database.CreateCommand("show timezone");
        Assert.Equal("UTC", await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_month_with_ids_that_cannot_be_stored_loads_without_them_and_so_does_the_next()
    {
        string[] database = ["--postgres", await postgres.CreateDatabaseAsync()];
        var good = Enumerable.Range(1, 39).Select(i => Line($"C{i}"));
        var first = (await ImportAsync(Write("bad.jsonl", [.. good, Line("A\\u0000B")]), [], ByName, database)).GetProperty("rows");
        Assert.Equal((39, 1), (first.GetProperty("loaded").GetInt32(), first.GetProperty("quarantined").GetInt32()));
        var longest = Enumerable.Range(1, 39).Select(i => Line($"{i}-{new string('ä', 250)}"));
        var next = await ImportAsync(Write("longest.jsonl", [.. longest, Line(new string('x', 6000))]), [], ByName, database);
        Assert.Equal(39, next.GetProperty("rows").GetProperty("loaded").GetInt32());
        var clean = await ImportAsync(Write("clean.jsonl", Line("C1"), Line("C2"), Line("C3")), [], ByName, database);
        Assert.Equal(3, clean.GetProperty("rows").GetProperty("loaded").GetInt32());

        static string Line(string customer) => $$"""
            {"customer_id":"{{customer}}", "store_id":"S1", "sales_date":"2026-10-05", "quantity":1, "total_cost":5.0}
            """;
    }

    [Fact]
    public async Task A_month_with_returns_loads_to_the_cent()
    {
        string[] sales = [.. Enumerable.Repeat("C1,S1,2026-10-05,3,10.01", 19), "C1,S1,2026-10-06,-3,-10.01", "C2,S1,2026-10-06,-1,-0.99"];
        string[] database = ["--postgres", await postgres.CreateDatabaseAsync()];
        var run = await ImportAsync(Write("sales.csv", [ImportScene.Header.TrimEnd(), .. sales]), [], ByName, database);
        Assert.Equal(("179.19", 21, 2), (run.GetProperty("total").GetString(), run.GetProperty("rows").GetProperty("loaded").GetInt32(),
            run.GetProperty("rows").GetProperty("returned").GetInt32()));
        var answer = await OrchestratorProcess.RunAsync(
            ["marts", "top-customers", "--month", "2026-10", "--json", "--data", data.Path, .. database]);
        Assert.Equal(["C1 180.18 20", "C2 -0.99 1"], from place in JsonElement.Parse(answer.Output).EnumerateArray()
                                                     let id = place.GetProperty("customerId").GetString()
                                                     let total = place.GetProperty("totalPurchaseCost").GetString()
                                                     select $"{id} {total} {place.GetProperty("sales")}");
    }

    [Fact]
    public async Task A_shared_platform_imports_nothing_by_default_and_a_listed_folder_never_shows_files_of_the_platform()
    {
        string[] database = ["--postgres", await postgres.CreateDatabaseAsync()];
        var refused = await FailAsync(Write("sales.csv", "x"), new() { ["Import__Folders"] = "" }, database);
        Assert.Equal("import.no_folders", refused.GetProperty("code").GetString());
        var token = Path.Combine(data.Path, "server.json");
        await File.WriteAllTextAsync(token, """{"token":"SECRET"}""", TestContext.Current.CancellationToken);
        refused = await FailAsync(token, new() { ["Import__Folders"] = data.Path }, database);
        Assert.Equal("import.folder_not_allowed", refused.GetProperty("code").GetString());
        Assert.DoesNotContain("SECRET", refused.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        data.Dispose();
        Directory.Delete(files, recursive: true);
    }

    string Write(string name, params string[] lines)
    {
        File.WriteAllLines(Path.Combine(files, name), lines);
        return Path.Combine(files, name);
    }

    static async Task WriteParquetAsync(string path, string query)
    {
        await using var connection = new DuckDBConnection("DataSource=:memory:");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = $"copy ({query}) to '{path}' (format parquet)";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    async Task<JsonElement> ImportAsync(string source, Dictionary<string, string> environment, string mapping, params string[] options)
    {
        var (exitCode, document, text) = await RunAsync(source, environment, mapping, options);
        Assert.True(exitCode == 0, text);
        return document;
    }

    async Task<JsonElement> FailAsync(string source, Dictionary<string, string> environment, params string[] options)
    {
        var (exitCode, document, text) = await RunAsync(source, environment, ByName, options);
        Assert.True(exitCode == 1, text);
        return document.GetProperty("error");
    }

    async Task<(int ExitCode, JsonElement Document, string Text)> RunAsync(
        string source, Dictionary<string, string> environment, string mapping, string[] options)
    {
        using var started = OrchestratorProcess.Start(environment, ["run", "import-sales", "--partition", "2026-10",
            "--input", $"source={source}", "--input", $"mapping={mapping}", "--json", "--quiet", "--data", data.Path, .. options]);
        var ended = await started.EndAsync();
        return (ended.ExitCode, ended.Output.Length > 0 ? JsonElement.Parse(ended.Output) : default, ended.Output + ended.Error);
    }
}
