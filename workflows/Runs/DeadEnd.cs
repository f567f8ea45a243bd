using System.Globalization;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Runs;

/// <summary>Says in words why nothing follows although the run has not ended.</summary>
static class DeadEnd
{
    const int MostNamed = 10;

    public static string Describe(WorkflowDefinition definition, RunState state)
    {
        if (state is { Error: { } error, Incidents: var incidents })
            return string.Create(CultureInfo.InvariantCulture, $"{incidents} {(incidents == 1 ? "activity" : "activities")} failed, the first one '{error.ActivityId}': {error.Message}");
        var live = state.Live.Select(number => state[number]).ToList();
        var awaited = live.Where(execution => execution.Suspension is not null).Select(execution => WaitRules.Describe(execution, execution.Suspension!)).Take(MostNamed).ToList();
        if (awaited.Count > 0) return string.Join(' ', awaited);
        var waiting = live.SelectMany(container => Waiting(definition.Activities[container.ActivityId], container)).ToList();
        return waiting.Count > 0
            ? string.Join(' ', waiting)
            : string.Create(CultureInfo.InvariantCulture, $"{state.Live.Count} activities have started and nothing that executes could complete them.");
    }

    static IEnumerable<string> Waiting(ActivityNode node, ExecutionState container) =>
        from target in node.Children.Select(child => child.Id).Where(id => container.Tokens.ArrivedFor(id) > 0)
        let missing = FlowGraph.Of(node).Inbound(target)
            .Where(connection => container.Tokens.For(target).All(held => held.Key.From != connection.Source.Id || held.Key.Port != connection.SourcePort))
            .Select(connection => $"'{connection.Source.Id}' ({connection.SourcePort})").ToList()
        where missing.Count > 0
        select $"'{target}' waits for {string.Join(" and ", missing)}, which no branch reaches any more.";
}
