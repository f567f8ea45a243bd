using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Unit.Runs;

public sealed class RunQueryTests
{
    [Fact]
    public void Text_has_only_the_conditions_that_are_asked_for() =>
        Assert.Equal("from orchestrator.run order by run.created_at desc, run.id desc limit $1", new RunQuerySql(new()).Page);

    [Fact]
    public void Open_runs_are_looked_for_among_those_that_have_not_ended() =>
        Assert.Equal("select count(*) from orchestrator.run where run.status = any($1) and run.finished_at is null",
            new RunQuerySql(new() { Statuses = [RunStatus.Queued, RunStatus.Running] }).Count);

    [Fact]
    public void Next_page_begins_behind_a_run_in_the_order_of_the_list() =>
        Assert.Contains(
            "where (run.created_at, run.id) > (select run.created_at, run.id from orchestrator.run where run.id = $1) order by run.created_at asc",
            new RunQuerySql(new() { AfterRun = Guid.Empty, IsDescending = false }).Page, StringComparison.Ordinal);

    [Fact]
    public void Each_text_has_as_many_values_as_it_names()
    {
        var changed = new RunTime(RunOrder.Changed, From: DateTimeOffset.UnixEpoch, Before: null);
        var sql = new RunQuerySql(new() { DefinitionIds = ["a", "b"], Text = "50%", Times = [changed], Skip = 10 });
        using var command = new Npgsql.NpgsqlCommand();
        Assert.Equal(3, sql.FillCount(command.Parameters).Count);
        command.Parameters.Clear();
        Assert.Equal(5, sql.FillPage(command.Parameters).Count);
        Assert.EndsWith("limit $5 offset $4", sql.Page, StringComparison.Ordinal);
    }
}
