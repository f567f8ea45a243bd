using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Access;

/// <summary>
/// Finds out who sends a request: by the Unix socket it comes through, else by an <c>Authorization: Bearer</c> header, else by the cookie
/// of a login.
/// A browser cannot send the header with a WebSocket, so hubs take <c>access_token</c> from the query.
/// </summary>
/// <remarks>https://learn.microsoft.com/aspnet/core/signalr/authn-and-authz</remarks>
sealed class Callers(AccessMode mode, SessionStore sessions, TokenStore tokens)
{
    const string Bearer = "Bearer ";
    static readonly PathString StudioPaths = "/elsa", Hubs = "/elsa/hubs";

    /// <summary>Who it is.</summary>
    /// <param name="isUse">Whether somebody uses their login with it, which then lasts longer.</param>
    /// <returns>No caller for nobody; refused where a token was shown that is none.</returns>
    public async Task<(Caller? Caller, bool IsRefused)> FindAsync(HttpContext context, bool isUse)
    {
        if (context.LocalUser is { } user) return (Caller.CommandLine(user), false);
        if (mode.Everybody is { } everybody) return (everybody, false);
        if (TokenOf(context.Request) is { } token) return await FindAsync(context, token, isUse) is { } caller ? (caller, false) : (null,
            true);
        return LoginCookie.Read(context) is { } session ? (await sessions.FindAsync(session, isUse, context.RequestAborted), false) : (null, false);
    }

    /// <summary>Whether whoever sent a request that is still being answered could send it again: they may have logged out, lost their role or their token since.</summary>
    public async Task<bool> MayGoOnAsync(HttpContext context)
    {
        try
        {
            return await FindAsync(context, isUse: false) is ({ } caller, _)
                && (context.GetEndpoint()?.Metadata.GetMetadata<RequiredAccess>()?.Role is not { } role || caller.Role >= role);
        }
        catch (NpgsqlException away) when (StoreOutages.IsOutage(away))
        {
            // Nobody can be shut out meanwhile either.
            return true;
        }
    }

    // The Studio's token is in a page, where scripts can read it; so it opens no more than the Studio asks for.
    async Task<Caller?> FindAsync(HttpContext context, string token, bool isUse) =>
        !token.StartsWith(AccessSecret.StudioPrefix, StringComparison.Ordinal) ? await tokens.FindAsync(token, isUse, context.RequestAborted)
        : context.Request.Path.StartsWithSegments(StudioPaths) ? await sessions.FindAsync(token, isUse, context.RequestAborted)
        : null;

    static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim()
        : request.Path.StartsWithSegments(Hubs) && request.Query["access_token"] is [{ Length: > 0 } token] ? token
        : null;
}
