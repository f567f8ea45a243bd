using System.Security.Claims;

namespace Orchestrator.Server.Access;

/// <summary>Proof of a caller's identity. Stored in claims by name.</summary>
enum CallerProof
{
    /// <summary>No proof: the server needs no login.</summary>
    None = 0,

    /// <summary>Cookie of a browser that is logged in.</summary>
    Session = 1,

    /// <summary>API token.</summary>
    Token = 2,

    /// <summary>Operating system: the request came through a Unix socket that only the server's own user can reach.</summary>
    Socket = 3,
}

/// <summary>Caller of a request, as the log of changes names them.</summary>
/// <param name="Who">Such as <c>person ada</c>, <c>token nightly of ada</c>, <c>command line of ada</c> or <c>local</c>.</param>
/// <param name="Role">What they may do.</param>
/// <param name="Proof">Proof of their identity.</param>
sealed record Caller(string Who, AccessRole Role, CallerProof Proof)
{
    const string RoleClaim = "orchestrator.role", ProofClaim = "orchestrator.proof";

    /// <summary>Any caller of a server that needs no login.</summary>
    public static Caller Local { get; } = new("local", AccessRole.Admin, CallerProof.None);

    /// <summary>Creates the caller for the command line on the server's own machine, run by the server's own user or by root.</summary>
    /// <param name="user">Name of the operating system's user.</param>
    public static Caller CommandLine(string user) => new($"command line of {user}", AccessRole.Admin, CallerProof.Socket);

    /// <summary>Creates the caller for a person in a browser.</summary>
    public static Caller Person(string user, AccessRole role) => new($"person {user}", role, CallerProof.Session);

    /// <summary>Creates the caller for a program with a token, which never has a higher role than the person who owns the token.</summary>
    public static Caller Program(string token, AccessRole granted, string user, AccessRole role) =>
        new($"token {token} of {user}", granted < role ? granted : role, CallerProof.Token);

    /// <summary>Converts the caller to a principal of ASP.NET.</summary>
    public ClaimsPrincipal ToPrincipal() => new(new ClaimsIdentity(
        [new(ClaimTypes.Name, Who), new(RoleClaim, Role.ToString()), new(ProofClaim, Proof.ToString())], AccessHandler.Scheme));

    /// <summary>Reads the caller from a principal; <see langword="null"/> for an unknown one.</summary>
    public static Caller? Of(ClaimsPrincipal principal) =>
        principal.Identity is { IsAuthenticated: true, Name: { } who }
        && Enum.TryParse<AccessRole>(principal.FindFirstValue(RoleClaim), out var role) && Enum.TryParse<CallerProof>(principal.FindFirstValue(ProofClaim), out var proof)
            ? new(who, role, proof)
            : null;

    /// <summary>Name of the person, without the kind of caller.</summary>
    public string Name => Proof is CallerProof.Session ? Who[(Who.IndexOf(' ', StringComparison.Ordinal) + 1)..] : Who;
}

/// <summary>The caller of a request.</summary>
static class CallerOfRequest
{
    extension(HttpContext context)
    {
        /// <summary>The caller who sent the request; <see langword="null"/> if unknown.</summary>
        public Caller? Caller => Access.Caller.Of(context.User);

        /// <summary>Returns the caller as runs record it, such as <c>person ada</c> or <c>command line of ada</c>.</summary>
        public string StartedBy() => context.Caller?.Who ?? "nobody";

        /// <summary>Origin of the request as the log of changes records it.</summary>
        public string ClientAddress => context.LocalUser is { } user ? $"{user}@{Environment.MachineName}"
            : context.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
            : "unknown";
    }
}
