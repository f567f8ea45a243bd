using System.Text.RegularExpressions;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Reruns;

/// <summary>What the expressions of an activity may read. Where a script's text does not tell, it may read everything.</summary>
static partial class Reads
{
    /// <summary>Whether an activity may read an input of the workflow.</summary>
    public static bool Input(ActivityNode node, string name) => Expressions(node).Any(expression => expression.Type switch
    {
        ExpressionTypes.Input => string.Equals(Reference.Read(expression.Value)?.Name, name, StringComparison.OrdinalIgnoreCase),
        ExpressionTypes.JavaScript => Script(expression, name, "getInput"),
        _ => false,
    });

    /// <summary>Whether an activity may read a variable.</summary>
    public static bool Variable(ActivityNode node, VariableDefinition variable) => Expressions(node).Any(expression => expression.Type switch
    {
        ExpressionTypes.Variable => Reference.Read(expression.Value)?.MayMean(variable) is true,
        ExpressionTypes.JavaScript => Script(expression, variable.Name, "getVariable") || Mentions(expression, "variables"),
        _ => false,
    });

    /// <summary>Whether an activity may read an output of another one directly, not through a variable.</summary>
    public static bool Output(ActivityNode node, ActivityNode writer, string output) => Expressions(node).Any(expression => expression.Type is ExpressionTypes.JavaScript
        && (IsOpaque(expression) || Mentions(expression, "getLastResult") || Mentions(expression, "getOutputFrom")
            || Mentions(expression, $"get{output}From{writer.Id}") || (writer.Name is { Length: > 0 } name && Mentions(expression, $"get{output}From{name}"))));

    /// <summary>Whether an activity may write a variable by its scripts; outputs are another matter.</summary>
    public static bool WritesByScript(ActivityNode node, VariableDefinition variable) => Expressions(node).Any(expression => expression.Type is ExpressionTypes.JavaScript
        && (IsOpaque(expression) || Mentions(expression, "setVariable") || Mentions(expression, $"set{variable.Name}") || Mentions(expression, "variables")));

    static IEnumerable<Expression> Expressions(ActivityNode node) => node.Inputs.Values.Select(input => input.Expression).OfType<Expression>();

    /// <summary>Whether a script may call the accessor of a name, or the function that takes names.</summary>
    static bool Script(Expression expression, string name, string function)
    {
        if (IsOpaque(expression) || Mentions(expression, $"get{name}")) return true;
        var text = TextOf(expression);
        if (!text.Contains(function, StringComparison.Ordinal)) return false;
        var named = LiteralCall().Matches(text).Where(call => call.Groups["function"].Value == function).ToList();
        return named.Count < Count(text, function) || named.Any(call => string.Equals(call.Groups["name"].Value, name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Names may be put together from pieces, or be written with escapes.</summary>
    static bool IsOpaque(Expression expression) => TextOf(expression) is var text && (text.Contains('\\', StringComparison.Ordinal) || Reflection().IsMatch(text));

    static bool Mentions(Expression expression, string word) => TextOf(expression).Contains(word, StringComparison.OrdinalIgnoreCase);

    static string TextOf(Expression expression) => expression.Value.ValueKind is System.Text.Json.JsonValueKind.String ? expression.Value.GetString()! : "";

    static int Count(string text, string word) => text.Split(word).Length - 1;

    [GeneratedRegex("""(?<function>getInput|getVariable)\(\s*(?<quote>['"])(?<name>[^'"\\]*)\k<quote>\s*\)""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex LiteralCall();

    [GeneratedRegex(@"\b(globalThis|this|eval|Function|constructor|with)\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Reflection();
}
