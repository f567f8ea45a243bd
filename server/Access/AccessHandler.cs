using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Orchestrator.Server.Access;

/// <summary>Finds out who sends a request: by an <c>Authorization: Bearer</c> header, else by the cookie of a login.</summary>
sealed class AccessHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder,
    AccessMode mode, DataFolderToken dataFolder, SessionStore sessions, TokenStore tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Its name in ASP.NET.</summary>
    public new const string Scheme = "Orchestrator";

    const string Bearer = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers.Authorization is [{ } header] && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            var secret = header[Bearer.Length..].Trim();
            if (dataFolder.Is(secret)) return Known(Caller.CommandLine);
            if (mode.NeedsLogin) return await tokens.FindAsync(secret, Context.RequestAborted) is { } program ? Known(program) : AuthenticateResult.Fail(AccessCodes.TokenRefused);
        }
        if (mode.Everybody is { } everybody) return Known(Request.Headers[Caller.ClientHeader] == Caller.CommandLine.Who ? Caller.CommandLine : everybody);
        return LoginCookie.Read(Context) is { } session && await sessions.FindAsync(session, Context.RequestAborted) is { } person
            ? Known(person)
            : AuthenticateResult.NoResult();
    }

    static AuthenticateResult Known(Caller caller) => AuthenticateResult.Success(new(caller.ToPrincipal(), Scheme));
}

/// <summary>The token in the data folder of this server: whoever can read it is the server's own user.</summary>
/// <param name="Value">New with each start.</param>
sealed record DataFolderToken(string Value)
{
    /// <summary>Whether a text is it; how long the answer takes tells nothing.</summary>
    public bool Is(string text) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(Value));
}
