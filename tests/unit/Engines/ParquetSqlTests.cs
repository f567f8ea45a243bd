using System.Text.RegularExpressions;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Parquet;

namespace Orchestrator.Tests.Unit.Engines;

public sealed partial class ParquetSqlTests
{
    [Theory]
    [InlineData("/a/sales.parquet", "/a/sales.parquet")]
    [InlineData("/a{1,2}/sales.parquet", "/a{1,2}/sales.parquet")]
    [InlineData("/a/sales[1].parquet", "/a/sales[[]1].parquet")]
    [InlineData("/[a]/{b}/c*?.parquet", "/[[]a]/[{]b}/c[*][?].parquet")]
    public void A_path_names_one_file(string path, string pattern) => Assert.Equal(pattern, SqlText.PatternOf(path));

    [Fact]
    public void Rows_take_no_columns_from_the_path() =>
        Assert.Equal("read_parquet(['/month=2026-10/it''s.parquet'], hive_partitioning = false)", ParquetSql.Rows(["/month=2026-10/it's.parquet"]));

    [Fact]
    public void Nothing_else_in_the_product_opens_files_in_SQL()
    {
        var files = new[] { "activities", "spark", "server", "workflows" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".sql" && !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));
        Assert.Equal(["ParquetSql.cs"], files.Where(file => Opening().IsMatch(File.ReadAllText(file))).Select(Path.GetFileName));
    }

    [Fact]
    public void Nothing_else_in_the_product_writes_Parquet_in_SQL() =>
        Assert.Equal(["spark/Parquet/ParquetSql.cs"], Repository.Files(".cs", ".sql").Where(path => !path.StartsWith("tests/", StringComparison.Ordinal)
            && Repository.Read(path).Contains("format parquet", StringComparison.OrdinalIgnoreCase)));

    const string Readers = @"\b(read_parquet|parquet_scan|parquet_(file_)?metadata|parquet_schema|read_csv(_auto)?|read_json(_auto)?|read_ndjson|read_text|read_blob|sniff_csv)\s*\(";

    [GeneratedRegex(Readers, RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Opening();
}
