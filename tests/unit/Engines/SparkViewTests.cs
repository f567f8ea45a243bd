using System.Collections.Immutable;
using Orchestrator.Spark.Connect;
using Orchestrator.Spark.Engines;

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
