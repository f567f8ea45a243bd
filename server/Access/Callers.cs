using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Access;

/// <summary>
/// Finds the caller of a request: by the Unix socket it came through, else by an <c>Authorization: Bearer</c> header, else by the cookie
/// of a login. Browsers cannot send the header with a WebSocket, so hubs take <c>access_token</c> from the query.
/// </summary>
/// <remarks>https://learn.microsoft.com/aspnet/core/signalr/authn-and-authz</remarks>
sealed class Callers(AccessMode mode, SessionStore sessions, TokenStore tokens)
{
    const string Bearer = "Bearer ";
    static readonly PathString StudioPaths = "/elsa", Hubs = "/elsa/hubs";

    /// <summary>Finds the caller of a request.</summary>
    /// <param name="isUse">Whether the request counts as use of the login, which extends it.</param>
    /// <returns>The caller, <see langword="null"/> if unknown; refused if the request has an invalid token.</returns>
    public async Task<(Caller? Caller, bool IsRefused)> FindAsync(HttpContext context, bool isUse)
    {
        if (context.LocalUser is { } user) return (Caller.CommandLine(user), false);
        if (mode.Everybody is { } everybody) return (everybody, false);
        if (TokenOf(context.Request) is { } token) return await FindAsync(context, token, isUse) is { } caller ? (caller, false) : (null,
            true);
        return LoginCookie.Read(context) is { } session ? (await sessions.FindAsync(session, isUse, context.RequestAborted), false) : (null, false);
    }

    /// <summary>
    /// Whether the caller of a request that is still being answered could send it again: they may have logged out or lost their role or
    /// token since.
    /// </summary>
    public async Task<bool> MayContinueAsync(HttpContext context)
    {
        try
        {
            return await FindAsync(context, isUse: false) is ({ } caller, _)
                && (context.GetEndpoint()?.Metadata.GetMetadata<RequiredAccess>()?.Role is not { } role || caller.Role >= role);
        }
        catch (NpgsqlException unavailable) when (StoreOutages.IsOutage(unavailable))
        {
            // While PostgreSQL is unavailable nobody can be locked out either.
            return true;
        }
    }

    // Scripts of the page can read the Studio's token, so it opens only the addresses that the Studio needs.
    async Task<Caller?> FindAsync(HttpContext context, string token, bool isUse) =>
        !token.StartsWith(AccessSecret.StudioPrefix, StringComparison.Ordinal) ? await tokens.FindAsync(token, isUse, context.RequestAborted)
        : context.Request.Path.StartsWithSegments(StudioPaths) ? await sessions.FindAsync(token, isUse, context.RequestAborted)
        : null;

    static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim()
        : request.Path.StartsWithSegments(Hubs) && request.Query["access_token"] is [{ Length: > 0 } token] ? token
        : null;
}
