using Orchestrator.Workflows.Activities;

namespace Orchestrator.Workflows.Definitions;

/// <summary>Finds out whether the runs of a workflow work on a month; the workflows that it starts count too.</summary>
public static class PartitionNeed
{
    /// <summary>Whether a run for which no month was chosen gets the one that ended last: the workflow has data activities.</summary>
    public static Task<bool> TakesOneAsync(WorkflowDefinition definition, FindDefinition find, CancellationToken cancellationToken) =>
        AnyAsync(definition, static node => node.Kind is ActivityKind.Job || NeedsOne(node), find, cancellationToken);

    /// <summary>Whether a run without a month is certain to fail once it reaches an activity that works on one.</summary>
    public static Task<bool> IsRequiredAsync(WorkflowDefinition definition, FindDefinition find, CancellationToken cancellationToken) =>
        AnyAsync(definition, NeedsOne, find, cancellationToken);

    static bool NeedsOne(ActivityNode node) => node.Descriptor is { NeedsPartition: true };

    static async Task<bool> AnyAsync(WorkflowDefinition definition, Func<ActivityNode, bool> isOne, FindDefinition find, CancellationToken cancellationToken)
    {
        var (known, open) = (new HashSet<string>([definition.DefinitionId], StringComparer.Ordinal), new Stack<WorkflowDefinition>([definition]));
        while (open.TryPop(out var next))
        {
            if (next.Activities.Values.Any(isOne)) return true;
            foreach (var child in next.Activities.Values.Select(node => node.Control?.WorkflowOf(node)).OfType<string>().Where(known.Add))
                if (await find(child, cancellationToken) is { } started) open.Push(started);
        }
        return false;
    }
}
