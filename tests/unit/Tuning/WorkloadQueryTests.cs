using Orchestrator.Activities.Tuning;

namespace Orchestrator.Tests.Unit.Tuning;

public sealed class WorkloadQueryTests
{
    [Fact]
    public void Workload_has_at_least_four_queries_of_each_kind_each_with_a_question()
    {
        Assert.Equal(["month", "point", "range"], WorkloadQuery.All.Select(query => query.Kind).Distinct().Order(StringComparer.Ordinal));
        Assert.All(WorkloadQuery.All.GroupBy(query => query.Kind), kind => Assert.True(kind.Count() >= 4, kind.Key));
        Assert.All(WorkloadQuery.All, query => Assert.EndsWith("?", query.Question, StringComparison.Ordinal));
        Assert.Equal(WorkloadQuery.All.Count, WorkloadQuery.All.Select(query => query.Name).Distinct().Count());
    }

    [Fact]
    public void Parameters_that_a_query_names_are_given() =>
        Assert.All(WorkloadQuery.All, query => Assert.All(query.Parameters.Keys, name => Assert.Contains($":{name}", query.Sql, StringComparison.Ordinal)));

    [Fact]
    public void Header_without_a_question_is_an_error() =>
        Assert.Equal(
            "The workload query has no line '-- question:' at its start. Add it.",
            Assert.Throws<FormatException>(() => WorkloadQuery.Parse("-- workload: x\n-- kind: point\nselect 1")).Message);
}
