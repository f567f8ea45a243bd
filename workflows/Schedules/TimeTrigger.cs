using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Schedules;

/// <summary>An activity with which a run begins when it is time: a <c>Timer</c>, <c>Cron</c> or <c>StartAt</c> that can start its workflow.</summary>
/// <param name="Activity">The activity.</param>
/// <param name="Rule">When, as <see cref="CronRule.OfTrigger"/> reads it, but for when the intervals of a timer begin; <see langword="null"/> where that cannot be told.</param>
/// <param name="Problem">Why it cannot be told; <see langword="null"/> where it can.</param>
sealed record TimeTrigger(ActivityNode Activity, string? Rule, string? Problem)
{
    static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromDays(3_660);

    /// <summary>Those of a workflow.</summary>
    public static IEnumerable<TimeTrigger> Of(WorkflowDefinition definition) => definition.Activities.Values.Select(Of).OfType<TimeTrigger>();

    /// <summary>What an activity is as a trigger; <see langword="null"/> where it is none.</summary>
    public static TimeTrigger? Of(ActivityNode node) => !node.CanStartWorkflow ? null : node.Type switch
    {
        ControlActivities.Timer => OfTimer(node),
        ControlActivities.Cron => OfCron(node),
        ControlActivities.StartAt => OfMoment(node),
        _ => null,
    };

    static TimeTrigger OfTimer(ActivityNode node)
    {
        if (Find(node, "Interval", out var written) is { } problem) return new(node, null, problem);
        if (written is null) return new(node, CronRule.Every(TimeSpan.FromMinutes(1)), null);
        return Durations.TryParse(written, out var interval) && interval >= Shortest && interval <= Longest
            ? new(node, CronRule.Every(interval), null)
            : new(node, null, $"'{JsonCursor.Shorten(written)}' is no interval at which runs can start. " +
                "Give one second at least, such as 00:05:00, and ten years at most.");
    }

    static TimeTrigger OfCron(ActivityNode node)
    {
        if (Find(node, "CronExpression", out var written) is { } problem) return new(node, null, problem);
        try
        {
            var rule = CronRule.Parse(written ?? "", "UTC");
            return rule.Next(DateTimeOffset.UnixEpoch) is null
                ? new(node, null, $"The cron expression '{rule.Cron}' is never due. Correct its day or month.")
                : new(node, rule.Cron, null);
        }
        catch (SchedulingException bad)
        {
            return new(node, null, bad.Message);
        }
    }

    static TimeTrigger OfMoment(ActivityNode node)
    {
        if (Find(node, "DateTime", out var written) is { } problem) return new(node, null, problem);
        return IsoMoments.TryMoment(written, out var at)
            ? new(node, CronRule.At(at), null)
            : new(node, null, $"'{JsonCursor.Shorten(written ?? "")}' is no moment at which a run can start. Give one such as 2026-11-23T12:00:00Z.");
    }

    /// <returns>Why there is no value; null where there is, or none is given.</returns>
    static string? Find(ActivityNode node, string input, out string? written)
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
