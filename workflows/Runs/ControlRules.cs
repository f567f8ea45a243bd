using System.Globalization;
using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Runs;

/// <summary>What the activities do that the runtime carries out itself and that hold no others.</summary>
static class ControlRules
{
    static readonly JsonElement Null = ValueConversion.ToJson(null);

    /// <returns>Null where it waits for something outside.</returns>
    public static RunEvent? Advance(WorkflowDefinition definition, ActivityNode node, ExecutionState execution, RunState state)
    {
        if (execution.Resumption is { } resumed) return Resume(definition, node, resumed);
        return execution.Suspension is null ? CarryOut(definition, node, execution, state) : null;
    }

    static RunEvent CarryOut(WorkflowDefinition definition, ActivityNode node, ExecutionState execution, RunState state) => node.Type switch
    {
        ControlActivities.FlowDecision => new ActivityCompleted(execution.Number, [ContainerRules.IsTrue(execution) ? "True" : "False"]),
        ControlActivities.FlowSwitch => new ActivityCompleted(execution.Number, SwitchRules.Outcomes(node, execution)),
        ControlActivities.FlowFork => new ActivityCompleted(execution.Number, TextsOf(execution, "Branches")),
        ControlActivities.SetVariable => SetVariable(definition, node, execution),
        ControlActivities.SetName => new ActivityCompleted(execution.Number, OfRun: new(Name: TextOf(execution, "Value") ?? "")),
        ControlActivities.Correlate => Correlate(node, execution),
        ControlActivities.SetOutput => SetOutput(node, execution),
        ControlActivities.Fault => new ActivityFaulted(execution.Number, FaultOf(node, execution)),
        ControlActivities.Finish => new ActivityCompleted(execution.Number, EndsRun: true),
        ControlActivities.Complete => new ActivityCompleted(execution.Number, TextsOf(execution, "Outcomes"), EndsRun: true),
        ControlActivities.WriteLine or ControlActivities.Start or ControlActivities.End or ControlActivities.Break or ControlActivities.FlowJoin =>
            new ActivityCompleted(execution.Number),
        _ => WaitRules.Begin(definition, node, execution, state)
            ?? new ActivityFaulted(execution.Number, new("activity.unknown_type", $"Activity type '{node.Type}' version '0' could not be found.", node.Id)),
    };

    /// <summary>Text that an activity leaves in the run's log when it completes; null for none.</summary>
    public static string? LogOf(ActivityNode node, ExecutionState execution) => node.Type is ControlActivities.WriteLine ? TextOf(execution, "Text") ?? "" : null;

    public static string? TextOf(ExecutionState execution, string input) =>
        execution.Inputs.TryGetValue(input, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    static RunEvent Resume(WorkflowDefinition definition, ActivityNode node, ActivityResumed resumed)
    {
        if (resumed.Error is { } error) return new ActivityFaulted(resumed.Number, error);
        try
        {
            return new ActivityCompleted(resumed.Number, resumed.Outcomes, resumed.Outputs, VariablesInScope.Written(definition, node, resumed.Outputs));
        }
        catch (ActivityFailedException unfit)
        {
            return new ActivityFaulted(resumed.Number, new(unfit.Code, unfit.Message, node.Id));
        }
    }

    static RunEvent SetVariable(WorkflowDefinition definition, ActivityNode node, ExecutionState execution)
    {
        var reference = execution.Inputs.TryGetValue("Variable", out var given) ? Reference.Read(given) : null;
        if (reference?.FindIn([.. VariablesInScope.Of(definition, node)]) is not { } variable)
            return new ActivityFaulted(execution.Number, new("activity.unknown_variable", $"Variable '{reference}' not found.", node.Id));
        try
        {
            var value = ValueConversion.ForVariable(execution.Inputs.GetValueOrDefault("Value"), variable);
            return new ActivityCompleted(execution.Number, Variables: new Dictionary<string, JsonElement> { [variable.Id] = value });
        }
        catch (ActivityFailedException unfit)
        {
            return new ActivityFaulted(execution.Number, new(unfit.Code, unfit.Message, node.Id));
        }
    }

    static RunEvent Correlate(ActivityNode node, ExecutionState execution)
    {
        var id = TextOf(execution, "CorrelationId") ?? "";
        return id.Length > 0 && EventNames.ProblemOfCorrelation(id) is { } problem
            ? new ActivityFaulted(execution.Number, new(EventNames.BadCorrelation, $"'{node.Id}' cannot set it: {problem}", node.Id))
            : new ActivityCompleted(execution.Number, OfRun: new(CorrelationId: id));
    }

    static RunEvent SetOutput(ActivityNode node, ExecutionState execution) => TextOf(execution, "OutputName") is { Length: > 0 } name
        ? new ActivityCompleted(execution.Number, OfRun: new(Outputs: new Dictionary<string, JsonElement> { [name] = execution.Inputs.GetValueOrDefault("OutputValue", Null) }))
        : new ActivityFaulted(execution.Number, new("activity.no_output", "OutputName is required.", node.Id));

    static RunError FaultOf(ActivityNode node, ExecutionState execution) => new(
        TextOf(execution, "Code") is { Length: > 0 } code ? code : "activity.fault",
        TextOf(execution, "Message") is { Length: > 0 } message ? message : $"Activity '{node.Id}' faulted the run and gave no message.", node.Id);

    /// <summary>A list of texts, or JSON text of one, or one text; null for none.</summary>
    static string[]? TextsOf(ExecutionState execution, string input)
    {
        if (!execution.Inputs.TryGetValue(input, out var value) || value.ValueKind is JsonValueKind.Null) return null;
        var texts = ValueConversion.TryConvert(value, typeof(string[]), out var list) && list is string[] many ? many : [Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""];
        return texts.Length == 0 ? null : texts;
    }
}
