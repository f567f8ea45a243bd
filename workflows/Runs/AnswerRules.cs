using System.Text.Json;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Runs;

/// <summary>What follows the answer of an activity that asks for something and holds others, such as <c>Elsa.SendHttpRequest</c>: the inner activity of its outcome.</summary>
static class AnswerRules
{
    public static IReadOnlyList<string> OutcomesOf(ExecutionState container) => container.Reused?.Outcomes ?? container.Outcomes ?? FlowchartRules.Done;

    public static ContainerAdvanced Open(WorkflowDefinition definition, ActivityNode node, ExecutionState container, RunState state)
    {
        var outcomes = OutcomesOf(container);
        IReadOnlyDictionary<string, JsonElement>? written = container.Reused is { } kept ? VariablesInScope.Written(definition, node, kept.Outputs) : null;
        return node.InnerOf(outcomes[0]) is { } inner
            ? new(container.Number, Child: null, [new(state.Executions.Count + 1, inner.Id)], Variables: written)
            : new(container.Number, Child: null, Completes: outcomes, Variables: written);
    }
}
