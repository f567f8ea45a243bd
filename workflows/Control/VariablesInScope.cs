using System.Runtime.CompilerServices;
using System.Text.Json;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Control;

/// <summary>The variables that an activity can see: those of its containers, innermost first, then those of the workflow.</summary>
static class VariablesInScope
{
    public static IEnumerable<VariableDefinition> Of(WorkflowDefinition definition, ActivityNode node)
    {
        for (var container = node; container is not null; container = container.Parent)
            foreach (var variable in container.Variables) yield return variable;
        foreach (var variable in definition.Variables) yield return variable;
    }

    static readonly ConditionalWeakTable<WorkflowDefinition, HashSet<string>> Declared = [];

    /// <summary>Returns the variables that an execution sees, with their values; the innermost of a name comes first.</summary>
    public static List<ScopeVariable> Of(WorkflowDefinition definition, RunState state, int number)
    {
        var visible = new List<ScopeVariable>();
        for (int? at = number; at is { } scope; at = state[scope].Parent)
        {
            var (declared, locals) = (definition.Activities[state[scope].ActivityId].Variables, state[scope].Locals);
            foreach (var variable in declared)
                visible.Add(new(variable.Id, variable.Name, locals is not null && locals.TryGetValue(variable.Id, out var value) ? value : state.Variables.GetValueOrDefault(variable.Id)));
            foreach (var (name, value) in locals ?? [])
                if (!declared.Any(variable => variable.Id == name)) visible.Add(new(name, name, value));
        }
        visible.AddRange(definition.Variables.Select(variable => new ScopeVariable(variable.Id, variable.Name, state.Variables.GetValueOrDefault(variable.Id))));
        // A script may have created undeclared variables; they are known by their name alone.
        var known = Declared.GetValue(definition, static all => [.. all.Variables.Concat(all.Activities.Values.SelectMany(node => node.Variables)).Select(variable => variable.Id)]);
        visible.AddRange(state.Variables.Where(variable => !known.Contains(variable.Key)).Select(variable => new ScopeVariable(variable.Key, variable.Key, variable.Value)));
        return visible;
    }

    public static VariableDefinition? Find(WorkflowDefinition definition, ActivityNode node, string id) =>
        Of(definition, node).FirstOrDefault(variable => variable.Id == id);

    /// <summary>Returns the first values of all variables of a workflow and its containers, by id.</summary>
    public static Dictionary<string, JsonElement> FirstValues(WorkflowDefinition definition)
    {
        var values = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var variable in definition.Activities.Values.SelectMany(node => node.Variables).Concat(definition.Variables))
            values.TryAdd(variable.Id, ValueConversion.InitialValue(variable));
        return values;
    }

    /// <summary>Returns the variables that an activity's outputs write: variable id → value as the variable's type keeps it.</summary>
    /// <exception cref="ActivityFailedException"><c>expression.conversion</c>: an output does not fit its variable.</exception>
    public static IReadOnlyDictionary<string, JsonElement>? Written(
        WorkflowDefinition definition, ActivityNode node, IReadOnlyDictionary<string, JsonElement>? outputs)
    {
        if (outputs is null || node.OutputTargets.Count == 0) return null;
        var written = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (output, value) in outputs)
            if (node.OutputTargets.TryGetValue(output, out var id))
                written[id] = Find(definition, node, id) is { } variable ? ValueConversion.ForVariable(value, variable) : value;
        return written.Count == 0 ? null : written;
    }
}
