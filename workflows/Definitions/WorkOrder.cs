using System.Text.Json;

namespace Orchestrator.Workflows.Definitions;

/// <summary>
/// Sorts activities in the order in which they work: containers before their contents, and in a flowchart each activity before those that
/// it leads to. The arrays of a flowchart do not show that order: a designer writes them as it likes. Of activities without a path between
/// them the upper one comes first, then the left one, then the one with the lower id.
/// </summary>
static class WorkOrder
{
    public static IReadOnlyList<ActivityNode> Of(WorkflowDefinition definition)
    {
        var ordered = new List<ActivityNode>(definition.Activities.Count);
        var open = new Stack<ActivityNode>([definition.Root]);
        while (open.TryPop(out var node))
        {
            // Of two with one id the first counts, as everywhere.
            if (definition.Activities.GetValueOrDefault(node.Id) == node) ordered.Add(node);
            foreach (var child in (node.Control?.InWorkOrder(node) ?? node.Children).Reverse()) open.Push(child);
        }
        return ordered;
    }

    /// <summary>The activities of a flowchart.</summary>
    public static IReadOnlyList<ActivityNode> OfFlowchart(ActivityNode flowchart) => new Chart(flowchart).Order();

    /// <summary>One flowchart: first the activities that are reached from its beginning, then the rest.</summary>
    sealed class Chart
    {
        readonly FlowGraph graph;
        readonly List<ActivityNode> ordered = [];
        readonly HashSet<string> done = new(StringComparer.Ordinal);
        readonly List<(ActivityNode Node, Place Place)> all;
        readonly ILookup<string, Connection> outbound;

        public Chart(ActivityNode flowchart)
        {
            graph = FlowGraph.Of(flowchart);
            all = [.. flowchart.Children.Select(child => (child, Place.Of(child))).OrderBy(child => child.Item2, Place.Order)];
            outbound = flowchart.Children.DistinctBy(child => child.Id).SelectMany(child => graph.ForwardInbound(child.Id))
                .ToLookup(connection => connection.Source.Id, StringComparer.Ordinal);
        }

        public IReadOnlyList<ActivityNode> Order()
        {
            if (graph.Entry is { } entry) Add(Reached([entry]));
            Add([.. all.Select(child => child.Node.Id)]);
            // Activities with a duplicate id, or in a loop that nothing leads to.
            return [.. ordered, .. all.Select(child => child.Node).Except(ordered)];
        }

        /// <summary>Adds some activities, each after all of those that lead to it.</summary>
        void Add(HashSet<string> wanted)
        {
            var waiting = wanted.ToDictionary(
                id => id, id => graph.ForwardInbound(id).Count(connection => IsAwaited(connection.Source.Id)), StringComparer.Ordinal);
            var ready = new PriorityQueue<ActivityNode, Place>(Place.Order);
            foreach (var (node, place) in all)
                if (IsAwaited(node.Id) && waiting[node.Id] == 0) ready.Enqueue(node, place);
            while (ready.TryDequeue(out var node, out _))
            {
                ordered.Add(node);
                if (!done.Add(node.Id)) continue;
                foreach (var connection in outbound[node.Id])
                    if (IsAwaited(connection.Target.Id) && --waiting[connection.Target.Id] == 0)
                        ready.Enqueue(connection.Target, Place.Of(connection.Target));
            }

            bool IsAwaited(string id) => wanted.Contains(id) && !done.Contains(id);
        }

        HashSet<string> Reached(IEnumerable<ActivityNode> from)
        {
            var open = new Stack<string>(from.Select(node => node.Id));
            var reached = new HashSet<string>(open, StringComparer.Ordinal);
            while (open.TryPop(out var id))
                foreach (var connection in outbound[id])
                    if (reached.Add(connection.Target.Id)) open.Push(connection.Target.Id);
            return reached;
        }
    }

    /// <summary>Position of an activity in the designer; activities without one come last.</summary>
    readonly record struct Place(double Y, double X, string Id)
    {
        /// <summary>From top to bottom, then from left to right.</summary>
        public static IComparer<Place> Order { get; } = Comparer<Place>.Create(Compare);

        public static Place Of(ActivityNode node) =>
            Member(node.Json, "metadata") is { } metadata && Member(metadata, "designer") is { } designer
            && Member(designer, "position") is { } position && Number(position, "x") is { } x && Number(position, "y") is { } y ? new(y, x, node.Id) : new(double.MaxValue, double.MaxValue, node.Id);

        static int Compare(Place one, Place other)
        {
            var (y, x) = (one.Y.CompareTo(other.Y), one.X.CompareTo(other.X));
            return y != 0 ? y : x != 0 ? x : string.CompareOrdinal(one.Id, other.Id);
        }

        static JsonElement? Member(JsonElement owner, string name) =>
            owner.ValueKind is JsonValueKind.Object && owner.TryGetProperty(name, out var member) ? member : null;

        static double? Number(JsonElement owner, string name) =>
            Member(owner, name) is { ValueKind: JsonValueKind.Number } member && member.TryGetDouble(out var number) ? number : null;
    }
}
