using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Activities;

/// <summary>
/// An activity written in C#. It completes with outcome <c>Done</c> when <see cref="ExecuteAsync"/> returns, unless it chose other
/// outcomes with <see cref="ActivityExecutionContext.CompleteActivityWithOutcomesAsync"/>.
/// </summary>
/// <remarks>One object serves one attempt. The shape is that of <c>Elsa.Workflows.CodeActivity</c> 3.x.</remarks>
public abstract class CodeActivity
{
    /// <summary>Executes the activity.</summary>
    /// <exception cref="ActivityFailedException">The attempt failed; <see cref="ActivityFailedException.IsRetryable"/> is true if another
    /// one may help.</exception>
    protected virtual ValueTask ExecuteAsync(ActivityExecutionContext context) => ValueTask.CompletedTask;

    internal ValueTask RunAsync(ActivityExecutionContext context) => ExecuteAsync(context);
}
