using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Runs;

/// <summary>What the activities do that the runtime carries out itself and that hold no others.</summary>
static class ControlRules
{
    public static RunEvent CarryOut(WorkflowDefinition definition, ActivityNode node, ExecutionState execution) => node.Type switch
    {
        ControlActivities.FlowDecision => new ActivityCompleted(execution.Number, [ContainerRules.IsTrue(execution) ? "True" : "False"]),
        ControlActivities.SetVariable => SetVariable(definition, node, execution),
        ControlActivities.Fault => new ActivityFaulted(execution.Number, FaultOf(node, execution)),
        ControlActivities.Finish => new ActivityCompleted(execution.Number, EndsRun: true),
        ControlActivities.WriteLine or ControlActivities.Start or ControlActivities.End => new ActivityCompleted(execution.Number),
        _ => new ActivityFaulted(execution.Number, new("activity.unknown_type", $"Activity type '{node.Type}' version '0' could not be found.", node.Id)),
    };

    /// <summary>Text that an activity leaves in the run's log when it completes; null for none.</summary>
    public static string? LogOf(ActivityNode node, ExecutionState execution) => node.Type is ControlActivities.WriteLine ? TextOf(execution, "Text") ?? "" : null;

    static RunEvent SetVariable(WorkflowDefinition definition, ActivityNode node, ExecutionState execution)
    {
        var id = execution.Inputs.TryGetValue("Variable", out var reference) ? ExpressionEvaluator.NameIn(reference, "id") : null;
        if (id is null || VariablesInScope.Find(definition, node, id) is not { } variable)
            return new ActivityFaulted(execution.Number, new("activity.unknown_variable", $"Variable '{id}' not found.", node.Id));
        try
        {
            var value = ValueConversion.ForVariable(execution.Inputs.GetValueOrDefault("Value"), variable);
            return new ActivityCompleted(execution.Number, Variables: new Dictionary<string, JsonElement> { [id] = value });
        }
        catch (ActivityFailedException unfit)
        {
            return new ActivityFaulted(execution.Number, new(unfit.Code, unfit.Message, node.Id));
        }
    }

    static RunError FaultOf(ActivityNode node, ExecutionState execution) => new(
        TextOf(execution, "Code") is { Length: > 0 } code ? code : "activity.fault",
        TextOf(execution, "Message") is { Length: > 0 } message ? message : $"Activity '{node.Id}' faulted the run and gave no message.", node.Id);

    static string? TextOf(ExecutionState execution, string input) =>
        execution.Inputs.TryGetValue(input, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
