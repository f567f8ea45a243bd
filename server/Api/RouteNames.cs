using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Orchestrator.Server.Api;

/// <summary>
/// Gives endpoints the names in a request's address exactly as the client meant them. The server unescapes a path except for <c>%2F</c>,
/// so a name that is a whole segment is unescaped from the address as it was sent.
/// </summary>
/// <remarks>https://learn.microsoft.com/aspnet/core/fundamentals/routing#route-template-reference</remarks>
static class RouteNames
{
    const string Slash = "%2F";

    /// <summary>Unescapes the route values of every request that has an endpoint.</summary>
    public static IApplicationBuilder UseRouteNames(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        if (context.GetEndpoint() is RouteEndpoint endpoint && context.Features.Get<IHttpRequestFeature>()?.RawTarget is { } target
            && target.Contains(Slash, StringComparison.OrdinalIgnoreCase))
        {
            foreach (var (name, value) in Of(endpoint.RoutePattern, target)) context.Request.RouteValues[name] = value;
        }
        return next(context);
    });

    /// <summary>Reads the route values of an address.</summary>
    /// <param name="target">The address as it was sent, such as <c>/api/v1/events/order%2Fpaid?x=1</c>.</param>
    /// <returns>Name of a route value → its text, for each segment that is one value.</returns>
    internal static IEnumerable<(string Name, string Value)> Of(RoutePattern pattern, string target)
    {
        var path = target.Split('?', '#')[0];
        if (path.IndexOf("://", StringComparison.Ordinal) is var scheme and > 0) path = path.IndexOf('/', scheme + 3) is var slash and > 0 ? path[slash..] : "/";
        // A trailing slash does not change the address.
        var segments = path.TrimEnd('/').Split('/')[1..];
        if (segments.Length != pattern.PathSegments.Count) yield break;
        foreach (var (segment, text) in pattern.PathSegments.Zip(segments))
        {
            if (segment is { IsSimple: true, Parts: [RoutePatternParameterPart { IsCatchAll: false } parameter] })
                yield return (parameter.Name, Uri.UnescapeDataString(text));
        }
    }
}
