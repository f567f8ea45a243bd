using System.Text.Json;
using System.Text.RegularExpressions;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Reruns;

/// <summary>Finds what the expressions of an activity may read. An expression whose text leaves this open may read everything.</summary>
static partial class Reads
{
    /// <summary>Whether an activity may read an input of the workflow.</summary>
    public static bool Input(ActivityNode node, string name) => node.Expressions.Any(expression => expression.Type switch
    {
        ExpressionTypes.Literal or ExpressionTypes.ObjectText or ExpressionTypes.Json or ExpressionTypes.Variable => false,
        ExpressionTypes.Input => string.Equals(Reference.Read(expression.Value)?.Name, name, StringComparison.OrdinalIgnoreCase),
        ExpressionTypes.JavaScript => Script(expression, name, "getInput"),
        ExpressionTypes.Liquid => Template(expression, name, "Input"),
        _ => true,
    });

    /// <summary>Whether an activity may read a variable.</summary>
    public static bool Variable(ActivityNode node, VariableDefinition variable) => node.Expressions.Any(expression => expression.Type switch
    {
        ExpressionTypes.Literal or ExpressionTypes.ObjectText or ExpressionTypes.Json or ExpressionTypes.Input => false,
        ExpressionTypes.Variable => Reference.Read(expression.Value)?.MayMean(variable) is true,
        ExpressionTypes.JavaScript => Script(expression, variable.Name, "getVariable") || Mentions(expression, "variables"),
        ExpressionTypes.Liquid => Template(expression, variable.Name, "Variables"),
        _ => true,
    });

    /// <summary>
    /// Whether an activity may read an output of another one directly, not through a variable. Templates have no way to one.
    /// </summary>
    public static bool Output(ActivityNode node, ActivityNode writer, string output) => Scripts(node).Any(script =>
        IsOpaque(script) || Mentions(script, "getLastResult") || Mentions(script, "getOutputFrom")
        || Mentions(script, $"get{output}From{writer.Id}") || (writer.Name is { Length: > 0 } name && Mentions(script, $"get{output}From{name}")));

    /// <summary>Whether an activity may write a variable by its scripts; outputs do not count.</summary>
    public static bool WritesByScript(ActivityNode node, VariableDefinition variable) => Scripts(node).Any(script =>
        IsOpaque(script) || Mentions(script, "setVariable") || Mentions(script, $"set{variable.Name}") || Mentions(script, "variables"));

    static IEnumerable<Expression> Scripts(ActivityNode node) => node.Expressions.Where(expression => expression.Type is ExpressionTypes.JavaScript);

    /// <summary>Whether a script may call the accessor of a name, or the function that takes names.</summary>
    static bool Script(Expression expression, string name, string function) =>
        IsOpaque(expression) || Mentions(expression, $"get{name}") || Names(TextOf(expression), name, function, LiteralCalls());

    /// <summary>Whether a template may read a name below <c>Input</c> or <c>Variables</c>.</summary>
    static bool Template(Expression expression, string name, string root) =>
        LiquidLanguage.CodeOf(TextOf(expression)) is var code
        && (ComputedKeys().IsMatch(code) || Names(code, name, root, LiteralMembers()));

    /// <summary>
    /// Whether a text says a name after a word that names follow; each time the word comes without a plain name, it may be any. Liquid
    /// finds both without regard to case.
    /// </summary>
    static bool Names(string text, string name, string word, Regex plain)
    {
        var said = Words().Matches(text).Count(match => string.Equals(match.Value, word, StringComparison.OrdinalIgnoreCase));
        if (said == 0) return false;
        var named = plain.Matches(text).Where(match =>
             string.Equals(match.Groups["word"].Value, word, StringComparison.OrdinalIgnoreCase)).ToList();
        return named.Count < said
            || named.Any(match => string.Equals(match.Groups["name"].Value, name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Names may be built from pieces, or be written with escapes.</summary>
    static bool IsOpaque(Expression expression) =>
        TextOf(expression) is var text && (text.Contains('\\', StringComparison.Ordinal) || Reflection().IsMatch(text));

    static bool Mentions(Expression expression, string word) => TextOf(expression).Contains(word, StringComparison.OrdinalIgnoreCase);

    static string TextOf(Expression expression) => expression.Value.ValueKind is JsonValueKind.String ? expression.Value.GetString()! : "";

    [GeneratedRegex("""(?<word>getInput|getVariable)\(\s*(?<quote>['"])(?<name>[^'"\\]*)\k<quote>\s*\)""",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex LiteralCalls();

    [GeneratedRegex(@"\b(globalThis|this|eval|Function|constructor|with)\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Reflection();

    [GeneratedRegex("""\b(?<word>Input|Variables)(\.(?<name>[\w-]+)|\[\s*(?<quote>['"])(?<name>[^'"]*)\k<quote>\s*\])""",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex LiteralMembers();

    [GeneratedRegex(@"\w+", RegexOptions.CultureInvariant, 1_000)]
    private static partial Regex Words();

    // Even the first word of a path may be computed: {{ [name].Rows }}.
    [GeneratedRegex("""\[(?!\s*(['"]|\d+\s*\]))""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex ComputedKeys();
}
