using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Definitions;

/// <summary>An activity with which a run begins when it is time: a <c>Timer</c>, <c>Cron</c> or <c>StartAt</c> that can start its workflow.</summary>
/// <param name="Activity">The activity.</param>
/// <param name="Rule">When, as <see cref="CronRule.OfTrigger"/> reads it, but for when the intervals of a timer begin; <see langword="null"/> where that cannot be told.</param>
/// <param name="Problem">Why it cannot be told; <see langword="null"/> where it can.</param>
sealed record TimeTrigger(ActivityNode Activity, string? Rule, string? Problem)
{
    /// <summary>Those of a workflow.</summary>
    public static IEnumerable<TimeTrigger> Of(WorkflowDefinition definition) => definition.Activities.Values.Select(Of).OfType<TimeTrigger>();

    /// <summary>What an activity is as a trigger; <see langword="null"/> where it is none.</summary>
    public static TimeTrigger? Of(ActivityNode node) => node.CanStartWorkflow ? node.Control?.TriggerOf(node) : null;

    /// <summary>Finds a value that the definition itself gives an input.</summary>
    /// <returns>Why there is no value; null where there is, or none is given.</returns>
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
