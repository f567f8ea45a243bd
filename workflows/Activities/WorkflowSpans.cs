using System.Diagnostics;

namespace Orchestrator.Workflows.Activities;

/// <summary>Source of all spans of runs.</summary>
static class WorkflowSpans
{
    public static readonly ActivitySource Source = new("Orchestrator.Workflows");
}
