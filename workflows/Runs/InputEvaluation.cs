using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Runs;

/// <summary>Evaluates the inputs of an activity when its turn comes. What it gives is recorded and never evaluated again.</summary>
sealed class InputEvaluation(ExpressionEvaluator expressions)
{
    public ActivityStarted Evaluate(WorkflowDefinition definition, ActivityNode node, RunState state, int number)
    {
        if (node.Descriptor is not { Inputs.Count: > 0 } descriptor) return new(number);
        var variables = ScopeVariables(definition, node, state);
        var scope = new ExpressionScope
        {
            Variables = variables, Inputs = state.Created!.Inputs, LastResult = LastResult(state),
            FindOutput = (activity, output) => FindOutput(definition, state, activity, output),
        };
        var inputs = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var input in descriptor.Inputs)
        {
            try
            {
                if (Value(node, input, scope) is { } value) inputs[input.Name] = value;
            }
            catch (ActivityFailedException cause)
            {
                return new(number, Error: new(cause.Code, $"Failed to evaluate activity input '{input.Name}' of '{node.Id}': {cause.Message}", node.Id));
            }
        }
        return new(number, inputs.Count == 0 ? null : inputs, Writes(scope, variables));
    }

    JsonElement? Value(ActivityNode node, InputDescriptor input, ExpressionScope scope)
    {
        if (node.Inputs.TryGetValue(input.Name, out var given))
        {
            return given.Expression is { } expression
                ? ValueConversion.ToJson(expressions.Evaluate(expression, input.Type, scope))
                : given.Bare.ValueKind is JsonValueKind.Undefined ? null : given.Bare;
        }
        return input.Metadata.DefaultValue is { } value ? ValueConversion.ToJson(value) : null;
    }

    static List<ScopeVariable> ScopeVariables(WorkflowDefinition definition, ActivityNode node, RunState state)
    {
        var declared = VariablesInScope.Of(definition, node).ToList();
        var visible = declared.ConvertAll(variable => new ScopeVariable(variable.Id, variable.Name, state.Variables.GetValueOrDefault(variable.Id)));
        // A script may have made variables that nobody declared; they are known by their name alone.
        var known = definition.Variables.Concat(definition.Activities.Values.SelectMany(other => other.Variables)).Select(variable => variable.Id).ToHashSet(StringComparer.Ordinal);
        visible.AddRange(state.Variables.Where(variable => !known.Contains(variable.Key)).Select(variable => new ScopeVariable(variable.Key, variable.Key, variable.Value)));
        return visible;
    }

    static Dictionary<string, JsonElement>? Writes(ExpressionScope scope, List<ScopeVariable> variables) => scope.Writes.Count == 0 ? null
        : scope.Writes.ToDictionary(write => variables.Find(variable => variable.Name == write.Key)?.Id ?? write.Key, write => write.Value, StringComparer.Ordinal);

    static JsonElement? LastResult(RunState state) =>
        state.LastCompleted?.Outputs is { Count: > 0 } outputs ? outputs.TryGetValue("Result", out var result) ? result : outputs.First().Value : null;

    static JsonElement? FindOutput(WorkflowDefinition definition, RunState state, string activity, string output)
    {
        var id = definition.Activities.ContainsKey(activity) ? activity
            : definition.Activities.Values.FirstOrDefault(node => string.Equals(node.Name, activity, StringComparison.Ordinal))?.Id;
        if (id is null || state.FindSucceeded(id) is not { } execution) return null;
        foreach (var (name, value) in execution.Outputs)
            if (string.Equals(name, output, StringComparison.OrdinalIgnoreCase)) return value;
        return null;
    }
}
