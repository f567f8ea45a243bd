using Microsoft.AspNetCore.Routing.Patterns;
using Orchestrator.Server.Api;

namespace Orchestrator.Tests.Unit.Server;

public sealed class RouteNamesTests
{
    [Theory]
    [InlineData("/api/v1/events/{name}", "/api/v1/events/order%2Fpaid", "name=order/paid")]
    [InlineData("/api/v1/events/{name}", "/api/v1/events/order%2fpaid?x=%2F", "name=order/paid")]
    [InlineData("/api/v1/events/{name}", "/api/v1/events/order%252Fpaid", "name=order%2Fpaid")]
    [InlineData("/api/v1/events/{name}", "/api/v1/events/50%25%20off%2F1", "name=50% off/1")]
    [InlineData("/a/{first}/b/{second}", "/a/x%2Fy/b/z", "first=x/y second=z")]
    [InlineData("/a/{id:guid}", "/a/0199c1d2-7a10-7c44-b3a1-2f0d6e1b9a55", "id=0199c1d2-7a10-7c44-b3a1-2f0d6e1b9a55")]
    [InlineData("/a/{*rest}", "/a/x%2Fy", "")]
    [InlineData("/a/{name}", "/a/./x%2Fy", "")]
    [InlineData("/a/{name}", "http://host/a/x%2Fy", "name=x/y")]
    [InlineData("/a/{name}", "/a/x%2Fy/", "name=x/y")]
    public void Name_of_a_segment_is_what_the_client_escaped(string pattern, string target, string names) => Assert.Equal(
        names, string.Join(' ', RouteNames.Of(RoutePatternFactory.Parse(pattern), target).Select(found => $"{found.Name}={found.Value}")));
}
