using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Workflows.Schedules;

/// <summary>Spans of ticks; the trace of a run that no person requested begins with one.</summary>
static class ScheduleTelemetry
{
    /// <param name="startedBy">Such as <c>schedule monthly-sales</c>.</param>
    public static Span? StartTick(string startedBy, string definitionId, Partition? partition)
    {
        var span = RunTelemetry.Source.StartActivity($"tick {definitionId}");
        span?.SetTag("orchestrator.run.started_by", startedBy);
        span?.SetTag("orchestrator.definition.id", definitionId);
        span?.SetTag("orchestrator.partition", partition?.ToString());
        return span;
    }
}
