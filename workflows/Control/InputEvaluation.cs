using System.Text.Json;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Secrets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Control;

/// <summary>Evaluates the inputs of an activity when its turn comes. The results are recorded and never evaluated again.</summary>
public sealed class InputEvaluation(ExpressionEvaluator expressions)
{
    /// <returns><see cref="ActivityStarted"/> for an activity whose turn has come, <see cref="ContainerEvaluated"/> for a loop before each
    /// pass.</returns>
    internal RunEvent Evaluate(Guid runId, WorkflowDefinition definition, ActivityNode node, RunState state, int number)
    {
        var isAgain = state[number].Status is not ActivityStatus.Queued;
        if (node.Descriptor is not { Inputs.Count: > 0 } descriptor) return new ActivityStarted(number);
        var scope = new LazyScope(runId, definition, state, number);
        var inputs = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        Dictionary<string, IReadOnlyList<string>>? secrets = null;
        RunError? error = null;
        foreach (var input in descriptor.Inputs.Where(input => input.Metadata.AutoEvaluate != isAgain))
        {
            try
            {
                if (Value(node, input, scope) is not { } value) continue;
                inputs[input.Name] = value;
                if (SecretsIn(node, input, value, scope) is not { Count: > 0 } names) continue;
                if (!input.Metadata.TakesSecrets) throw SecretReferences.NotAllowed(names, $"Input '{input.Name}' of '{node.Id}'");
                (secrets ??= new(StringComparer.Ordinal))[input.Name] = names;
            }
            catch (ActivityFailedException cause)
            {
                error = Failed(node, input, cause);
                break;
            }
#pragma warning disable CA1031 // The value causes it, such as a number that is not finite, and would cause it again.
            catch (Exception unfit)
#pragma warning restore CA1031
            {
                error = Failed(node, input, new ActivityFailedException("expression.failed",
                    $"{unfit.GetType().Name}: {unfit.Message} Correct the expression.", isRetryable: false, unfit));
                break;
            }
        }
        if (error is null && !isAgain && node.Cases.Count > 0 && !node.HasAttempts) error = EvaluateCases(node, scope, inputs);
        var (given, written, ofRun) = (inputs.Count == 0 || error is not null ? null : inputs, error is null ? scope.Written : null, error is null ? scope.OfRun : null);
        return isAgain ? new ContainerEvaluated(number, given, written, error, ofRun) : new ActivityStarted(number, given, written, error, given is null ? null : secrets, ofRun);
    }

    // Elsa's message followed by the cause, in one text, so that people see the cause at once.
    static RunError Failed(ActivityNode node, InputDescriptor input, ActivityFailedException cause) =>
        new(cause.Code, $"Failed to evaluate activity input '{input.Name}': {cause.Message}", node.Id);

    /// <summary>Evaluates the cases of a switch. If the first true case counts, the ones after it are not evaluated.</summary>
    RunError? EvaluateCases(ActivityNode node, LazyScope scope, Dictionary<string, JsonElement> inputs)
    {
        var (results, matchesAny) = (new List<bool>(), SwitchCases.MatchesAny(inputs));
        foreach (var one in node.Cases)
        {
            try
            {
                results.Add(one.Condition is { } condition && expressions.Evaluate(condition, typeof(bool), scope.Value) is true);
                if (scope.TakeSecrets() is { Count: > 0 } names) throw SecretReferences.NotAllowed(names, $"The condition of case '{one.Label}' of '{node.Id}'");
            }
            catch (ActivityFailedException cause)
            {
                return new(cause.Code, $"Failed to evaluate the condition of case '{one.Label}' of '{node.Id}': {cause.Message}", node.Id);
            }
            if (results[^1] && !matchesAny) break;
        }
        inputs[SwitchCases.Name] = JsonSerializer.SerializeToElement(results);
        return null;
    }

    /// <summary>
    /// Returns the secrets that the definition itself names: in a literal value, and by the functions of scripts and templates. Text that
    /// came from outside names none.
    /// </summary>
    static List<string> SecretsIn(ActivityNode node, InputDescriptor input, JsonElement value, LazyScope scope)
    {
        var names = new SortedSet<string>(scope.TakeSecrets(), StringComparer.Ordinal);
        if (node.Inputs.TryGetValue(input.Name, out var given) && given.Expression?.Type is null or ExpressionTypes.Literal or ExpressionTypes.ObjectText or ExpressionTypes.Json)
        {
            if (input.Metadata.TakesSecrets) SecretReferences.Find(value, names);
            else SecretReferences.FindInData(given.Expression?.Value ?? value, names);
        }
        return [.. names];
    }

    JsonElement? Value(ActivityNode node, InputDescriptor input, LazyScope scope)
    {
        if (node.Cases.Count > 0 && input.Name is SwitchCases.Name) return null;
        if (node.Control?.ValueOf(node, input.Name) is { } own) return own;
        if (node.Inputs.TryGetValue(input.Name, out var given))
        {
            return given.Expression is { } expression
                ? ValueConversion.ToJson(expressions.Evaluate(expression, input.Type, scope.Value))
                : given.Bare.ValueKind is JsonValueKind.Undefined ? null : given.Bare;
        }
        return input.Metadata.DefaultValue is { } value ? ValueConversion.ToJson(value) : null;
    }

    /// <summary>The scope that expressions see, made on first use: most inputs are literals.</summary>
    sealed class LazyScope(Guid runId, WorkflowDefinition definition, RunState state, int number)
    {
        ExpressionScope? scope;

        public ExpressionScope Value => scope ??= new()
        {
            Variables = VariablesInScope.Of(definition, state, number), Inputs = state.Created!.Inputs, LastResult = LastResult(state), CorrelationId = state.CorrelationId,
            RunId = runId.ToString(), RunName = state.Name, DefinitionId = definition.DefinitionId, DefinitionVersion = definition.Version,
            DefinitionVersionId = definition.Document.TryGetProperty("id", out var version) && version.ValueKind is JsonValueKind.String ? version.GetString() : null,
            FindOutput = (activity, output) => FindOutput(definition, state, activity, output),
        };

        /// <summary>Values that scripts wrote on the run itself; null if none.</summary>
        public RunValues? OfRun => scope?.OfRun;

        /// <summary>Returns the secrets that were requested since the last call.</summary>
        public IReadOnlyCollection<string> TakeSecrets() => scope?.TakeSecrets() ?? [];

        /// <summary>Values that scripts wrote, by variable id; a name without a variable is its own id. Null if none.</summary>
        public Dictionary<string, JsonElement>? Written => scope is not { Writes.Count: > 0 } ? null
            : scope.Writes.ToDictionary(write => scope.Variables.FirstOrDefault(variable => variable.Name == write.Key)?.Id ?? write.Key, write => write.Value, StringComparer.Ordinal);
    }

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
