using System.Diagnostics;

namespace Orchestrator.Workflows.Runs;

/// <summary>Spans of this assembly.</summary>
static class RunTelemetry
{
    public static readonly ActivitySource Source = new("Orchestrator.Workflows");

    public static Span? StartRun(Run run)
    {
        _ = ActivityContext.TryParse(run.TraceParent, traceState: null, isRemote: true, out var parent);
        var span = Source.StartActivity($"run {run.DefinitionId}", System.Diagnostics.ActivityKind.Internal, parent);
        span?.SetTag("orchestrator.run.id", run.Id.ToString());
        span?.SetTag("orchestrator.definition.id", run.DefinitionId);
        span?.SetTag("orchestrator.partition", run.Partition?.ToString());
        return span;
    }

    public static Span? StartAttempt(string type, string activityId, int attempt)
    {
        var span = Source.StartActivity($"activity {type}");
        span?.SetTag("orchestrator.activity.id", activityId);
        span?.SetTag("orchestrator.activity.type", type);
        span?.SetTag("orchestrator.attempt", attempt);
        return span;
    }

    extension(Span? span)
    {
        public void Fail(RunError error)
        {
            span?.SetTag("error.type", error.Code);
            span?.SetStatus(ActivityStatusCode.Error, error.Message);
        }
    }
}
