using System.Globalization;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Reruns;

/// <summary>Finds the differences between the definition that a run executed and the one that a rerun executes.</summary>
static class DefinitionChanges
{
    /// <returns>Activity id → the reason why it counts as changed, in words.</returns>
    public static Dictionary<string, string> Between(WorkflowDefinition before, WorkflowDefinition after)
    {
        var changes = new Dictionary<string, string>(StringComparer.Ordinal);
        if (ReferenceEquals(before, after)) return changes;
        var (meant, means) = (new ActivityMeaning(before), new ActivityMeaning(after));
        foreach (var node in after.Activities.Values)
        {
            if (!before.Activities.TryGetValue(node.Id, out var earlier)) changes[node.Id] = Invariant($"is new in version {after.Version}");
            else if (means.Of(node) != meant.Of(earlier)) changes[node.Id] = Invariant($"changed in version {after.Version}");
            else if (WayTo(node) != WayTo(earlier)) changes[node.Id] = Invariant($"what leads to it changed in version {after.Version}");
            else if (ChangedVariables(Visible(before, earlier), Visible(after, node)).FirstOrDefault(variable => Reads.Variable(node, variable)) is { } changed)
                changes[node.Id] = Invariant($"variable '{changed.Name}' changed in version {after.Version}");
        }
        return changes;
    }

    /// <summary>Returns the variables that are new, removed or declared differently.</summary>
    static IEnumerable<VariableDefinition> ChangedVariables(List<VariableDefinition> before, List<VariableDefinition> after) =>
        after.ExceptBy(before.Select(Key), Key, StringComparer.Ordinal).Concat(before.ExceptBy(after.Select(Key), Key, StringComparer.Ordinal));

    static List<VariableDefinition> Visible(WorkflowDefinition definition, ActivityNode node) =>
        [.. VariablesInScope.Of(definition, node).DistinctBy(variable => variable.Id, StringComparer.Ordinal)];

    static string Key(VariableDefinition variable) => $"{variable.Id}|{variable.Name}|{variable.TypeName}|{variable.IsArray}|{variable.Default}";

    /// <summary>Returns the container of an activity and the path to the activity in it.</summary>
    static string WayTo(ActivityNode node)
    {
        return node.Parent is { } parent ? $"{parent.Id}<{parent.Control?.WayTo(parent, node)}" : "";
    }

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
