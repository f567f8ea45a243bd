using System.Diagnostics;

namespace Orchestrator.Workflows.Activities;

/// <summary>Where all spans of runs begin.</summary>
static class WorkflowSpans
{
    public static readonly ActivitySource Source = new("Orchestrator.Workflows");
}
