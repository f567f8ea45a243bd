using System.Text.Json;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Control;

/// <summary>Writes a variable.</summary>
sealed class SetVariable : DecidingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe(ControlActivities.SetVariable, "Primitives", "Assign a value to a workflow variable.",
            In<VariableDefinition>("Variable", "The variable to assign the value to.", "variable-picker", isRequired: true) with
            {
                IsWrapped = false,
                TypeName = Unregistered("Elsa.Workflows.Memory.Variable", "Elsa.Workflows.Core"),
            },
            In<JsonElement>("Value", "The value to assign.") with { TypeName = "Object" });

    public override RunEvent Execute(in ControlContext context)
    {
        var inputs = context.Execution.Inputs;
        var reference = inputs.TryGetValue("Variable", out var given) ? Reference.Read(given) : null;
        if (reference?.FindIn([.. VariablesInScope.Of(context.Definition, context.Node)]) is not { } variable)
            return context.Fail("activity.unknown_variable", $"Variable '{reference}' not found.");
        try
        {
            var value = ValueConversion.ForVariable(inputs.GetValueOrDefault("Value"), variable);
            return new ActivityCompleted(context.Number, Variables: new Dictionary<string, JsonElement> { [variable.Id] = value });
        }
        catch (ActivityFailedException error)
        {
            return context.Fail(error.Code, error.Message);
        }
    }
}

/// <summary>Writes a line to the run's log.</summary>
sealed class WriteLine : DecidingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.WriteLine", "Console", "Write a line of text to the log.", In<string>("Text", "The text to write."));

    public override string LogOf(ExecutionState execution) => ControlContext.TextOf(execution, "Text") ?? "";
}

/// <summary>Names the run.</summary>
sealed class SetName : DecidingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.SetName", "Primitives", "Set the name of the run.", In<string>("Value"));

    public override RunEvent Execute(in ControlContext context) => context.Complete(ofRun: new(Name: context.Text("Value") ?? ""));
}

/// <summary>Sets the correlation id of the run.</summary>
sealed class Correlate : DecidingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.Correlate", "Primitives", "Set the correlation id of the run, by which it is found and events reach it.",
            In<string>("CorrelationId", "The id, such as the number of an order."));

    public override RunEvent Execute(in ControlContext context)
    {
        var id = context.Text("CorrelationId") ?? "";
        return id.Length > 0 && EventNames.ProblemOfCorrelation(id) is { } problem
            ? context.Fail(EventNames.BadCorrelation, $"'{context.Node.Id}' cannot set it: {problem}")
            : context.Complete(ofRun: new(CorrelationId: id));
    }
}

/// <summary>Writes an output of the workflow.</summary>
sealed class SetOutput : DecidingActivity
{
    static readonly JsonElement Null = ValueConversion.ToJson(null);

    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.SetOutput", "Composition", "Assign a value to an output of the workflow.",
            In<string>("OutputName", "The output to assign.", "output-picker", isRequired: true, displayName: "Output"),
            In<JsonElement>("OutputValue", "The value to assign.") with { TypeName = "Object" });

    public override RunEvent Execute(in ControlContext context)
    {
        if (context.Text("OutputName") is not { Length: > 0 } name) return context.Fail("activity.no_output", "OutputName is required.");
        var value = context.Execution.Inputs.GetValueOrDefault("OutputValue", Null);
        return context.Complete(ofRun: new(Outputs: new Dictionary<string, JsonElement> { [name] = value }));
    }
}
