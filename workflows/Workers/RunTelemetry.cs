using System.Diagnostics;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using SpanKind = System.Diagnostics.ActivityKind;

namespace Orchestrator.Workflows.Workers;

/// <summary>
/// Spans of this assembly. Names are few, so that they can be grouped; ids and partitions are tags. Anything that may hold values of rows
/// is left out: no inputs, no outputs, no messages.
/// </summary>
static class RunTelemetry
{
    public static ActivitySource Source => WorkflowSpans.Source;

    /// <summary>Records that a worker has claimed a run: how long the run waited, and how long the claim took.</summary>
    /// <param name="asked">Time at which the worker began to ask for it.</param>
    public static void Claimed(Run run, DateTimeOffset asked, DateTimeOffset claimed)
    {
        if (!Source.HasListeners() && !RunMetrics.QueueDuration.Enabled) return;
        var parent = ParentOf(run);
        if (run.StartedAt is null)
        {
            // The run may have been accepted by the clock of another machine.
            var created = run.CreatedAt < claimed ? run.CreatedAt : claimed;
            RunMetrics.QueueDuration.Record((claimed - created).TotalSeconds, new KeyValuePair<string, object?>(RunTags.DefinitionId, run.DefinitionId));
            using var queue = Source.StartActivity($"queue {run.DefinitionId}", SpanKind.Consumer, parent, startTime: created);
            queue?.Tag(run).SetEndTime(claimed.UtcDateTime);
            if (queue is not null) parent = queue.Context;
            if (asked < created) asked = created;
        }
        using var claim = Source.StartActivity($"claim {run.DefinitionId}", SpanKind.Internal, parent, startTime: asked);
        claim?.Tag(run).SetEndTime(claimed.UtcDateTime);
    }

    /// <summary>A worker drives a run.</summary>
    /// <param name="address">Where a person sees the run; null if that is not known.</param>
    public static Span? StartRun(Run run, Uri? address) =>
        Source.StartActivity($"run {run.DefinitionId}", SpanKind.Internal, ParentOf(run))?.Tag(run)
            .SetTag(RunTags.DefinitionVersion, run.DefinitionVersion)
            // Overwritten at the end: a span that stays Running belongs to a released run.
            .SetTag(RunTags.RunStatus, nameof(RunStatus.Running)).SetTag(RunTags.RunUrl, address?.ToString());

    /// <summary>An attempt of an activity executes.</summary>
    /// <param name="parent">The span of the container or the run it executes in.</param>
    public static Span? StartAttempt(ActivityNode node, ActivityAttempt attempt, ActivityContext parent) =>
        Source.StartActivity($"activity {node.Type}", SpanKind.Internal, parent)?
            .SetTag(RunTags.RunId, attempt.RunId.ToString()).SetTag(RunTags.Partition, attempt.Partition?.ToString())
            .SetTag(RunTags.ActivityId, node.Id).SetTag(RunTags.ActivityType, node.Type).SetTag(RunTags.Attempt, attempt.Attempt);

    static ActivityContext ParentOf(Run run) =>
        ActivityContext.TryParse(run.TraceParent, traceState: null, isRemote: true, out var parent) ? parent : Span.Current?.Context ?? default;

    extension(Span span)
    {
        Span Tag(Run run) => span.SetTag(RunTags.RunId, run.Id.ToString()).SetTag(RunTags.DefinitionId, run.DefinitionId).SetTag(RunTags.Partition, run.Partition?.ToString());
    }

    extension(Span? span)
    {
        public void Fail(RunError error)
        {
            span?.SetTag(RunTags.ErrorType, error.Code);
            // The code only: a message may quote a value of a row. The run's page has it.
            span?.SetStatus(ActivityStatusCode.Error, error.Code);
        }

        /// <summary>Marks that this span continues the work of another one: its worker died, or released the run.</summary>
        public void Continue(string? traceParent)
        {
            if (span is not null && ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out var before))
                span.AddLink(new(before, new() { [RunTags.LinkReason] = "resumes" }));
        }
    }
}

/// <summary>Names of the tags of spans and metrics.</summary>
static class RunTags
{
    public const string
        RunId = "orchestrator.run.id", RunUrl = "orchestrator.run.url", RunStatus = "orchestrator.run.status", DefinitionId = "orchestrator.definition.id",
        DefinitionVersion = "orchestrator.definition.version", Partition = "orchestrator.partition", ActivityId = "orchestrator.activity.id",
        ActivityType = "orchestrator.activity.type", Attempt = "orchestrator.attempt", AttemptStatus = "orchestrator.attempt.status", Asset = "orchestrator.asset",
        Rows = "orchestrator.rows", Bytes = "orchestrator.bytes", Events = "orchestrator.journal.events", LinkReason = "orchestrator.link.reason", ErrorType = "error.type";
}
