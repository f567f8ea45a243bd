using System.Text.Json;
using Orchestrator.Workflows.Activities;

namespace Orchestrator.Workflows.Expressions;

sealed class JavaScriptEvaluator
{
    readonly int todo = 1;

    public JsonElement Run(JsonElement script, ExpressionScope scope) =>
        throw new ActivityFailedException("expression.failed", $"JavaScript is not there yet ({todo} {script} {scope.CorrelationId}).", isRetryable: false);
}
