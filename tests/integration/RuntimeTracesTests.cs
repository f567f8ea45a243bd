using System.Collections.Concurrent;
using System.Diagnostics;
using Orchestrator.Workflows.Activities;

namespace Orchestrator.Tests.Integration;

public sealed class RuntimeTracesTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_run_is_one_trace_that_begins_where_it_was_asked_for_with_a_span_for_each_attempt()
    {
        var spans = new ConcurrentQueue<Span>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Orchestrator.Workflows" or "Test", Sample = (ref _) => ActivitySamplingResult.AllData, ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        runtime.Work["A1"] = context => context.Attempt.Attempt == 1 ? throw new ActivityFailedException("test.flaky", "Not yet.", isRetryable: true) : Task.CompletedTask;
        using var source = new ActivitySource("Test");
        Guid runId;
        Span asked;
        using (asked = source.StartActivity("click")!) runId = (await runtime.CreateAsync(RuntimeHarness.Flowchart("A1"), new(new(2026, 10, 1)))).Id;
        await runtime.Worker.DriveAsync(runId, runtime, TestContext.Current.CancellationToken);

        var trace = spans.Where(span => span.TraceId == asked.TraceId).ToList();
        var run = trace.Single(span => span.OperationName == "run test");
        Assert.Equal((asked.SpanId, runId.ToString(), "2026-10"), (run.ParentSpanId, run.GetTagItem("orchestrator.run.id"), run.GetTagItem("orchestrator.partition")));
        var attempts = trace.Where(span => span.OperationName == "activity Test.TestJob").ToList();
        Assert.All(attempts, attempt => Assert.Equal(run.SpanId, attempt.ParentSpanId));
        Assert.Equal([(1, "test.flaky"), (2, null)], attempts.Select(attempt => ((int)attempt.GetTagItem("orchestrator.attempt")!, (string?)attempt.GetTagItem("error.type"))));
    }
}
