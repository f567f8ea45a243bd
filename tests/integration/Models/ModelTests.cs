using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Orchestrator.Spark.Engines;
using Orchestrator.Spark.Models;

namespace Orchestrator.Tests.Integration.Models;

public sealed class ModelTests(SparkFixture spark)
{
    const string Ending = ".given-expect.json";

    static readonly ModelCatalog Models = ModelCatalog.Load();
    static readonly string Folder = Path.Combine(Repository.Root, "tests", "integration", "Models");

    // The rows are the same.
    static readonly string[] Engines = ["duckdb", "spark"];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var engine in Engines)
                foreach (var file in Directory.EnumerateFiles(Folder, $"*{Ending}").Order(StringComparer.Ordinal)) cases.Add(Path.GetFileName(file)[..^Ending.Length], engine);
            return cases;
        }
    }

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_model_has_given_and_expected_rows() => Assert.Equal(
        Models.All.Select(model => model.Name),
        Directory.EnumerateFiles(Folder, $"*{Ending}").Select(file => Path.GetFileName(file)[..^Ending.Length]).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Model_gives_the_expected_rows(string model, string engine)
    {
        var file = JsonSerializer.Deserialize<ModelFile>(await File.ReadAllTextAsync(Path.Combine(Folder, model + Ending), Token), JsonSerializerOptions.Web)!;
        Assert.Equal(model, file.Model);
        var scratch = Directory.CreateTempSubdirectory("orchestrator-model-").FullName;
        await using (var session = await (await OpenAsync(engine)).OpenAsync(scratch, Token))
        {
            foreach (var example in file.Cases)
            {
                Assert.Equal(Models[model].Reads.Order(StringComparer.Ordinal), example.Given.Keys.Order(StringComparer.Ordinal));
                foreach (var (view, table) in example.Given) await session.DefineViewAsync(view, Select(table), Token);
                var rows = await session.QueryAsync(Models[model].Sql, example.Parameters.ToDictionary(pair => pair.Key, pair => Parameter(pair.Value)), Token);
                if (rows.Count > 0) Assert.Equal(example.Expect.Columns, string.Join(", ", rows[0].Keys));
                Assert.Equal(
                    example.Expect.Rows.Select(row => string.Join(" | ", row.Select(Text))).Order(StringComparer.Ordinal),
                    rows.Select(row => string.Join(" | ", row.Values.Select(Text))).Order(StringComparer.Ordinal));
            }
        }
        Directory.Delete(scratch, recursive: true);
    }

    async Task<ISqlEngine> OpenAsync(string engine) => engine switch
    {
        "duckdb" => new DuckDbEngine(new Nothing(), Options.Create(new DuckDbOptions { Threads = 1 }), TimeProvider.System),
        "spark" => await spark.EngineAsync(),
        _ => throw new ArgumentException($"No engine '{engine}'.", nameof(engine)),
    };

    /// <summary>The rows as a query that both engines understand.</summary>
    static string Select(ModelRows table)
    {
        var columns = table.Columns.Split(", ").Select(column => column.Split(' ', 2)).ToList();
        var rows = table.Rows.Select(row => $"select {string.Join(", ", columns.Select((column, i) => $"cast({Literal(row[i])} as {column[1]}) as {column[0]}"))}").ToList();
        return rows.Count > 0 ? string.Join(" union all ", rows)
            : $"select {string.Join(", ", columns.Select(column => $"cast(null as {column[1]}) as {column[0]}"))} where 1 = 0";
    }

    static string Literal(JsonElement value) => value.ValueKind == JsonValueKind.Null ? "null" : $"'{value.ToString().Replace("'", "''", StringComparison.Ordinal)}'";

    static object? Parameter(JsonElement value) => value switch
    {
        { ValueKind: JsonValueKind.String } => DateOnly.ParseExact(value.GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture),
        { ValueKind: JsonValueKind.Number } => value.TryGetInt32(out var whole) ? whole : value.GetDecimal(),
        _ => value.GetBoolean(),
    };

    static string Text(JsonElement value) => value switch
    {
        { ValueKind: JsonValueKind.Null } => "null",
        { ValueKind: JsonValueKind.True or JsonValueKind.False } => value.GetBoolean() ? "true" : "false",
        _ => Number(value.ToString()),
    };

    static string Text(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        DateOnly day => day.ToString("O", CultureInfo.InvariantCulture),
        _ => Number(Convert.ToString(value, CultureInfo.InvariantCulture)!),
    };

    // 5.00 and 5 are the same money.
    static string Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number.ToString("0.####", CultureInfo.InvariantCulture) : text;

    sealed record ModelFile(string Model, IReadOnlyList<ModelCase> Cases);

    sealed record ModelCase(string Name, IReadOnlyDictionary<string, JsonElement> Parameters, IReadOnlyDictionary<string, ModelRows> Given, ModelRows Expect);

    sealed record ModelRows(string Columns, IReadOnlyList<IReadOnlyList<JsonElement>> Rows);

    sealed class Nothing : IFileStaging
    {
        public IReadOnlyList<string> Folders => [];

        public Task<string> FetchAsync(Uri address, string folder, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string> DeliverAsync(string localPath, Uri address, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<Uri>?> SealAsync(Uri folder, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
