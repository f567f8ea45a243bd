namespace Orchestrator.Server.Texts;

/// <summary>Error of usage: exit code 2 of the command line.</summary>
/// <param name="message">What was written, what was expected, what to write.</param>
public sealed class UsageException(string message) : Exception(message);
