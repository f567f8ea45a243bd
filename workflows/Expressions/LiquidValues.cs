using System.Collections;
using System.Globalization;
using System.Text.Json;
using DotLiquid;
using Orchestrator.Workflows.Secrets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>Converts values between JSON and Liquid.</summary>
static class LiquidValues
{
    /// <summary>
    /// The names at the top of every template, as in Elsa. A variable becomes a value of Liquid only when the template asks for it.
    /// </summary>
    public static Dictionary<string, object?> NamesOf(ExpressionScope scope) => new(StringComparer.Ordinal)
    {
        ["Variables"] = new Names(name => scope.TryFindByName(name, out var value) ? value : null),
        ["Input"] = new Names(name => scope.TryFindInput(name, out var value) ? value : null),
        ["Secrets"] = new Names(name => SecretReferences.IsName(name) ? ValueConversion.ToJson(scope.UseSecret(name)) : null),
        ["CorrelationId"] = scope.CorrelationId,
        ["WorkflowDefinitionId"] = scope.DefinitionId,
        ["WorkflowDefinitionVersionId"] = scope.DefinitionVersionId,
        ["WorkflowDefinitionVersion"] = scope.DefinitionVersion,
        ["WorkflowInstanceId"] = scope.RunId,
    };

    public static object? Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => NumberOf(value),
        JsonValueKind.Array => value.EnumerateArray().Select(Of).ToList(),
        JsonValueKind.Object => new Members(value.EnumerateObject().ToDictionary(member => member.Name, member => Of(member.Value), StringComparer.Ordinal)),
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        _ => null,
    };

    static object NumberOf(JsonElement value)
    {
        if (value.TryGetInt64(out var whole)) return whole;
        var number = value.GetRawText();
        if (ExactNumbers.ToDecimal(number) is { } exact) return exact;
        return ExactNumbers.IsDouble(number) ? value.GetDouble()
            : throw new ActivityFailedException("expression.conversion", ExactNumbers.WhyNot(number, "template"), isRetryable: false);
    }

    /// <summary>Returns a value as a template shows it, before it is encoded: lists item after item, objects as JSON.</summary>
    public static string TextOf(object? value) => value switch
    {
        null => "",
        string text => text,
        bool truth => truth ? "true" : "false",
        IDictionary => JsonOf(value),
        IEnumerable items => string.Concat(items.Cast<object?>().Select(TextOf)),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    public static string JsonOf(object? value) => JsonSerializer.Serialize(value, DefinitionJson.Compact);

    /// <summary>An object; a type of its own, so that a loop over it gives pairs of name and value.</summary>
    sealed class Members(IDictionary<string, object?> members) : Dictionary<string, object?>(members, StringComparer.Ordinal);

    /// <summary>Values by name that are looked up on demand.</summary>
    sealed class Names(Func<string, JsonElement?> find) : ILiquidizable, IIndexable
    {
        public object? this[object key] => find(key.ToString()!) is { } value ? Of(value) : null;

        public bool ContainsKey(object key) => find(key.ToString()!) is not null;

        public object ToLiquid() => this;
    }
}
