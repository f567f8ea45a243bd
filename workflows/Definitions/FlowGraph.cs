using System.Runtime.CompilerServices;
using Orchestrator.Workflows.Activities;

namespace Orchestrator.Workflows.Definitions;

/// <summary>A flowchart in the form that the token rules need.</summary>
sealed class FlowGraph
{
    static readonly ConditionalWeakTable<ActivityNode, FlowGraph> Known = [];

    readonly ILookup<string, Connection> outbound;
    readonly Dictionary<string, Connection[]> inbound;
    readonly Dictionary<string, Connection[]> forward;
    readonly HashSet<string> done = new(StringComparer.Ordinal);
    readonly HashSet<Connection> backward = new(ReferenceEqualityComparer.Instance);

    FlowGraph(ActivityNode flowchart)
    {
        outbound = flowchart.Connections.ToLookup(connection => connection.Source.Id, StringComparer.Ordinal);
        inbound = ByTarget(flowchart.Connections);
        Entry = FindEntry(flowchart);
        if (Entry is not null) FindBackward(Entry);
        foreach (var child in flowchart.Children)
            if (child.Descriptor?.Kind is ActivityKind.Trigger) FindBackward(child);
        forward = ByTarget(flowchart.Connections.Where(connection => !backward.Contains(connection)));
    }

    static Dictionary<string, Connection[]> ByTarget(IEnumerable<Connection> connections) =>
        connections.GroupBy(connection => connection.Target.Id, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

    public static FlowGraph Of(ActivityNode flowchart) => Known.GetValue(flowchart, node => new(node));

    /// <summary>The activity that the flowchart starts with; null if it has none.</summary>
    public ActivityNode? Entry { get; }

    /// <summary>Returns the connections that an outcome follows, in list order.</summary>
    public IEnumerable<Connection> Following(string activityId, IReadOnlyList<string> outcomes) =>
        outbound[activityId].Where(connection => outcomes.Contains(connection.SourcePort, StringComparer.Ordinal));

    /// <summary>Returns all connections that start at an activity, in list order.</summary>
    public IEnumerable<Connection> Outbound(string activityId) => outbound[activityId];

    /// <summary>Returns all connections that lead to an activity.</summary>
    public IReadOnlyList<Connection> Inbound(string activityId) => inbound.GetValueOrDefault(activityId, []);

    /// <summary>Returns the connections that lead to an activity without going back in a loop.</summary>
    public IReadOnlyList<Connection> ForwardInbound(string activityId) => forward.GetValueOrDefault(activityId, []);

    /// <summary>Returns every activity from which an activity can be reached by forward connections.</summary>
    public HashSet<string> Ancestors(string activityId)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([activityId]);
        while (open.TryPop(out var id))
            foreach (var connection in ForwardInbound(id))
                if (found.Add(connection.Source.Id)) open.Push(connection.Source.Id);
        return found;
    }

    // Elsa's order; only this one activity starts, even if others have no predecessor.
    ActivityNode? FindEntry(ActivityNode flowchart) =>
        flowchart.Children.FirstOrDefault(child => child.Descriptor?.IsStart is true)
        ?? flowchart.Children.FirstOrDefault(child => child.CanStartWorkflow)
        ?? flowchart.Children.FirstOrDefault(child => !inbound.ContainsKey(child.Id))
        ?? (flowchart.Children.Count > 0 ? flowchart.Children[0] : null);

    /// <summary>Marks a connection as backward if it leads to an activity on the path to it.</summary>
    void FindBackward(ActivityNode entry)
    {
        if (done.Contains(entry.Id)) return;
        var onTheWay = new HashSet<string>(StringComparer.Ordinal);
        var way = new Stack<(string Id, IEnumerator<Connection> Ahead)>();
        Enter(entry.Id);
        while (way.TryPeek(out var here))
        {
            if (!here.Ahead.MoveNext())
            {
                way.Pop();
                onTheWay.Remove(here.Id);
                done.Add(here.Id);
                continue;
            }
            var connection = here.Ahead.Current;
            if (onTheWay.Contains(connection.Target.Id)) backward.Add(connection);
            else if (!done.Contains(connection.Target.Id)) Enter(connection.Target.Id);
        }

        void Enter(string id)
        {
            onTheWay.Add(id);
            way.Push((id, outbound[id].GetEnumerator()));
        }
    }
}
