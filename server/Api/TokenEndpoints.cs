using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Access;

namespace Orchestrator.Server.Api;

/// <summary>What a program shows instead of a password, without the secret.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="User">Whose it is; it may never do more than they may.</param>
/// <param name="Role">What it may do: viewer, operator, author or admin.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends by itself.</param>
/// <param name="LastUsedAt">When it was shown last, to about a minute; null for never.</param>
public sealed record TokenResponse(string Name, string User, string Role, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt)
{
    /// <summary>As the API shows it.</summary>
    public static TokenResponse Of(AccessToken token) => new(token.Name, token.User, token.Role.Name, token.CreatedAt, token.ExpiresAt, token.LastUsedAt);
}

/// <summary>A token that was just made.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="User">Whose it is.</param>
/// <param name="Role">What it may do.</param>
/// <param name="ExpiresAt">When it ends by itself.</param>
/// <param name="Token">The secret. It is shown only now and kept nowhere.</param>
public sealed record NewTokenResponse(string Name, string User, string Role, DateTimeOffset ExpiresAt, string Token);

/// <summary>Makes a token.</summary>
/// <param name="Name">What it is for, such as <c>nightly-import</c>.</param>
/// <param name="User">Whose it is; it may never do more than they may.</param>
/// <param name="Role">viewer, operator, author or admin; as much as its user where it is left out.</param>
/// <param name="Lifetime">How long it works, from 1 hour to 366 days, such as <c>90.00:00:00</c>. Default 90 days.</param>
public sealed record NewTokenRequest(string Name, string User, string? Role = null, TimeSpan? Lifetime = null);

/// <summary><c>/tokens</c>: API tokens, by the rules of <c>orchestrator tokens</c>.</summary>
static class TokenEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("/tokens").WithTags("Access").RequireAccess(AccessRole.Admin).AuditsItself();
        group.MapGet("", ListAsync).WithName("listTokens").WithSummary("Lists the API tokens by name, not what they are.");
        group.MapPost("", CreateAsync).WithName("createToken").WithSummary("Makes a token and shows it, once.")
            .WithProblems(400, "request.bad_value", AccessRoles.BadRole).WithProblems(404, "access.unknown_user").WithProblems(409, "access.token_exists");
        group.MapDelete("/{name}", RevokeAsync).WithName("revokeToken").WithSummary("Ends a token at once.").WithProblems(404, "access.unknown_token");
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
