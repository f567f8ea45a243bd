using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Values;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Tests.Integration.Runs;

public sealed class RuntimeTracesTests(PostgresFixture postgres) : IDisposable
{
    readonly RecordedTrace trace = new();

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => trace.Dispose();

    [Fact]
    public async Task A_run_is_one_trace_that_begins_where_it_was_asked_for()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var created = await CreateAsync(runtime, RuntimeHarness.Flowchart("A1"), new(new(2026, 10, 1)));
        await runtime.Worker.DriveAsync(created.Id, runtime, Token);

        Assert.All(trace.Spans, span => Assert.Equal(trace.Asked.TraceId, span.TraceId));
        Assert.Equal(["queue test", "run test"], trace.Spans.Where(span => span.ParentSpanId == trace.Asked.SpanId).Select(span => span.OperationName));
        var queue = trace.Spans.Single(span => span.OperationName == "queue test");
        Assert.Equal(created.CreatedAt.UtcDateTime, queue.StartTimeUtc);
        var claim = Assert.Single(trace.Below(queue));
        Assert.Equal(("claim test", queue.StartTimeUtc + queue.Duration), (claim.OperationName, claim.StartTimeUtc + claim.Duration));
        var run = Assert.Single(trace.Drives);
        Assert.Equal(
            (created.Id.ToString(), "test", "2026-10", "Succeeded", ActivityStatusCode.Unset),
            (run.GetTagItem("orchestrator.run.id"), run.GetTagItem("orchestrator.definition.id"), run.GetTagItem("orchestrator.partition"),
                run.GetTagItem("orchestrator.run.status"), run.Status));
        Assert.Equal(["activity Test.TestJob", "commit"], trace.Below(run).Select(span => span.OperationName).Distinct().Order());
    }

    [Fact]
    public async Task The_tree_of_spans_is_the_tree_of_the_run_with_containers_and_retries()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        runtime.Work["A1"] = context => context.Attempt.Attempt == 1 ? throw new ActivityFailedException("test.flaky", "Secret of row 7.", isRetryable: true) : Task.CompletedTask;
        var run = await CreateAsync(runtime, Nested);
        await runtime.Worker.DriveAsync(run.Id, runtime, Token);

        Assert.Equal(["Sequence1/A1#1 Failed test.flaky", "Sequence1/A1#2 Completed", "Sequence1/Inner1/B1#1 Completed", "C1#1 Completed"], trace.Attempts);
        await AssertTreeAsync(runtime, run.Id);
        Assert.DoesNotContain(trace.Spans, span => (span.StatusDescription + string.Join(' ', span.TagObjects)).Contains("Secret", StringComparison.Ordinal));
        // A container's span lasts until the container has ended.
        var inner = trace.Spans.Single(span => Equals(span.GetTagItem("orchestrator.activity.id"), "Inner1"));
        Assert.True(inner.StartTimeUtc + inner.Duration >= trace.Below(inner).Max(span => span.StartTimeUtc + span.Duration));
    }

    [Fact]
    public async Task A_run_that_failed_says_where_and_with_which_code()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        runtime.Work["B1"] = _ => throw new ActivityFailedException("test.broken", "It broke.", isRetryable: false);
        var run = await CreateAsync(runtime, RuntimeHarness.Flowchart("A1 -> B1", "B1 -> C1"));
        await runtime.Worker.DriveAsync(run.Id, runtime, Token);

        Assert.Equal(["A1#1 Completed", "B1#1 Failed test.broken"], trace.Attempts);
        await AssertTreeAsync(runtime, run.Id);
        var span = Assert.Single(trace.Drives);
        Assert.Equal(("Failed", "test.broken", ActivityStatusCode.Error), (span.GetTagItem("orchestrator.run.status"), span.GetTagItem("error.type"), span.Status));
    }

    [Fact]
    public async Task A_cancelled_run_ends_the_spans_of_its_attempts_as_cancelled()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        using var stop = new CancellationTokenSource();
        runtime.Work["A1"] = async context =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        var run = await CreateAsync(runtime, RuntimeHarness.Flowchart("A1 -> B1"));
        await runtime.Worker.DriveAsync(run.Id, runtime, stop.Token);

        Assert.Equal(["A1#1 Cancelled"], trace.Attempts);
        await AssertTreeAsync(runtime, run.Id);
        Assert.Equal("Cancelled", Assert.Single(trace.Drives).GetTagItem("orchestrator.run.status"));
    }

    [Fact]
    public async Task A_run_that_another_worker_resumes_goes_on_in_its_trace_behind_a_link()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var started = new TaskCompletionSource();
        runtime.Work["B1"] = async context =>
        {
            if (context.Attempt.Attempt > 1) return;
            started.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        var run = await CreateAsync(runtime, RuntimeHarness.Flowchart("A1 -> B1"));
        var first = runtime.Worker.DriveAsync(run.Id, runtime, Token);
        await started.Task.InTimeAsync();
        await using (var expire = runtime.Database.DataSource.CreateCommand("update orchestrator.run set lease_expires_at = now() - interval '1 s'"))
            await expire.ExecuteNonQueryAsync(Token);
        await runtime.CreateWorker("second").DriveAsync(run.Id, runtime, Token);
        await first;

        Assert.Equal(["A1#1 Completed", "B1#1 Cancelled", "B1#2 Completed"], trace.Attempts);
        await AssertTreeAsync(runtime, run.Id);
        Assert.Equal(2, trace.Drives.Count);
        var (before, after) = (trace.Drives[0], trace.Drives[1]);
        Assert.All(trace.Drives, drive => Assert.Equal(trace.Asked.SpanId, drive.ParentSpanId));
        Assert.Equal(["Running", "Succeeded"], trace.Drives.Select(drive => drive.GetTagItem("orchestrator.run.status")));
        Assert.Empty(before.Links);
        var link = Assert.Single(after.Links);
        Assert.Equal((before.TraceId, before.SpanId), (link.Context.TraceId, link.Context.SpanId));
        Assert.Single(trace.Spans, span => span.OperationName == "queue test");
    }

    [Fact]
    public async Task A_run_that_was_accepted_without_traces_gets_the_trace_of_the_first_worker()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var run = await runtime.CreateAsync(RuntimeHarness.Flowchart("A1"));
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Orchestrator.Workflows",
            Sample = (ref options) => options.Name == "run test" ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
        };
        ActivitySource.AddActivityListener(listener);
        await runtime.Worker.DriveAsync(run.Id, runtime, Token);

        var ended = await runtime.Store.FindAsync(run.Id, Token);
        var options = new TelemetryOptions { TraceUrlTemplate = "http://localhost:16686/trace/{traceId}" };
        Assert.Equal($"http://localhost:16686/trace/{ended!.TraceParent!.Split('-')[1]}", options.TraceAddress(ended.TraceParent)?.ToString());
    }

    const string Nested = """
        {
          "definitionId": "test", "name": "Test", "version": 1,
          "root": {
            "id": "Flowchart1", "type": "Elsa.Flowchart",
            "activities": [
              { "id": "Sequence1", "type": "Elsa.Sequence", "activities": [
                { "id": "A1", "type": "Test.TestJob", "customProperties": { "retryPolicy": { "attempts": 3, "delay": "00:00:00.010" } } },
                { "id": "Inner1", "type": "Elsa.Sequence", "activities": [{ "id": "B1", "type": "Test.TestStep" }] }] },
              { "id": "C1", "type": "Test.TestJob" }],
            "connections": [{ "source": { "activity": "Sequence1" }, "target": { "activity": "C1" } }]
          }
        }
        """;

    Task<Run> CreateAsync(RuntimeHarness runtime, string definition, Partition? partition = null) => runtime.Store.CreateAsync(
        new(Guid.CreateVersion7(), WorkflowDefinition.Parse(definition, runtime.Registry), partition, new Dictionary<string, JsonElement>(), trace.TraceParent), Token);

    /// <summary>Every attempt that the journal knows has a span at its place in the tree, and no other does.</summary>
    async Task AssertTreeAsync(RuntimeHarness runtime, Guid runId)
    {
        var state = new RunState();
        var expected = new List<string>();
        foreach (var entry in await runtime.Journal.ReadAsync(runId, Token))
        {
            state.Apply(entry);
            if (entry.Event is AttemptStarted begun) expected.Add($"{PathOf(state, begun.Number)}#{begun.Attempt}");
        }
        Assert.Equal(expected.Order(), trace.Attempts.Select(attempt => attempt.Split(' ')[0]).Order());
    }

    static string PathOf(RunState state, int number) =>
        state[number] is { Parent: { } parent } execution && state[parent].Parent is not null ? $"{PathOf(state, parent)}/{execution.ActivityId}" : state[number].ActivityId;
}
