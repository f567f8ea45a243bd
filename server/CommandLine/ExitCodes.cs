namespace Orchestrator.Server.CommandLine;

/// <summary>Exit codes of the process.</summary>
public static class ExitCodes
{
    /// <summary>Success; for <c>run</c>: the run succeeded.</summary>
    public const int Succeeded = 0;

    /// <summary>The run failed, or the platform cannot work.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int BadUsage = 2;

    /// <summary>Ctrl-C, or a request to end.</summary>
    public const int Interrupted = 130;
}
