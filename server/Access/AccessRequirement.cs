using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Access;

/// <summary>Requirement on every request: its endpoint declares a role, and the caller has that role.</summary>
sealed class AccessRequirement : IAuthorizationRequirement;

/// <summary>Decides whether a request meets <see cref="AccessRequirement"/>.</summary>
sealed class AccessDecision : AuthorizationHandler<AccessRequirement, HttpContext>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, AccessRequirement requirement, HttpContext resource)
    {
        if (IsAllowed(resource)) context.Succeed(requirement);
        return Task.CompletedTask;
    }

    static bool IsAllowed(HttpContext context)
    {
        // Unknown path, method or content type: anyone who is logged in may learn that.
        if (context.GetEndpoint() is not RouteEndpoint endpoint) return context.Caller is not null;
        if (endpoint.Metadata.GetMetadata<RequiredAccess>() is not { } required) return false;
        return required.Role is not { } role || context.Caller?.Role >= role;
    }
}

/// <summary>Answers a refused request: with a page for a person, with a problem for a program.</summary>
sealed class AccessRefusal : IAuthorizationMiddlewareResultHandler
{
    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            await next(context);
            return;
        }
        if (context.Caller is not { } caller)
        {
            if (LoginPages.IsForPeople(context)) context.Response.Redirect(LoginPages.AddressFor(context.Request));
            else throw await NotLoggedInAsync(context);
            return;
        }
        var refused = Refused(context, caller);
        if (!LoginPages.IsForPeople(context)) throw refused;
        await LoginPages.Refuse(context, refused).ExecuteAsync(context);
    }

    static ApiException Refused(HttpContext context, Caller caller)
    {
        var what = AuditTrail.NameOf(context.GetEndpoint(), context.Request);
        return context.GetEndpoint()?.Metadata.GetMetadata<RequiredAccess>()?.Role is { } role
            ? new(403, AccessCodes.RoleTooLow,
                $"'{what}' needs the role {role.Name}, but {caller.Who} has {caller.Role.Name}. An administrator gives another one: 'orchestrator users set-role'.")
            : new(403, AccessCodes.Undeclared, $"'{what}' does not say who may use it, so nobody may. This is a mistake in the program.");
    }

    static async Task<ApiException> NotLoggedInAsync(HttpContext context)
    {
        var isToken = await context.AuthenticateAsync() is { Failure: not null };
        return isToken
            ? new(401, AccessCodes.TokenRefused, "The token is not one of this server's, has expired or was revoked. 'orchestrator tokens list' shows which there are.")
            : new(401, AccessCodes.NotLoggedIn, "Nobody is logged in. People log in at /login; programs send 'Authorization: Bearer orch_…', which 'orchestrator tokens create' makes.");
    }
}
