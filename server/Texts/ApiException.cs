namespace Orchestrator.Server.Texts;

/// <summary>Exception that becomes a problem as the answer to a request.</summary>
/// <param name="status">HTTP status: 400 malformed, 404 unknown, 409 the state does not allow it, 412 changed meanwhile, 422 not valid.</param>
/// <param name="code">Stable code <c>stage.reason</c>, such as <c>run.unknown</c>.</param>
/// <param name="message">What happened with the values, what was expected, what to do.</param>
public sealed class ApiException(int status, string code, string message) : Exception(message)
{
    /// <summary>HTTP status.</summary>
    public int Status => status;

    /// <summary>Stable code <c>stage.reason</c>.</summary>
    public string Code => code;

    /// <summary>Further members of the problem, by name.</summary>
    public IReadOnlyDictionary<string, object?> Details { get; init; } = new Dictionary<string, object?>(StringComparer.Ordinal);

    /// <summary>Time until the client may retry; <see langword="null"/> if not applicable.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
