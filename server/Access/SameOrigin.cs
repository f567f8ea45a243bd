using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Access;

/// <summary>
/// Protection from other sites: a change that a browser sends with the cookie of a login must come from one of our own pages.
/// </summary>
/// <remarks>
/// Browsers say so in <c>Sec-Fetch-Site</c>, which no page can set, older ones in <c>Origin</c>. Programs send tokens instead of cookies.
/// https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
/// </remarks>
static class SameOrigin
{
    /// <summary>Refuses changes from other sites. Runs after authentication.</summary>
    public static IApplicationBuilder UseSameOrigin(this IApplicationBuilder app) => app.Use((context, next) =>
        AuditTrail.IsRead(context.Request.Method) || context.Caller is not { Proof: CallerProof.Session } || IsSameOrigin(context.Request)
            ? next(context)
            : throw new ApiException(403, AccessCodes.CrossSite,
                "The request uses the login of a browser, but does not come from a page of this server. Programs send an API token instead of a cookie."));

    static bool IsSameOrigin(HttpRequest request) => request.Headers["Sec-Fetch-Site"] is [{ } site]
        ? site is "same-origin" or "none"
        : request.Headers.Origin is [{ } origin] && string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
}
