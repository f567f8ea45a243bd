using System.Globalization;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Control;

/// <summary>Explains in words why nothing follows although the run has not ended.</summary>
static class DeadEnd
{
    const int MostNamed = 10;

    public static string Describe(WorkflowDefinition definition, RunState state)
    {
        if (state is { Error: { } error, Incidents: var incidents })
            return string.Create(CultureInfo.InvariantCulture, $"{incidents} {(incidents == 1 ? "activity" : "activities")} failed, the first one '{error.ActivityId}': {error.Message}");
        var live = state.Live.Select(number => state[number]).ToList();
        var awaited = live.Where(execution => execution.Suspension is not null)
            .Select(execution => Describe(execution, execution.Suspension!)).Take(MostNamed).ToList();
        if (awaited.Count > 0) return string.Join(' ', awaited);
        var waiting = live.SelectMany(container => Waiting(definition.Activities[container.ActivityId], container)).ToList();
        return waiting.Count > 0
            ? string.Join(' ', waiting)
            : string.Create(CultureInfo.InvariantCulture, $"{state.Live.Count} activities have started and nothing that executes could complete them.");
    }

    static IEnumerable<string> Waiting(ActivityNode node, ExecutionState container) =>
        node.Control is ContainerActivity control ? control.DescribeDeadEnd(node, container) : [];

    static string Describe(ExecutionState execution, ActivitySuspended waiting) => waiting switch
    {
        { DueAt: { } due } => string.Create(CultureInfo.InvariantCulture,
            $"'{execution.ActivityId}' waits until {due.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC."),
        { EventName: { } name } => $"'{execution.ActivityId}' waits for the event '{name}'.",
        { Child: { } child } => $"'{execution.ActivityId}' waits for its run of '{child.DefinitionId}'.",
        _ => $"'{execution.ActivityId}' waits.",
    };
}
