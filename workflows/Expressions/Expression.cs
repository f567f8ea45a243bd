using System.Text.Json;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>A rule that gives a value when an activity starts.</summary>
/// <param name="Type">Language, such as <c>JavaScript</c>; see <see cref="ExpressionTypes"/>.</param>
/// <param name="Value">Text of the expression; of a literal the value itself, of a variable the variable.</param>
public sealed record Expression(string Type, JsonElement Value);

/// <summary>The expression types that this platform evaluates.</summary>
public static class ExpressionTypes
{
    /// <summary>The value itself.</summary>
    public const string Literal = "Literal";

    /// <summary>JSON text, or JSON itself.</summary>
    public const string ObjectText = "Object";

    /// <summary>Elsa's newer name of <see cref="ObjectText"/>.</summary>
    public const string Json = "Json";

    /// <summary>A variable, by id.</summary>
    public const string Variable = "Variable";

    /// <summary>An input of the workflow, by name.</summary>
    public const string Input = "Input";

    /// <summary>A script.</summary>
    public const string JavaScript = "JavaScript";

    /// <summary>A template.</summary>
    public const string Liquid = "Liquid";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Literal, ObjectText, Json, Variable, Input, JavaScript, Liquid];

    /// <summary>Languages of Elsa that are kept in a definition and never evaluated: they would be code with the host's rights.</summary>
    public static IReadOnlyList<string> Unsupported { get; } = ["CSharp", "C#", "Python"];

    /// <summary>Returns the reason why expressions of a type are not evaluated.</summary>
    internal static string WhyNot(string type) => Unsupported.Contains(type, StringComparer.OrdinalIgnoreCase)
        ? $"Expressions in {(type is "CSharp" ? "C#" : type)} are kept but never evaluated: they would be code with the rights of the server. Use JavaScript or Liquid, or write an activity."
        : $"Expressions of type '{JsonCursor.Shorten(type)}' are not known here. Use one of {string.Join(", ", All)}.";
}

/// <summary>The value of an input in a definition.</summary>
/// <param name="TypeName">Type in the definition; only for the designer, the activity's own type counts. <see langword="null"/> if the
/// definition gives none.</param>
/// <param name="Expression">Expression that gives its value; <see langword="null"/> for a bare value.</param>
/// <param name="Bare">The bare value of an input without expression, such as <c>variable</c> of <c>Elsa.SetVariable</c>.</param>
public sealed record InputValue(string? TypeName, Expression? Expression, JsonElement Bare)
{
    /// <summary>The literal list of texts; <see langword="null"/> if a script gives it, or it is something else.</summary>
    internal string[]? WrittenTexts =>
        Expression is { Type: ExpressionTypes.Literal or ExpressionTypes.ObjectText or ExpressionTypes.Json } list
        && ValueConversion.TryConvert(list.Value, typeof(string[]), out var texts) ? texts as string[] ?? [] : null;
}
