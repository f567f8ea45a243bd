using Orchestrator.Spark.Engines;

namespace Orchestrator.Tests.Unit.Engines;

public sealed class NamedParametersTests
{
    [Theory]
    [InlineData("select :day as day", "select $day as day")]
    [InlineData("select ':day' as text, :day", "select ':day' as text, $day")]
    [InlineData("select 'it''s :day' as text", "select 'it''s :day' as text")]
    [InlineData("select \":day\" from days", "select \":day\" from days")]
    [InlineData("select 1 -- at :day\n, :day", "select 1 -- at :day\n, $day")]
    [InlineData("select 1 /* at :day */, :day", "select 1 /* at :day */, $day")]
    [InlineData("select a::date", "select a::date")]
    [InlineData("select 12 as a, b[1:2], c[:]", "select 12 as a, b[1:2], c[:]")]
    [InlineData("select 'open :day", "select 'open :day")]
    public void Only_parameters_are_rewritten(string sql, string expected) => Assert.Equal(expected, NamedParameters.In(sql).Sql);

    [Fact]
    public void Each_parameter_is_named_once() => Assert.Equal(["a", "b_2"], NamedParameters.In("select :a, :b_2, :a").Names);
}
