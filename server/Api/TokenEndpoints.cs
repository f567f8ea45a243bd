using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Access;

namespace Orchestrator.Server.Api;

/// <summary>An API token without its secret.</summary>
/// <param name="Name">Purpose of the token, which is its name.</param>
/// <param name="User">Owner of the token; its role never exceeds theirs.</param>
/// <param name="Role">Role of the token: viewer, operator, author or admin.</param>
/// <param name="CreatedAt">Time of creation.</param>
/// <param name="ExpiresAt">Time at which it expires.</param>
/// <param name="LastUsedAt">Time of the last use, to about a minute; null if never used.</param>
public sealed record TokenResponse(string Name, string User, string Role, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt)
{
    /// <summary>Converts an API token to the form of the API.</summary>
    public static TokenResponse Of(AccessToken token) => new(token.Name, token.User, token.Role.Name, token.CreatedAt, token.ExpiresAt, token.LastUsedAt);
}

/// <summary>A new API token with its secret.</summary>
/// <param name="Name">Purpose of the token, which is its name.</param>
/// <param name="User">Owner of the token.</param>
/// <param name="Role">Role of the token.</param>
/// <param name="ExpiresAt">Time at which it expires.</param>
/// <param name="Token">The secret, which is shown only now and stored nowhere.</param>
public sealed record NewTokenResponse(string Name, string User, string Role, DateTimeOffset ExpiresAt, string Token);

/// <summary>Request to create an API token.</summary>
/// <param name="Name">Name that states its purpose, such as <c>nightly-import</c>.</param>
/// <param name="User">Owner of the token; its role never exceeds theirs.</param>
/// <param name="Role">viewer, operator, author or admin; default that of its user.</param>
/// <param name="Lifetime">Lifetime, from 1 hour to 366 days, such as <c>90.00:00:00</c>. Default 90 days.</param>
public sealed record NewTokenRequest(string Name, string User, string? Role = null, TimeSpan? Lifetime = null);

/// <summary><c>/tokens</c>: API tokens, by the rules of <c>orchestrator tokens</c>.</summary>
static class TokenEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("/tokens").WithTags("Access").RequireAccess(AccessRole.Admin).AuditsItself();
        group.MapGet("", ListAsync).WithName("listTokens").WithSummary("Lists the API tokens by name, without their secrets.");
        group.MapPost("", CreateAsync).WithName("createToken").WithSummary("Creates a token and shows it once.")
            .WithProblems(400, "request.bad_value", AccessRoles.BadRole).WithProblems(404, "access.unknown_user").WithProblems(409, "access.token_exists");
        group.MapDelete("/{name}", RevokeAsync).WithName("revokeToken").WithSummary("Revokes a token at once.")
            .WithProblems(404, "access.unknown_token");
    }

    static async Task<IReadOnlyList<TokenResponse>> ListAsync(TokenStore tokens, CancellationToken cancellationToken) =>
        [.. (await tokens.ListAsync(cancellationToken)).Select(TokenResponse.Of)];

    static async Task<Created<NewTokenResponse>> CreateAsync(NewTokenRequest request, HttpContext context, TokenStore tokens, UserStore users, CancellationToken cancellationToken)
    {
        AccessRole? role = request.Role is { } text ? AccessRoles.Read(text) : null;
        var owner = await users.FindAsync(request.User, cancellationToken);
        var (token, secret) = await tokens.By(context).CreateAsync(request.Name, owner, role, request.Lifetime ?? TokenStore.DefaultLifetime, cancellationToken);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"{ApiRoutes.Root}/tokens/{token.Name}", new NewTokenResponse(token.Name, token.User, token.Role.Name, token.ExpiresAt, secret));
    }

    static async Task<NoContent> RevokeAsync(string name, HttpContext context, TokenStore tokens, CancellationToken cancellationToken)
    {
        await tokens.By(context).RevokeAsync(name, cancellationToken);
        return TypedResults.NoContent();
    }
}
