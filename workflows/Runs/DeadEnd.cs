using System.Globalization;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Runs;

/// <summary>Says in words why nothing follows although the run has not ended.</summary>
static class DeadEnd
{
    public static string Describe(WorkflowDefinition definition, RunState state)
    {
        var waiting = state.Live.Select(number => state[number]).SelectMany(container => Waiting(definition.Activities[container.ActivityId], container)).ToList();
        return waiting.Count > 0
            ? string.Join(' ', waiting)
            : string.Create(CultureInfo.InvariantCulture, $"{state.Live.Count} activities have started and nothing that executes could complete them.");
    }

    static IEnumerable<string> Waiting(ActivityNode node, ExecutionState container) =>
        from target in container.Tokens.Where(token => !token.IsBlocking).Select(token => token.To).Distinct(StringComparer.Ordinal)
        let missing = FlowGraph.Of(node).Inbound(target)
            .Where(connection => !container.Tokens.Any(token => token.From == connection.Source.Id && token.Port == connection.SourcePort && token.To == target))
            .Select(connection => $"'{connection.Source.Id}' ({connection.SourcePort})").ToList()
        where missing.Count > 0
        select $"'{target}' waits for {string.Join(" and ", missing)}, which no branch reaches any more.";
}
