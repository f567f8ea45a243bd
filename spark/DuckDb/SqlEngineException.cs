namespace Orchestrator.Spark.DuckDb;

/// <summary>An engine refused or failed a query.</summary>
/// <param name="code">Stable code, such as <c>sql.failed</c> or <c>sql.out_of_memory</c>.</param>
/// <param name="message">What happened, in the engine's words, with what to do where we know it.</param>
/// <param name="isRetryable">Whether the same query may succeed later.</param>
/// <param name="cause">The driver's exception.</param>
public sealed class SqlEngineException(string code, string message, bool isRetryable, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Stable code.</summary>
    public string Code => code;

    /// <summary>Whether the same query may succeed later.</summary>
    public bool IsRetryable => isRetryable;
}
