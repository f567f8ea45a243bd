using System.Text.Json;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>Evaluates an expression and converts its value, strictly, to the type that an activity wants.</summary>
/// <param name="limits">Limits of one evaluation of a script.</param>
public sealed class ExpressionEvaluator(ScriptLimits limits)
{
    readonly JavaScriptEvaluator scripts = new(limits);
    readonly LiquidEvaluator templates = new(limits);

    /// <summary>Creates an evaluator with the default <see cref="ScriptLimits"/>.</summary>
    public ExpressionEvaluator() : this(new()) { }

    /// <summary>Evaluates an expression.</summary>
    /// <param name="target">Type of the value; <see cref="JsonElement"/> for the value as it is.</param>
    /// <param name="scope">Values that the expression can see; it also takes those that a script writes.</param>
    /// <returns>Null or an object of the target type.</returns>
    /// <exception cref="ActivityFailedException"><c>expression.failed</c>, <c>expression.limit</c> or <c>expression.conversion</c>; none is
    /// retryable.</exception>
    public object? Evaluate(Expression expression, Type target, ExpressionScope scope) => ValueConversion.Convert(Find(expression, scope), target);

    JsonElement Find(Expression expression, ExpressionScope scope) => expression.Type switch
    {
        ExpressionTypes.Literal => expression.Value,
        ExpressionTypes.ObjectText or ExpressionTypes.Json => expression.Value,
        ExpressionTypes.Variable => FindVariable(expression.Value, scope),
        ExpressionTypes.Input => Reference.Read(expression.Value)?.Name is { } name && scope.TryFindInput(name, out var value) ? value : default,
        ExpressionTypes.JavaScript => scripts.Run(expression.Value, scope),
        ExpressionTypes.Liquid => templates.Render(expression.Value, scope),
        _ => throw new ActivityFailedException("expression.failed", ExpressionTypes.WhyNot(expression.Type), isRetryable: false),
    };

    static JsonElement FindVariable(JsonElement value, ExpressionScope scope)
    {
        var reference = Reference.Read(value);
        return reference is { } given && scope.TryFind(given, out var found) ? found
            : throw new ActivityFailedException("expression.failed",
                $"There is no variable with id '{reference}' here. Declare it in the workflow or choose another one.", isRetryable: false);
    }
}
