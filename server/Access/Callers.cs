namespace Orchestrator.Server.Access;

/// <summary>Who starts runs.</summary>
static class Callers
{
    /// <summary>Name of the header in which a command says what it is, to a server that needs no login.</summary>
    public const string ClientHeader = "X-Orchestrator-Client";

    /// <summary>What the command line says.</summary>
    public const string CommandLine = "command line";

    extension(HttpContext context)
    {
        /// <summary>Who or what asks, as runs note it, such as <c>person ada</c> or <c>command line</c>.</summary>
        public string StartedBy() => context.Caller is { Proof: not CallerProof.None } known ? known.Who
            : context.Request.Headers[ClientHeader] == CommandLine ? CommandLine
            : "API";
    }
}
