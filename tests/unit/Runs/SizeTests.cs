using System.Text.Json.Nodes;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Tests.Unit.Runs;

/// <summary>Large definitions: what takes the square of their size, or a call per level, does not come to an end here.</summary>
public sealed class SizeTests
{
    const int Many = 10_000;

    static SimulatedRun Run(JsonObject root) => new SimulatedRun(Chart.Workflow(root)).Advance();

    static JsonObject Line(int i) => Control.Line($"A{i}", "text");

    [Fact]
    public void Ten_thousand_activities_in_a_sequence() =>
        Assert.Equal((RunStatus.Succeeded, Many), (Run(Chart.Sequence("S1", [.. Enumerable.Range(1, Many).Select(Line)])) is var run ? run.State.Status : default, run.Written.Count()));

    [Fact]
    public void Ten_thousand_activities_in_a_row_of_a_flowchart()
    {
        var run = Run(Control.Flow([.. Enumerable.Range(1, Many).Select(Line)], [.. Enumerable.Range(1, Many - 1).Select(i => $"A{i} -> A{i + 1}")]));
        Assert.Equal((RunStatus.Succeeded, Many), (run.State.Status, run.Written.Count()));
    }

    [Fact]
    public void Ten_thousand_activities_side_by_side() => Assert.Equal(RunStatus.Succeeded, Run(Control.Parallel("P1", [.. Enumerable.Range(1, Many).Select(Line)])).State.Status);

    [Fact]
    public void Ten_thousand_passes_of_a_loop() =>
        Assert.Equal(Many, Run(Control.Of("For", "For1", ("start", 1), ("end", Many), ("body", Line(1)))).Written.Count());

    [Fact]
    public void Five_hundred_containers_in_each_other()
    {
        var inner = Line(0);
        for (var depth = 1; depth <= 500; depth++) inner = Chart.Sequence($"S{depth}", inner, Line(depth));
        var run = new SimulatedRun($$"""{"definitionId":"deep","root":{{inner.ToJsonString(new() { MaxDepth = 2_000 })}}}""").Advance();
        Assert.Equal((RunStatus.Succeeded, 501), (run.State.Status, run.Written.Count()));
    }
}
