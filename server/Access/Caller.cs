using System.Security.Claims;

namespace Orchestrator.Server.Access;

/// <summary>How somebody proved who they are. Kept in claims by name.</summary>
enum CallerProof
{
    /// <summary>Not at all: the server needs no login.</summary>
    None = 0,

    /// <summary>By the cookie of a browser that is logged in.</summary>
    Session = 1,

    /// <summary>By an API token.</summary>
    Token = 2,

    /// <summary>By the operating system: through a Unix socket that only the server's own user can reach.</summary>
    Socket = 3,
}

/// <summary>Who asks, as the log of changes names them.</summary>
/// <param name="Who">Such as <c>person ada</c>, <c>token nightly of ada</c>, <c>command line of ada</c> or <c>local</c>.</param>
/// <param name="Role">What they may do.</param>
/// <param name="Proof">How they proved it.</param>
sealed record Caller(string Who, AccessRole Role, CallerProof Proof)
{
    const string RoleClaim = "orchestrator.role", ProofClaim = "orchestrator.proof";

    /// <summary>Anybody, where no login is needed.</summary>
    public static Caller Local { get; } = new("local", AccessRole.Admin, CallerProof.None);

    /// <summary>The command line on the server's own machine, given by the server's own user or by root.</summary>
    /// <param name="user">Name of the operating system's user.</param>
    public static Caller CommandLine(string user) => new($"command line of {user}", AccessRole.Admin, CallerProof.Socket);

    /// <summary>A person in a browser.</summary>
    public static Caller Person(string user, AccessRole role) => new($"person {user}", role, CallerProof.Session);

    /// <summary>A program with a token, which may never do more than the person whose token it is.</summary>
    public static Caller Program(string token, AccessRole granted, string user, AccessRole role) =>
        new($"token {token} of {user}", granted < role ? granted : role, CallerProof.Token);

    /// <summary>As ASP.NET carries it.</summary>
    public ClaimsPrincipal ToPrincipal() => new(new ClaimsIdentity(
        [new(ClaimTypes.Name, Who), new(RoleClaim, Role.ToString()), new(ProofClaim, Proof.ToString())], AccessHandler.Scheme));

    /// <summary>Who a principal is; <see langword="null"/> for nobody.</summary>
    public static Caller? Of(ClaimsPrincipal principal) =>
        principal.Identity is { IsAuthenticated: true, Name: { } who }
        && Enum.TryParse<AccessRole>(principal.FindFirstValue(RoleClaim), out var role) && Enum.TryParse<CallerProof>(principal.FindFirstValue(ProofClaim), out var proof)
            ? new(who, role, proof)
            : null;

    /// <summary>The name of a person without what kind of caller it is.</summary>
    public string Name => Proof is CallerProof.Session ? Who[(Who.IndexOf(' ', StringComparison.Ordinal) + 1)..] : Who;
}

/// <summary>Who sent a request.</summary>
static class CallerOfRequest
{
    extension(HttpContext context)
    {
        /// <summary>Who sent it; <see langword="null"/> for nobody who is known.</summary>
        public Caller? Caller => Access.Caller.Of(context.User);

        /// <summary>Who or what asks, as runs note it, such as <c>person ada</c> or <c>command line of ada</c>.</summary>
        public string StartedBy() => context.Caller?.Who ?? "nobody";

        /// <summary>From where, as the log of changes writes it.</summary>
        public string ClientAddress => context.LocalUser is { } user ? $"{user}@{Environment.MachineName}"
            : context.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
            : "unknown";
    }
}
