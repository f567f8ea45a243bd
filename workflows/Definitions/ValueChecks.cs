using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Secrets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>Checks the values of an activity's inputs and the variables of its outputs.</summary>
sealed class ValueChecks(WorkflowDefinition definition, ProblemList problems)
{
    readonly JavaScriptEvaluator scripts = new(new());
    readonly LiquidEvaluator templates = new(new());
    readonly HashSet<string> inputNames = new(definition.Inputs.Select(input => input.Name), StringComparer.OrdinalIgnoreCase);
    readonly Declared workflowVariables = new(definition.Variables);

    readonly Dictionary<ActivityNode, Declared> containerVariables = [];

    public void CheckInput(ActivityNode node, InputDescriptor input)
    {
        var name = ActivityReader.OnTheWire(input.Name);
        var path = node.Path.Property(node.Json, name);
        if (!node.Inputs.TryGetValue(input.Name, out var given))
        {
            // A wrapper of the wrong shape was noted when it was read.
            if (input.Metadata.IsRequired && !IsThere(node.Json, name)) NoteMissing(node, input, path);
        }
        else if (input.Type == typeof(VariableDefinition)) CheckVariableReference(node, input, given.Bare, path);
        else if (given.Expression is { } expression)
        {
            if (expression.Type is ExpressionTypes.Literal or ExpressionTypes.ObjectText or ExpressionTypes.Json) CheckSecrets(node, input, expression.Value, path);
            var place = node.Json.GetProperty(name);
            var wrapped = ActivityReader.IsWrapped(place);
            var at = wrapped ? path.Property(place, "expression") : path;
            CheckExpression(node, input, expression, path, property => wrapped ? at.Property(place.GetProperty("expression"), property) : at);
        }
    }

    public void CheckOutput(ActivityNode node, OutputDescriptor output)
    {
        if (!node.OutputTargets.TryGetValue(output.Name, out var id) || IsVariable(node, new(id, Name: null))) return;
        var name = ActivityReader.OnTheWire(output.Name);
        var place = node.Json.GetProperty(name);
        problems.Add(node.Path.Property(node.Json, name).Property(place, "memoryReference").Property(place.GetProperty("memoryReference"), "id"),
            DefinitionProblemCodes.UnknownVariable, $"Output '{output.Name}' goes to {UnknownVariable(node, id)}");
    }

    void CheckExpression(ActivityNode node, InputDescriptor input, Expression expression, JsonPath path, Func<string, JsonPath> at)
    {
        switch (expression.Type)
        {
            case ExpressionTypes.Literal or ExpressionTypes.ObjectText or ExpressionTypes.Json:
                if (IsEmpty(expression.Value))
                {
                    if (input.Metadata.IsRequired) NoteMissing(node, input, path);
                }
                else if (!ValueConversion.TryConvert(expression.Value, input.Type, out var value))
                    problems.Add(path, DefinitionProblemCodes.WrongType, $"Input '{input.Name}': {ValueConversion.WhyNot(expression.Value, input.Type)}");
                else if (input.Metadata.Options is { Length: > 0 } options && value is string text && !options.Contains(text, StringComparer.Ordinal))
                    problems.Add(path, DefinitionProblemCodes.NoOption, $"Input '{input.Name}' is '{JsonCursor.Shorten(text)}', but must be one of {string.Join(", ", options)}.");
                break;
            case ExpressionTypes.Variable:
                if (Reference.Read(expression.Value) is not { } variable) NoteNothing(node, input, expression, path, at);
                else if (!IsVariable(node, variable))
                {
                    problems.Add(at("value"), DefinitionProblemCodes.UnknownVariable,
                        $"Input '{input.Name}' comes from {UnknownVariable(node, variable.ToString())}");
                }
                break;
            case ExpressionTypes.Input:
                if (Reference.Read(expression.Value)?.Name is not { } name) NoteNothing(node, input, expression, path, at);
                else if (!inputNames.Contains(name))
                    problems.Add(at("value"), DefinitionProblemCodes.UnknownWorkflowInput,
                        $"The workflow has no input '{JsonCursor.Shorten(name)}'.{Suggestion.For(name, definition.Inputs.Select(known => known.Name), "Its inputs are")}");
                break;
            case ExpressionTypes.JavaScript:
                if (IsEmpty(expression.Value))
                {
                    if (input.Metadata.IsRequired) NoteMissing(node, input, path);
                }
                else if (scripts.FindSyntaxError(expression.Value) is { } error) problems.Add(at("value"), DefinitionProblemCodes.BadScript, error);
                break;
            case ExpressionTypes.Liquid:
                if (IsEmpty(expression.Value))
                {
                    if (input.Metadata.IsRequired) NoteMissing(node, input, path);
                }
                else if (templates.FindSyntaxError(expression.Value) is { } fault) problems.Add(at("value"), fault.Code, fault.Message);
                break;
            case "":
                break;
            default:
                problems.Add(at("type"), DefinitionProblemCodes.UnknownExpression, ExpressionTypes.WhyNot(expression.Type));
                break;
        }
    }

    /// <summary>Checks a literal value; names in scripts and templates are checked when they are evaluated.</summary>
    void CheckSecrets(ActivityNode node, InputDescriptor input, JsonElement value, JsonPath path)
    {
        if (input.Metadata.TakesSecrets) return;
        var names = new SortedSet<string>(StringComparer.Ordinal);
        SecretReferences.FindInData(value, names);
        if (names.Count > 0)
            problems.Add(path, DefinitionProblemCodes.SecretNotAllowed, SecretReferences.WhyNot(names, $"Input '{input.Name}' of '{JsonCursor.Shorten(node.Id)}'"));
    }

    void CheckVariableReference(ActivityNode node, InputDescriptor input, JsonElement reference, JsonPath path)
    {
        if (Reference.Read(reference) is not { } variable) NoteMissing(node, input, path);
        else if (!IsVariable(node, variable))
            problems.Add(path, DefinitionProblemCodes.UnknownVariable, $"Input '{input.Name}' names {UnknownVariable(node, variable.ToString())}");
    }

    /// <summary>Notes an expression that refers to nothing. A picker of the designer without a choice is no fault.</summary>
    void NoteNothing(ActivityNode node, InputDescriptor input, Expression expression, JsonPath path, Func<string, JsonPath> at)
    {
        if (input.Metadata.IsRequired) NoteMissing(node, input, path);
        else if (!IsEmpty(expression.Value))
        {
            var (code, what) = expression.Type is ExpressionTypes.Variable
                ? (DefinitionProblemCodes.UnknownVariable, "variable") : (DefinitionProblemCodes.UnknownWorkflowInput, "input of the workflow");
            var given = JsonCursor.Shorten(expression.Value.GetRawText());
            problems.Add(at("value"), code, $"Input '{input.Name}' is {given}, which names no {what}. Give its name.");
        }
    }

    void NoteMissing(ActivityNode node, InputDescriptor input, JsonPath path) =>
        problems.Add(path, DefinitionProblemCodes.MissingInput, $"Input '{input.Name}' of {node.Type} is required. Give it a value.");

    bool IsVariable(ActivityNode node, Reference reference)
    {
        if (workflowVariables.Has(reference)) return true;
        for (var container = node; container is not null; container = container.Parent)
        {
            if (container.Variables.Count == 0) continue;
            if (!containerVariables.TryGetValue(container, out var declared))
                containerVariables[container] = declared = new(container.Variables);
            if (declared.Has(reference)) return true;
        }
        return false;
    }

    string UnknownVariable(ActivityNode node, string id) =>
        $"a variable with the id '{JsonCursor.Shorten(id)}', which is not declared here.{Suggestion.For(id, definition.Variables.Concat(Scopes(node)).Select(variable => variable.Id), "Declared are")}";

    static IEnumerable<VariableDefinition> Scopes(ActivityNode node)
    {
        for (var container = node; container is not null; container = container.Parent)
            foreach (var variable in container.Variables) yield return variable;
    }

    static bool IsThere(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null;

    static bool IsEmpty(JsonElement value) =>
        value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined || (value.ValueKind is JsonValueKind.String && string.IsNullOrWhiteSpace(value.GetString()));

    /// <summary>The variables of one scope, found in one step: a document may have thousands.</summary>
    sealed class Declared(IReadOnlyList<VariableDefinition> variables)
    {
        readonly HashSet<string> ids = new(variables.Select(variable => variable.Id), StringComparer.Ordinal);
        readonly HashSet<string> names = new(variables.Select(variable => variable.Name), StringComparer.Ordinal);

        public bool Has(Reference reference) => (reference.Id is { } id && ids.Contains(id))
            || (reference.GoesByName && reference.Name is { } name && names.Contains(name));
    }
}
