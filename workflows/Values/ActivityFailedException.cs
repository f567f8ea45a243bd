namespace Orchestrator.Workflows.Values;

/// <summary>A failed attempt of an activity, for a reason that a person can act on.</summary>
/// <param name="code">Stable code <c>stage.reason</c>, such as <c>load.row_count_mismatch</c>.</param>
/// <param name="message">What happened with the values, what was expected, what to do. No secrets, no row contents.</param>
/// <param name="isRetryable">Whether the same attempt may succeed later without any change.</param>
/// <param name="cause">The exception that caused the failure.</param>
public sealed class ActivityFailedException(string code, string message, bool isRetryable, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Stable code <c>stage.reason</c>.</summary>
    public string Code => code;

    /// <summary>Whether the same attempt may succeed later without any change.</summary>
    public bool IsRetryable => isRetryable;
}
