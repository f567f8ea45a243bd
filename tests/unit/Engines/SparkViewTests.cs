using System.Collections.Immutable;
using Orchestrator.Spark.Connect;
using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Tests.Unit.Engines;

public sealed class SparkViewTests
{
    static readonly ServerTable Sales = ServerTable.Of(SparkPlans.Files([new("s3://bucket/sales.parquet")], [new("id", "text")]), isKept: false, []);

    static readonly ImmutableDictionary<string, SparkView> Views = ImmutableDictionary.Create<string, SparkView>(StringComparer.OrdinalIgnoreCase)
        .Add("sales", SparkView.Of(Sales));

    [Fact]
    public void Query_carries_the_views_that_it_names_and_those_that_they_name()
    {
        var views = Views.SetItem("people", SparkView.Of("select id from sales", Views));
        var query = SparkView.Of("with few as (select id from People limit 1) select id from few", views);
        Assert.Equal($"""
            with People as (
            with sales as (
            select * from {Sales.Name}
            )
            (
            select id from sales
            )
            )
            (
            with few as (select id from People limit 1) select id from few
            )
            """, query.Sql);
        Assert.Equal([Sales], query.Tables);
    }

    [Fact]
    public void Query_that_names_no_view_stays_as_it_is() => Assert.Equal("select 1 as one", SparkView.Of("select 1 as one", Views).Sql);

    [Fact]
    public void Same_files_have_the_same_name_in_every_process_and_others_another()
    {
        Assert.Equal(Sales.Name, ServerTable.Of(SparkPlans.Files([new("s3://bucket/sales.parquet")], [new("id", "text")]), isKept: true, []).Name);
        Assert.NotEqual(Sales.Name, ServerTable.Of(SparkPlans.Files([new("s3://bucket/more.parquet")], [new("id", "text")]), isKept: false, []).Name);
        Assert.NotEqual(
            SparkPlans.Fingerprint(SparkPlans.Query("select :a as a", new Dictionary<string, object?> { ["a"] = 1 })),
            SparkPlans.Fingerprint(SparkPlans.Query("select :a as a", new Dictionary<string, object?> { ["a"] = 2 })));
    }

    [Fact]
    public void Query_takes_the_rows_that_it_names_with_it_under_names_of_its_own()
    {
        var query = SparkPlans.Query($"select * from {Sales.Name} where id = :id", new Dictionary<string, object?> { ["id"] = "C1" });
        var over = SparkPlans.Over(query, [(Sales.Name, Sales.Rows)], "7").WithRelations;
        Assert.Equal($"select * from {Sales.Name}_7 where id = :id", over.Root.Sql.Query);
        Assert.Equal("C1", over.Root.Sql.NamedArguments["id"].Literal.String);
        var named = Assert.Single(over.References).SubqueryAlias;
        Assert.Equal(($"{Sales.Name}_7", Sales.Rows), (named.Alias, named.Input));
        Assert.Equal($"select * from {Sales.Name} where id = :id", query.Sql.Query);
        Assert.Same(query, SparkPlans.Over(query, [], "7"));
    }

    [Fact]
    public void Session_is_shared_by_those_who_ask_for_the_same_on_one_day()
    {
        var (address, options, day) = (SparkAddress.Parse("sc://host/;token=secret"), new SparkConnectOptions(), new DateOnly(2026, 10, 1));
        var id = SparkSettings.SessionOf(address, options, day, ended: 0);
        Assert.Equal(id, SparkSettings.SessionOf(SparkAddress.Parse("sc://host:15002/;token=secret"), new(), day, ended: 0));
        string[] others =
        [
            id, SparkSettings.SessionOf(address, options, day, ended: 1), SparkSettings.SessionOf(address, options, day.AddDays(1), ended: 0),
            SparkSettings.SessionOf(address, new() { ShufflePartitions = 2 }, day, ended: 0), SparkSettings.SessionOf(SparkAddress.Parse("sc://host/;token=other"), options, day, ended: 0),
        ];
        Assert.Equal(others.Length, others.Distinct().Count());
        Assert.Equal(8, Guid.Parse(id).Version);
    }

    [Fact]
    public void Bucket_is_reached_by_s3a_and_a_folder_by_its_path()
    {
        var source = SparkPlans.Files([new("s3://bucket/a/b.parquet"), new("file:///srv/my%20store/b.parquet")], [new("id", "text"), new("money", "decimal(18,2)")]).Read.DataSource;
        Assert.Equal(["s3a://bucket/a/b.parquet", "file:/srv/my store/b.parquet"], source.Paths);
        Assert.Equal("`id` string, `money` decimal(18,2)", source.Schema);
    }

    [Fact]
    public void Parameter_without_a_value_is_named() =>
        Assert.Equal("sql.missing_parameter", Assert.Throws<SqlEngineException>(() => SparkPlans.Query("select :a as a", new Dictionary<string, object?>())).Code);
}
