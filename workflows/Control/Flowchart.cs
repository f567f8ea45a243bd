using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Control;

/// <summary>Activities with connections between them. Tokens drive it: the rules of Elsa's token-based flowcharts.</summary>
sealed class Flowchart : ContainerActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe(ControlActivities.Flowchart, "Flow", "A flowchart is a collection of activities and connections between them.") with
        {
            IsContainer = true,
            IsBrowsable = false,
            Ports = [new("Start", PortType.Embedded) { IsBrowsable = false }],
        };

    public override void Read(JsonCursor cursor, ActivityNode node) =>
        node.Connections = ConnectionEnd.ReadConnections(cursor, node.Children);

    public override void Check(ActivityNode node, ProblemList problems) => FlowchartChecks.Check(node, problems);

    public override IEnumerable<ActivityNode> InWorkOrder(ActivityNode node) => WorkOrder.OfFlowchart(node);

    public override IEnumerable<ActivityNode> After(ActivityNode node, ActivityNode child) =>
        FlowGraph.Of(node).Outbound(child.Id).Select(connection => connection.Target);

    public override string WayTo(ActivityNode node, ActivityNode child)
    {
        var graph = FlowGraph.Of(node);
        var ways = graph.Inbound(child.Id).Select(connection => $"{connection.Source.Id}:{connection.SourcePort}");
        return string.Join(',', ways.Order(StringComparer.Ordinal)) + (graph.Entry == child ? " entry" : "");
    }

    public override IEnumerable<string> DescribeDeadEnd(ActivityNode node, ExecutionState container) =>
        from target in node.Children.Select(child => child.Id).Where(id => container.Tokens.ArrivedFor(id) > 0)
        let missing = FlowGraph.Of(node).Inbound(target)
            .Where(connection => container.Tokens.For(target).All(held =>
                held.Key.From != connection.Source.Id || held.Key.Port != connection.SourcePort))
            .Select(connection => $"'{connection.Source.Id}' ({connection.SourcePort})").ToList()
        where missing.Count > 0
        select $"'{target}' waits for {string.Join(" and ", missing)}, which no branch reaches any more.";

    protected override ContainerAdvanced OnOpen(in ControlContext context) =>
        context.Start(Triggered(context.Node, context.State) ?? FlowGraph.Of(context.Node).Entry, child: null);

    protected override ContainerAdvanced OnSettle(in ControlContext context, ExecutionState child, ActivityNode childNode)
    {
        if (childNode.Descriptor?.IsTerminal is true)
            return new(context.Number, child.Number, Canceled: NullIfEmpty(context.State.OpenBelow(context.Number)), Completes: Done);

        var turn = new Turn(FlowGraph.Of(context.Node), context.Execution, context.State);
        turn.Consume(child.ActivityId);
        // An attempt may succeed although a join that continued without its branch has asked for its end.
        if (child is { Status: ActivityStatus.Succeeded, IsCancelRequested: false }) turn.Emit(child.ActivityId, child.Outcomes ?? Done);
        return turn.End(child.Number);
    }

    static ActivityNode? Triggered(ActivityNode flowchart, RunState state) =>
        state.Created?.Trigger is { } trigger ? flowchart.Children.FirstOrDefault(child => child.Id == trigger.ActivityId) : null;

    static List<T>? NullIfEmpty<T>(List<T> list) => list.Count == 0 ? null : list;

    /// <summary>The reaction of a flowchart to a child that ended.</summary>
    sealed class Turn(FlowGraph graph, ExecutionState container, RunState state)
    {
        readonly TokenTurn tokens = new(container.Tokens);
        readonly List<string> scheduled = [];
        readonly List<int> canceled = [];

        public void Consume(string activityId) => tokens.Consume(activityId);

        public void Emit(string activityId, IReadOnlyList<string> outcomes)
        {
            var following = graph.Following(activityId, outcomes).ToList();
            foreach (var connection in following) tokens.Add(Arrival(connection));
            foreach (var connection in following) Arrive(connection);
            foreach (var join in following.Select(connection => connection.Target).Where(WaitsForFirst).Distinct()) EndOtherBranches(join);
        }

        void Arrive(Connection connection)
        {
            var target = connection.Target;
            switch (target.MergeMode)
            {
                case MergeMode.Stream:
                    // One step back only, as Elsa does: a branch that waits for something itself will still arrive here.
                    if (!graph.ForwardInbound(target.Id).Any(inbound => tokens.HasArrivedFor(inbound.Source.Id))) Schedule(target);
                    break;
                case MergeMode.Merge:
                    if (IsComplete(target, graph.ForwardInbound(target.Id))) Schedule(target);
                    break;
                case MergeMode.Converge:
                    if (IsComplete(target, graph.Inbound(target.Id))) Schedule(target);
                    break;
                case MergeMode.Race when WaitsForFirst(target):
                    GoOnWith(connection);
                    break;
                case MergeMode.Race:
                    CancelAncestors(target);
                    StartOnce(connection);
                    break;
                case MergeMode.Cascade:
                    StartOnce(connection);
                    break;
            }
        }

        bool IsComplete(ActivityNode target, IReadOnlyList<Connection> needed) => needed.Count <= 1
            || (tokens.ArrivedFor(target.Id) >= needed.Count && needed.All(connection => tokens.Has(Arrival(connection))));

        void StartOnce(Connection connection)
        {
            if (tokens.Has(Block(connection)))
            {
                tokens.Remove(Block(connection));
                tokens.Remove(Arrival(connection));
                return;
            }
            Schedule(connection.Target);
            foreach (var other in graph.ForwardInbound(connection.Target.Id))
                if (other.Source.Id != connection.Source.Id) tokens.Add(Block(other));
        }

        static bool WaitsForFirst(ActivityNode target) => target is { Control.EndsOtherBranches: true, MergeMode: MergeMode.Race };

        /// <summary>
        /// Starts a join with the first arrival. Its other branches end with the same event, so nothing else arrives later that would have
        /// to be blocked.
        /// </summary>
        void GoOnWith(Connection connection)
        {
            if (tokens.Has(Block(connection)))
            {
                // Written by an earlier version, which let queued branches continue.
                tokens.Remove(Block(connection));
                tokens.Remove(Arrival(connection));
            }
            else if (scheduled.Contains(connection.Target.Id, StringComparer.Ordinal)) tokens.Remove(Arrival(connection));
            else Schedule(connection.Target);
        }

        /// <summary>
        /// Ends everything before a join, whether it executes, waits or is queued. Elsa's join ends executing branches when its own turn
        /// comes, after everything that was queued before it; this one decides when the first branch arrives, so the order in which
        /// branches are drawn does not matter.
        /// </summary>
        void EndOtherBranches(ActivityNode join)
        {
            if (!scheduled.Contains(join.Id, StringComparer.Ordinal)) return;
            var before = graph.Ancestors(join.Id);
            // Another join among them may have waited for one of these branches.
            foreach (var activityId in before) tokens.Consume(activityId);
            scheduled.RemoveAll(before.Contains);
            foreach (var number in state.OpenIn(container.Number))
            {
                if (!before.Contains(state[number].ActivityId) || canceled.Contains(number)) continue;
                canceled.AddRange([.. state.OpenBelow(number), number]);
            }
        }

        void CancelAncestors(ActivityNode target)
        {
            var ancestors = graph.Ancestors(target.Id);
            foreach (var number in state.Live)
            {
                if (state[number].Parent != container.Number || !ancestors.Contains(state[number].ActivityId)) continue;
                canceled.AddRange([.. state.OpenBelow(number), number]);
                // An execution that ends by itself later uses up its tokens then.
                if (state[number].EndsAtOnce) tokens.Consume(state[number].ActivityId);
            }
        }

        void Schedule(ActivityNode target) => scheduled.Add(target.Id);

        public ContainerAdvanced End(int child)
        {
            var ended = canceled.Count(number => state[number].Parent == container.Number && !state[number].IsAttemptOpen);
            var isComplete = scheduled.Count == 0 && container.OpenChildren == ended && container.FailedChildren == 0 && tokens.IsUsedUp;
            var next = scheduled.Select((activityId, i) => new ScheduledChild(state.Executions.Count + 1 + i, activityId)).ToList();
            return new(container.Number, child, NullIfEmpty(next), NullIfEmpty(canceled), Completes: isComplete ? Done : null,
                Changes: tokens.End());
        }

        static Token Arrival(Connection connection) => new(connection.Source.Id, connection.SourcePort, connection.Target.Id);

        static Token Block(Connection connection) => Arrival(connection) with { IsBlocking = true };
    }
}
