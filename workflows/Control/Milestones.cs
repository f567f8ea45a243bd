using System.Text.Json;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Control;

/// <summary>Marks where a flowchart begins.</summary>
sealed class Start : DecidingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.Start", "Flow", "A milestone activity that marks the start of a flowchart.") with { IsStart = true };
}

/// <summary>Ends the container that holds it.</summary>
sealed class End : DecidingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.End", "Flow", "A milestone activity that marks the end of a flowchart.") with { IsTerminal = true };
}

/// <summary>Ends the run at once, as a success.</summary>
sealed class Finish : DecidingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.Finish", "Primitives", "Mark the workflow as finished.") with { IsTerminal = true };

    public override RunEvent Execute(in ControlContext context) => context.Complete(endsRun: true);
}

/// <summary>Completes the workflow with outcomes.</summary>
sealed class Complete : DecidingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.Complete", "Composition", "Complete the workflow as a whole.",
            new InputDescriptor("Outcomes", typeof(JsonElement), new()
            {
                Description = "The outcome or outcomes to complete with.", UIHint = "outcome-picker", DefaultSyntax = "Object",
            })
            {
                TypeName = "Object",
            }) with
        {
            IsTerminal = true,
        };

    public override RunEvent Execute(in ControlContext context) => context.Complete(context.Texts("Outcomes"), endsRun: true);
}

/// <summary>Fails the run.</summary>
sealed class Fault : DecidingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.Fault", "Primitives", "Faults the workflow.",
            In<string>("Code", "Code to categorize the fault."),
            In<string>("Category", "Category to categorize the fault, such as HTTP."),
            In<string>("FaultType", "The type of fault, such as System, Business or Integration.", displayName: "Type"),
            In<string>("Message", "The message to include with the fault."));

    public override RunEvent Execute(in ControlContext context) => context.Fail(
        context.Text("Code") is { Length: > 0 } code ? code : "activity.fault",
        context.Text("Message") is { Length: > 0 } message ? message
            : $"Activity '{context.Node.Id}' faulted the run and gave no message.");
}
