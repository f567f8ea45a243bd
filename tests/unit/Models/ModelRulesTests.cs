using System.Text.RegularExpressions;
using Orchestrator.Spark.Models;

namespace Orchestrator.Tests.Unit.Models;

public sealed class ModelRulesTests
{
    // Beyond the month's bounds: what README.md of the spark folder explains.
    static readonly string[] Parameters = ["partition_start", "partition_end", "first_day", "end_day", "is_appended", "highest_key", "places", "minimum"];

    static readonly string[] FollowsTable =
        ["as", "on", "where", "group", "inner", "left", "full", "cross", "order", "union", "having", "select", "limit"];

    public static TheoryData<string> Names => [.. ModelCatalog.Load().All.Select(model => model.Name)];

    [Fact]
    public void All_models_ship() => Assert.Equal(
        ["checks", "exports", "marts", "staging", "star"], ModelCatalog.Load().All.Select(model => model.Folder).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Model_is_one_select_in_lower_case(string name)
    {
        var sql = Bare(name);
        Assert.Matches(@"^(with|select)\b", sql);
        Assert.DoesNotContain(';', sql);
        Assert.DoesNotMatch("[A-Z]", sql);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Model_uses_only_what_both_engines_understand_alike(string name)
    {
        var sql = Bare(name);
        Assert.DoesNotContain("::", sql, StringComparison.Ordinal);
        Assert.DoesNotContain('/', sql);
        Assert.DoesNotContain('"', sql);
        Assert.DoesNotMatch(@"group by \d|order by \d", sql);
        // A star is count(*), a product, or an import of one table.
        Assert.DoesNotMatch(@"select (distinct )?\*(?! from \w+\s*\))|\w\.\*", sql);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Model_sums_sales_in_cents(string name) => Assert.DoesNotMatch(@"sum\((\w+\.)?(total_cost|price)\)", Bare(name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Model_gives_tables_their_aliases_with_as(string name)
    {
        foreach (Match table in Regex.Matches(Relations(name), @"\b(?:from|join)\s+(?:\w+|\([^()]*\))\s+(\w+)")) Assert.Contains(table.Groups[1].Value, FollowsTable);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Model_takes_only_documented_parameters(string name) =>
        Assert.All(Regex.Matches(Bare(name), @":(\w+)").Select(match => match.Groups[1].Value), parameter => Assert.Contains(parameter, Parameters));

    [Theory]
    [MemberData(nameof(Names))]
    public void Model_reads_what_its_header_says(string name)
    {
        var model = ModelCatalog.Load()[name];
        var sql = Relations(name);
        var own = Regex.Matches(sql, @"(?:with|,)\s*(\w+) as \(").Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var read = Regex.Matches(sql, @"\b(?:from|join)\s+(\w+)\b(?!\()").Select(match => match.Groups[1].Value)
            .Where(table => !own.Contains(table)).Distinct(StringComparer.Ordinal);
        Assert.Equal(model.Reads.Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Tables_are_named_by_their_files() => Assert.All(
        ModelCatalog.Load().All.Where(model => model.Folder is "staging" or "star" or "marts"), model => Assert.StartsWith(model.Asset, model.Name, StringComparison.Ordinal));

    [Fact]
    public void Header_that_lacks_lines_is_refused_with_all_problems()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => new ModelCatalog([
            ("star/dim_customer.sql", "-- asset: dim_customer\n-- grain: one row per customer\nselect 1 as one"), ("loose.sql", "select 1 as one")]));
        Assert.Equal("""
            Models cannot be used.
            loose.sql: expected FOLDER/NAME.sql.
            star/dim_customer.sql: line 3 must be '-- reads: …'.
            star/dim_customer.sql: line 4 must be '-- units: …'.
            """, refused.Message, ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void Code_version_follows_the_text_and_the_views_that_it_reads()
    {
        Assert.Equal(Version("select a from stg_a", "select 1 as a"), Version("select a from stg_a", "select 1 as a"));
        Assert.NotEqual(Version("select a from stg_a", "select 1 as a"), Version("select a from stg_a", "select 2 as a"));
        Assert.NotEqual(Version("select a from stg_a", "select 1 as a"), Version("select a as b from stg_a", "select 1 as a"));

        static string Version(string dimension, string staging) => new ModelCatalog([
            ("star/dim_a.sql", $"-- asset: dim_a\n-- grain: one row\n-- reads: stg_a\n-- units: none\n{dimension}"),
            ("staging/stg_a.sql", $"-- asset: stg_a\n-- grain: one row\n-- reads: none\n-- units: none\n{staging}")])["dim_a"].CodeVersion;
    }

    /// <summary>The query with <c>from</c> only where a table follows.</summary>
    static string Relations(string name) => Regex.Replace(Bare(name), @"is (not )?distinct from|(year|month|day|quarter) from", "");

    /// <summary>The query without comments and texts.</summary>
    static string Bare(string name) => Regex.Replace(Regex.Replace(ModelCatalog.Load()[name].Sql, @"--[^\n]*", ""), "'[^']*'", "''").Trim();
}
