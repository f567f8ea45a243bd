using System.Diagnostics;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using SpanKind = System.Diagnostics.ActivityKind;

namespace Orchestrator.Workflows.Workers;

/// <summary>
/// The spans of a run while one worker drives it: the run's own, and below it one for each container in which an attempt executes, so
/// that the tree of spans is the tree of the run. The root container is the run itself.
/// </summary>
/// <param name="run">The run's span; null without a listener, and then nothing here has an effect.</param>
sealed class RunSpans(Span? run, WorkflowDefinition definition) : IDisposable
{
    readonly Dictionary<int, Span> containers = [];

    /// <summary>W3C trace context of the drive; null without a listener.</summary>
    public string? TraceParent => run?.Id;

    /// <summary>Returns the context of the parent of an attempt's span.</summary>
    public ActivityContext ParentOf(RunState state, ExecutionState execution) => run is null ? default : OfContainer(state, execution.Parent).Context;

    /// <summary>Marks the gap after which this drive continues.</summary>
    /// <param name="traceParent">The drive before; null for the first.</param>
    public void Continue(string? traceParent) => run.Continue(traceParent);

    /// <summary>Ends the spans of containers that have ended.</summary>
    public void EndFinished(RunState state)
    {
        if (containers.Count == 0) return;
        foreach (var (number, span) in containers)
        {
            if (!state[number].Status.IsFinal) continue;
            if (state[number].Error is { } error) span.Fail(error);
            span.Dispose();
            containers.Remove(number);
        }
    }

    /// <summary>Ends the open spans: the worker releases the run.</summary>
    public void Dispose()
    {
        foreach (var span in containers.Values) span.Dispose();
        containers.Clear();
    }

    Span OfContainer(RunState state, int? number)
    {
        if (number is not { } container || state[container].Parent is not { } parent) return run!;
        if (containers.TryGetValue(container, out var known)) return known;
        var (execution, above, current) = (state[container], OfContainer(state, parent), Span.Current);
        // One that was begun under another worker begins again with this drive.
        var begun = execution.StartedAt > new DateTimeOffset(run!.StartTimeUtc) ? execution.StartedAt.Value : default;
        var span = RunTelemetry.Source.StartActivity(
            $"activity {definition.Activities[execution.ActivityId].Type}", SpanKind.Internal, above.Context, startTime: begun);
        Span.Current = current;
        if (span is null) return above;
        span.SetTag(RunTags.ActivityId, execution.ActivityId).SetTag(RunTags.ActivityType, definition.Activities[execution.ActivityId].Type);
        return containers[container] = span;
    }
}
