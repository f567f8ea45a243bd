using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Reruns;

/// <summary>
/// Finds the activities that are downstream of others: by connections, loops included, by the order of sequences, and out of and into
/// containers.
/// </summary>
sealed class ActivityReach(WorkflowDefinition definition)
{
    /// <summary>Returns some activities and all that are downstream of them.</summary>
    /// <returns>Activity id → the one of <paramref name="from"/> that leads to it first; those activities map to themselves.</returns>
    public Dictionary<string, string> Downstream(IEnumerable<string> from)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var open = new Queue<ActivityNode>();
        foreach (var id in from)
            if (definition.Activities.TryGetValue(id, out var node) && found.TryAdd(id, id)) open.Enqueue(node);
        while (open.TryDequeue(out var node))
            foreach (var next in node.Children.Concat(After(node)))
                if (found.TryAdd(next.Id, found[node.Id])) open.Enqueue(next);
        return found;
    }

    /// <summary>
    /// Returns the activities that may follow when one completes; that one is included only if something leads back to it.
    /// </summary>
    public static IEnumerable<ActivityNode> After(ActivityNode node)
    {
        for (var child = node; child.Parent is { } parent; child = parent)
        {
            foreach (var next in parent.Control?.After(parent, child) ?? []) yield return next;
        }
    }

    /// <summary>
    /// Returns the ids of the activities that depend on a decision: the branches of a container, otherwise all that is downstream.
    /// </summary>
    public IEnumerable<string> Behind(ActivityNode decision) => decision.Children.Count > 0
        ? Below(decision).Select(node => node.Id)
        : Downstream(After(decision).Select(node => node.Id)).Keys;

    /// <summary>Whether an activity chooses what follows it.</summary>
    public static bool IsDecision(ActivityNode node) =>
        node.Descriptor is { Outcomes.Count: > 1 } or { EmbeddedPorts.Count: > 0 }
        || node.Parent?.Connections.Any(connection => ReferenceEquals(connection.Source, node) && connection.SourcePort is not "Done") is true;

    /// <summary>Returns all activities in a container, at any depth.</summary>
    public static IEnumerable<ActivityNode> Below(ActivityNode container) => container.Children.SelectMany(child => Below(child).Prepend(child));

    /// <summary>Whether an activity only contains others and decides nothing itself.</summary>
    public static bool IsPlainContainer(ActivityNode node) => node.IsContainer && !IsDecision(node);
}
