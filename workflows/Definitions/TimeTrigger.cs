using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Definitions;

/// <summary>
/// An activity with which a run begins at a time: a <c>Timer</c>, <c>Cron</c> or <c>StartAt</c> that can start its workflow.
/// </summary>
/// <param name="Activity">The activity.</param>
/// <param name="Rule">The rule as <see cref="CronRule.OfTrigger"/> reads it, without the start of a timer's intervals;
/// <see langword="null"/> if it is unknown.</param>
/// <param name="Problem">Reason why the rule is unknown; <see langword="null"/> if it is known.</param>
sealed record TimeTrigger(ActivityNode Activity, string? Rule, string? Problem)
{
    /// <summary>Returns the time triggers of a workflow.</summary>
    public static IEnumerable<TimeTrigger> Of(WorkflowDefinition definition) => definition.Activities.Values.Select(Of).OfType<TimeTrigger>();

    /// <summary>Returns the time trigger that an activity is; <see langword="null"/> if it is none.</summary>
    public static TimeTrigger? Of(ActivityNode node) => node.CanStartWorkflow ? node.Control?.TriggerOf(node) : null;

    /// <summary>Finds the literal value of an input in the definition.</summary>
    /// <returns>Why there is no value; null if there is, or none is given.</returns>
    public static string? Find(ActivityNode node, string input, out string? written)
    {
        written = null;
        if (!node.Inputs.TryGetValue(input, out var given)) return null;
        if (given.Expression is { Type: not ExpressionTypes.Literal } expression)
            return $"No run starts by it: the {expression.Type} expression of '{input}' would need a run to be evaluated in. Write the value itself.";
        var value = given.Expression?.Value ?? given.Bare;
        written = value.ValueKind is JsonValueKind.String && value.GetString() is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;
        return null;
    }
}
