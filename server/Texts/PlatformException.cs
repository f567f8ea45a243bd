namespace Orchestrator.Server.Texts;

/// <summary>Error for a person: the platform cannot do what was asked, for a reason that the person can act on.</summary>
/// <param name="code">Stable code <c>stage.reason</c>, such as <c>postgres.port_taken</c>.</param>
/// <param name="message">What happened with the values, what was expected, what to do. No secrets.</param>
/// <param name="cause">The exception behind it.</param>
public sealed class PlatformException(string code, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Stable code <c>stage.reason</c>.</summary>
    public string Code => code;
}
