using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Control;

/// <summary>Repeats its body as long as a condition is true.</summary>
sealed class While : Loop
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.While", "Looping", "Execute an activity as long as a condition is true.",
            new InputDescriptor("Condition", typeof(bool), new()
            {
                Description = "Evaluated before each pass.", UIHint = UIHints.SingleLine, IsRequired = true, AutoEvaluate = false,
            })) with
        {
            Ports = Embedded("Body"),
        };

    public override bool IsToEvaluate(ActivityNode node, ExecutionState container) =>
        container is { Error: null, Completing: null, IsEvaluated: false, OpenChildren: 0, FailedChildren: 0 } && BodyOf(node) is not null;

    protected override ContainerAdvanced OnOpen(in ControlContext context) =>
        context.Start(context.IsTrue("Condition") ? BodyOf(context.Node) : null, child: null);

    // The condition of the next pass is evaluated first.
    protected override ContainerAdvanced OnSettle(in ControlContext context, ExecutionState child, ActivityNode childNode) =>
        new(context.Number, child.Number);
}

/// <summary>Ends the innermost loop.</summary>
sealed class Break : DecidingActivity
{
    public override bool EndsLoop => true;

    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.Break", "Looping", "Break out of a loop.") with { IsTerminal = true };
}
