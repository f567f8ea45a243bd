using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Control;

/// <summary>Executes activities one after the other.</summary>
sealed class Sequence : ContainerActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.Sequence", "Workflows", "Execute a set of activities in sequence.") with { IsContainer = true, IsBrowsable = false };

    public override void Check(ActivityNode node, ProblemList problems) => FlowchartChecks.CheckSequence(node, problems);

    public override IEnumerable<ActivityNode> After(ActivityNode node, ActivityNode child) => node.Children.Skip(child.Position + 1);

    public override string WayTo(ActivityNode node, ActivityNode child) =>
        string.Join(',', node.Children.TakeWhile(other => other != child).Select(other => other.Id));

    protected override ContainerAdvanced OnOpen(in ControlContext context) => context.Start(ChildAt(context.Node, 0), child: null);

    protected override ContainerAdvanced OnSettle(in ControlContext context, ExecutionState child, ActivityNode childNode)
    {
        var isEnd = childNode.Descriptor?.IsTerminal is true || child.Status is not ActivityStatus.Succeeded;
        return context.Start(isEnd ? null : ChildAt(context.Node, childNode.Position + 1), child.Number);
    }

    static ActivityNode? ChildAt(ActivityNode node, int position) => position < node.Children.Count ? node.Children[position] : null;
}
