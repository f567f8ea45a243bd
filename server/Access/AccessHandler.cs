using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Orchestrator.Server.Access;

/// <summary>
/// Finds out who sends a request: by an <c>Authorization: Bearer</c> header, else by the cookie of a login. A browser cannot send the header with a
/// WebSocket, so hubs take <c>access_token</c> from the query.
/// </summary>
/// <remarks>https://learn.microsoft.com/aspnet/core/signalr/authn-and-authz</remarks>
sealed class AccessHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder,
    AccessMode mode, DataFolderToken dataFolder, SessionStore sessions, TokenStore tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Its name in ASP.NET.</summary>
    public new const string Scheme = "Orchestrator";

    const string Bearer = "Bearer ";
    static readonly PathString StudioPaths = "/elsa", Hubs = "/elsa/hubs";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (TokenOf(Request) is { } token)
        {
            if (dataFolder.Is(token)) return Known(Caller.CommandLine);
            if (mode.NeedsLogin) return await FindAsync(token) is { } caller ? Known(caller) : AuthenticateResult.Fail(AccessCodes.TokenRefused);
        }
        if (mode.Everybody is { } everybody) return Known(Request.Headers[Caller.ClientHeader] == Caller.CommandLine.Who ? Caller.CommandLine : everybody);
        return LoginCookie.Read(Context) is { } session && await sessions.FindAsync(session, Context.RequestAborted) is { } person
            ? Known(person)
            : AuthenticateResult.NoResult();
    }

    // The Studio's token is in a page, where scripts can read it; so it opens no more than the Studio asks for.
    async Task<Caller?> FindAsync(string token) =>
        !token.StartsWith(AccessSecret.StudioPrefix, StringComparison.Ordinal) ? await tokens.FindAsync(token, Context.RequestAborted)
        : Request.Path.StartsWithSegments(StudioPaths) ? await sessions.FindAsync(token, Context.RequestAborted)
        : null;

    static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim()
        : request.Path.StartsWithSegments(Hubs) && request.Query["access_token"] is [{ Length: > 0 } token] ? token
        : null;

    static AuthenticateResult Known(Caller caller) => AuthenticateResult.Success(new(caller.ToPrincipal(), Scheme));
}

/// <summary>The token in the data folder of this server: whoever can read it is the server's own user.</summary>
/// <param name="Value">New with each start.</param>
sealed record DataFolderToken(string Value)
{
    /// <summary>Whether a text is it; how long the answer takes tells nothing.</summary>
    public bool Is(string text) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(Value));
}
