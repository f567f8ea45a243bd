using System.Globalization;
using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Workflows.Runs;

/// <summary>What the activities wait for that wait for something outside the run.</summary>
static class WaitRules
{
    // The calendars of .NET and of what shows a run end with the year 9999.
    static readonly DateTimeOffset Latest = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <returns>Null for an activity that does not wait.</returns>
    public static RunEvent? Begin(WorkflowDefinition definition, ActivityNode node, ExecutionState execution, RunState state)
    {
        if (state.Created?.Trigger is { } trigger && trigger.ActivityId == node.Id && execution.Ordinal == 1) return Triggered(definition, node, execution, trigger);
        return node.Type switch
        {
            ControlActivities.Delay => After(execution, "TimeSpan"),
            ControlActivities.Timer => After(execution, "Interval"),
            ControlActivities.StartAt => StartAt(node, execution),
            ControlActivities.Cron => Cron(node, execution),
            ControlActivities.Event => Event(node, execution),
            ControlActivities.ExecuteWorkflow => Child(node, execution, isAwaited: true),
            ControlActivities.DispatchWorkflow => Child(node, execution, execution.Inputs.TryGetValue("WaitForCompletion", out var wait) && wait.ValueKind is JsonValueKind.True),
            _ when node.Descriptor?.WorkflowDefinitionId is { } workflow =>
                new ActivitySuspended(execution.Number, Child: new(workflow, execution.Inputs.Count == 0 ? null : execution.Inputs, state.CorrelationId, IsAwaited: true)),
            _ => null,
        };
    }

    /// <summary>What an activity waits for, in words.</summary>
    public static string Describe(ExecutionState execution, ActivitySuspended waiting) => waiting switch
    {
        { DueAt: { } due } => string.Create(CultureInfo.InvariantCulture, $"'{execution.ActivityId}' waits until {due.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC."),
        { EventName: { } name } => $"'{execution.ActivityId}' waits for the event '{name}'.",
        { Child: { } child } => $"'{execution.ActivityId}' waits for its run of '{child.DefinitionId}'.",
        _ => $"'{execution.ActivityId}' waits.",
    };

    /// <summary>The run was started by what this activity would wait for.</summary>
    static RunEvent Triggered(WorkflowDefinition definition, ActivityNode node, ExecutionState execution, Trigger trigger)
    {
        var outputs = node.Type is ControlActivities.Event && trigger.Payload is { } payload ? new Dictionary<string, JsonElement> { ["Result"] = payload } : null;
        try
        {
            return new ActivityCompleted(execution.Number, Outputs: outputs, Variables: VariablesInScope.Written(definition, node, outputs));
        }
        catch (ActivityFailedException unfit)
        {
            return new ActivityFaulted(execution.Number, new(unfit.Code, unfit.Message, node.Id));
        }
    }

    static RunEvent After(ExecutionState execution, string input)
    {
        var isGiven = Durations.TryParse(ControlRules.TextOf(execution, input), out var span);
        if (!isGiven || span <= TimeSpan.Zero) return new ActivityCompleted(execution.Number);
        var begun = execution.StartedAt!.Value;
        return span <= Latest - begun ? Until(execution, begun + span) : TooLate(execution, $"waits {span}");
    }

    static RunEvent StartAt(ActivityNode node, ExecutionState execution) =>
        !DateTimeOffset.TryParse(ControlRules.TextOf(execution, "DateTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? new ActivityFaulted(execution.Number, new("activity.no_time", $"'{node.Id}' has no time to wait for. Give its input 'DateTime' a moment such as 2026-11-23T12:00:00Z.", node.Id))
            : at > Latest ? TooLate(execution, string.Create(CultureInfo.InvariantCulture,
                $"waits until {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"))
            : at > execution.StartedAt ? Until(execution, at) : new ActivityCompleted(execution.Number);

    static RunEvent Cron(ActivityNode node, ExecutionState execution)
    {
        try
        {
            var next = CronRule.Parse(ControlRules.TextOf(execution, "CronExpression") ?? "", "UTC").Next(execution.StartedAt!.Value);
            return next is { } due ? Until(execution, due) : new ActivityCompleted(execution.Number);
        }
        catch (SchedulingException bad)
        {
            return new ActivityFaulted(execution.Number, new(bad.Code, bad.Message, node.Id));
        }
    }

    static ActivityFaulted TooLate(ExecutionState execution, string what) => new(execution.Number, new("activity.wait_too_long",
        $"'{execution.ActivityId}' {what}, but no wait can end after the year 9998. Give a shorter one.", execution.ActivityId));

    static ActivitySuspended Until(ExecutionState execution, DateTimeOffset at) => new(execution.Number, DueAt: at.ToUniversalTime());

    static RunEvent Event(ActivityNode node, ExecutionState execution) => ControlRules.TextOf(execution, "EventName") is { Length: > 0 } name
        ? EventNames.ProblemOf(name) is { } problem
            ? new ActivityFaulted(execution.Number, new(EventNames.BadName, $"'{node.Id}' cannot wait for its event: {problem}", node.Id))
            : new ActivitySuspended(execution.Number, EventName: name)
        : new ActivityFaulted(execution.Number, new("activity.no_event", $"'{node.Id}' has no event to wait for. Give its input 'EventName' a name.", node.Id));

    static RunEvent Child(ActivityNode node, ExecutionState execution, bool isAwaited)
    {
        if (ControlRules.TextOf(execution, "WorkflowDefinitionId") is not { Length: > 0 } workflow)
            return new ActivityFaulted(execution.Number, new("activity.no_workflow", $"'{node.Id}' has no workflow to start. Choose one.", node.Id));
        var inputs = execution.Inputs.TryGetValue("Input", out var given) && given.ValueKind is JsonValueKind.Object
            ? given.EnumerateObject().ToDictionary(property => property.Name, property => property.Value, StringComparer.Ordinal) : null;
        return new ActivitySuspended(execution.Number, Child: new(workflow, inputs, ControlRules.TextOf(execution, "CorrelationId"), isAwaited));
    }
}
