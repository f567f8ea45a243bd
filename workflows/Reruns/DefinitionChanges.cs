using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Workflows.Reruns;

/// <summary>What differs between the definition that a run executed and the one that is to execute.</summary>
static class DefinitionChanges
{
    // Where it stands in the designer, what it is called and how often it is tried changes nothing of what it does.
    static readonly HashSet<string> Indifferent = new(["metadata", "nodeId", "name", "activities", "connections", "variables", "customProperties"], StringComparer.Ordinal);
    static readonly HashSet<string> IndifferentNotes = new(["retryPolicy", "notFoundConnections"], StringComparer.Ordinal);

    /// <returns>Activity id → why it counts as changed, in words.</returns>
    public static Dictionary<string, string> Between(WorkflowDefinition before, WorkflowDefinition after)
    {
        var changes = new Dictionary<string, string>(StringComparer.Ordinal);
        if (ReferenceEquals(before, after)) return changes;
        foreach (var node in after.Activities.Values)
        {
            if (!before.Activities.TryGetValue(node.Id, out var earlier)) changes[node.Id] = Invariant($"is new in version {after.Version}");
            else if (TextOf(node) != TextOf(earlier)) changes[node.Id] = Invariant($"changed in version {after.Version}");
            else if (WayTo(node) != WayTo(earlier)) changes[node.Id] = Invariant($"what leads to it changed in version {after.Version}");
            else if (ChangedVariables(Visible(before, earlier), Visible(after, node)).FirstOrDefault(variable => Reads.Variable(node, variable)) is { } changed)
                changes[node.Id] = Invariant($"variable '{changed.Name}' changed in version {after.Version}");
        }
        return changes;
    }

    /// <summary>Variables that are new, gone or declared otherwise.</summary>
    static IEnumerable<VariableDefinition> ChangedVariables(List<VariableDefinition> before, List<VariableDefinition> after) =>
        after.ExceptBy(before.Select(Key), Key, StringComparer.Ordinal).Concat(before.ExceptBy(after.Select(Key), Key, StringComparer.Ordinal));

    static List<VariableDefinition> Visible(WorkflowDefinition definition, ActivityNode node) =>
        [.. VariablesInScope.Of(definition, node).DistinctBy(variable => variable.Id, StringComparer.Ordinal)];

    static string Key(VariableDefinition variable) => $"{variable.Id}|{variable.Name}|{variable.TypeName}|{variable.IsArray}|{variable.Default}";

    static string TextOf(ActivityNode node)
    {
        var ports = node.Descriptor?.EmbeddedPorts.Select(port => JsonNamingPolicy.CamelCase.ConvertName(port)).ToHashSet(StringComparer.Ordinal) ?? [];
        var properties = node.Json.EnumerateObject().Where(property => !Indifferent.Contains(property.Name) && !ports.Contains(property.Name))
            .Concat(NotesOf(node).Where(note => !IndifferentNotes.Contains(note.Name)));
        return string.Join('\n', properties.OrderBy(property => property.Name, StringComparer.Ordinal).Select(property => $"{property.Name}={JsonNode.Parse(property.Value.GetRawText())?.ToJsonString()}"));
    }

    static List<JsonProperty> NotesOf(ActivityNode node) => node.CustomProperties.ValueKind is JsonValueKind.Object ? [.. node.CustomProperties.EnumerateObject()] : [];

    /// <summary>Its container, and what stands before it there.</summary>
    static string WayTo(ActivityNode node)
    {
        if (node.Parent is not { } parent) return "";
        var before = parent.Type switch
        {
            Activities.ControlActivities.Flowchart => string.Join(',', FlowGraph.Of(parent).Inbound(node.Id).Select(connection => $"{connection.Source.Id}:{connection.SourcePort}").Order(StringComparer.Ordinal))
                + (FlowGraph.Of(parent).Entry == node ? " entry" : ""),
            Activities.ControlActivities.Sequence => string.Join(',', parent.Children.TakeWhile(other => other != node).Select(other => other.Id)),
            _ => string.Join(',', parent.Ports.Where(port => port.Value == node).Select(port => port.Key)),
        };
        return $"{parent.Id}<{before}";
    }

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
