using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Control;

/// <summary>Executes activities in parallel.</summary>
sealed class Parallel : ContainerActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.Parallel", "Workflows", "Execute a set of activities in parallel.") with { IsContainer = true, IsBrowsable = false };

    protected override ContainerAdvanced OnOpen(in ControlContext context) => context.StartAll(context.Node.Children);

    protected override ContainerAdvanced OnSettle(in ControlContext context, ExecutionState child, ActivityNode childNode) =>
        CompleteWhenEmpty(context, child);
}

/// <summary>One inner activity.</summary>
sealed class FlowNode : ContainerActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.FlowNode", "Flow", "Execute the activity that it holds.") with
        {
            DisplayName = "Container",
            Ports = Embedded("Body"),
        };

    protected override ContainerAdvanced OnOpen(in ControlContext context) =>
        context.Start(context.Node.Ports.GetValueOrDefault("Body"), child: null);

    protected override ContainerAdvanced OnSettle(in ControlContext context, ExecutionState child, ActivityNode childNode) =>
        context.Start(next: null, child.Number);
}
