using System.Globalization;
using System.Text.Json;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Reruns;

/// <summary>
/// Describes what an activity does, independent of how its document is written. A designer adds members that it knows, such as null for an
/// input that was never set, and orders them as it likes; two texts of one activity have the same meaning.
/// </summary>
sealed class ActivityMeaning(WorkflowDefinition definition)
{
    /// <summary>
    /// Returns the part of an activity that the runtime reads, without its place, its name, its retry policy and the connections to it.
    /// </summary>
    public string Of(ActivityNode node)
    {
        if (node.Descriptor is not { } descriptor) return OfUnknown(node);
        var lines = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"{node.Type} {node.Version} {node.Kind} {node.MergeMode} {node.Pool} {node.CanStartWorkflow}"),
        };
        foreach (var input in descriptor.Inputs.OrderBy(input => input.Name, StringComparer.Ordinal))
            if (node.Inputs.TryGetValue(input.Name, out var given) && ValueOf(node, given, input.Type) is { } value)
                lines.Add($"{input.Name}={value}");
        lines.AddRange(node.OutputTargets.OrderBy(target => target.Key, StringComparer.OrdinalIgnoreCase)
            .Select(target => $"{target.Key.ToUpperInvariant()}>{target.Value}"));
        lines.AddRange(node.Cases.Select(one => $"{one.Label}?{(one.Condition is { } condition ? ExpressionOf(node, condition) : "")}>{one.Activity?.Id}"));
        return string.Join('\n', lines);
    }

    string? ValueOf(ActivityNode node, InputValue given, Type type) =>
        given.Expression is { } expression ? ExpressionOf(node, expression)
        : given.Bare.ValueKind is JsonValueKind.Undefined ? null
        : type == typeof(VariableDefinition) ? VariableOf(node, given.Bare) : Canonical(given.Bare);

    string ExpressionOf(ActivityNode node, Expression expression) => expression.Type switch
    {
        ExpressionTypes.Input => $"{expression.Type} {Reference.Read(expression.Value)?.Name?.ToUpperInvariant()}",
        ExpressionTypes.Variable => $"{expression.Type} {VariableOf(node, expression.Value)}",
        _ => $"{expression.Type} {Canonical(expression.Value)}",
    };

    string VariableOf(ActivityNode node, JsonElement value) =>
        Reference.Read(value) is { } reference ? reference.FindIn([.. VariablesInScope.Of(definition, node)])?.Id ?? reference.ToString() : "";

    // The meaning of its properties is unknown, so all count, except those that are indifferent for every activity.
    static string OfUnknown(ActivityNode node) => string.Join('\n', node.Json.EnumerateObject()
        .Where(property => property.Value.ValueKind is not JsonValueKind.Null
            && property.Name is not ("metadata" or "nodeId" or "name" or "activities" or "connections" or "variables" or "customProperties"))
        .OrderBy(property => property.Name, StringComparer.Ordinal).Select(property => $"{property.Name}={Canonical(property.Value)}"));

    static string Canonical(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(Member))}}}",
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Canonical))}]",
        JsonValueKind.String => JsonSerializer.Serialize(value.GetString()),
        JsonValueKind.Undefined => "",
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null or _ => value.GetRawText(),
    };

    static string Member(JsonProperty member) => $"{JsonSerializer.Serialize(member.Name)}:{Canonical(member.Value)}";
}
