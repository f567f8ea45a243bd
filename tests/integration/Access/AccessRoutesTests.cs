using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Server.Access;

namespace Orchestrator.Tests.Integration.Access;

/// <summary>Every address of the server: who may ask there, and who is refused.</summary>
public sealed class AccessRoutesTests(PostgresFixture postgres)
{
    /// <summary>All that answers without login. Whoever adds one here has thought about it.</summary>
    static readonly string[] Open =
    [
        "GET /healthz", "GET /readyz", "GET /login", "POST /login", "GET /pages/icon.svg", "GET /pages/frame.css", "GET /pages/pages.css", "GET /pages/pages.js",
        "GET /pages/studio.css", "GET /pages/studio.js", "POST /elsa/api/identity/login",
        // The files of the npm package, the same for everybody.
        "GET /studio/_framework/{**file}", "GET /studio/_content/{**file}", "GET /studio/appsettings.json", "GET /studio/Elsa.Studio.Host.CustomElements.styles.css",
    ];

    [Fact]
    public async Task Every_route_refuses_the_anonymous_and_each_lower_role_and_lets_its_own_and_each_higher_role_pass()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true, settings: new() { ["Api:RequestsPerSecond"] = "100000" },
            services: all => all.AddSingleton<IAuthorizationMiddlewareResultHandler, StopAfterAuthorization>());
        var tokens = new Dictionary<AccessRole, string>();
        foreach (var role in Enum.GetValues<AccessRole>()) tokens[role] = await server.AddTokenAsync(role);
        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        var open = new List<string>();

        foreach (var route in routes)
        {
            var required = route.Metadata.GetMetadata<RequiredAccess>();
            Assert.True(required is not null, $"'{route.RoutePattern.RawText}' does not say who may use it.");
            // ASP.NET lets everybody pass to an endpoint that carries this, whatever else it says.
            Assert.True(route.Metadata.GetMetadata<IAllowAnonymous>() is null, $"'{route.RoutePattern.RawText}' lets everybody pass unseen.");
            foreach (var method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                var name = $"{method} /{route.RoutePattern.RawText!.Trim('/')}";
                if (required.Role is not { } least)
                {
                    open.Add(name);
                    continue;
                }
                // Elsa says it with an empty body.
                var isElsa = route.RoutePattern.RawText!.StartsWith("/elsa", StringComparison.Ordinal);
                Assert.Equal((name, (HttpStatusCode.Unauthorized, isElsa ? "" : "access.not_logged_in")), (name, await AskAsync(server, method, route, token: null)));
                foreach (var (role, token) in tokens)
                {
                    var expected = role < least ? (HttpStatusCode.Forbidden, isElsa ? "" : "access.role_too_low") : (HttpStatusCode.NoContent, "");
                    Assert.Equal((name, role, expected), (name, role, await AskAsync(server, method, route, token)));
                }
            }
        }

        Assert.Equal(Open.Order(StringComparer.Ordinal), open.Distinct().Order(StringComparer.Ordinal));
        Assert.True(routes.Count > open.Count, "There is no route that asks for a role.");
    }

    static async Task<(HttpStatusCode Status, string Code)> AskAsync(ServerHarness server, string method, RouteEndpoint route, string? token)
    {
        using var request = new HttpRequestMessage(new(method), PathOf(route.RoutePattern));
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (method is not ("GET" or "HEAD" or "DELETE")) request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var problem = body.Length == 0 ? default : JsonElement.Parse(body);
        return (answer.StatusCode, problem.ValueKind is JsonValueKind.Object ? problem.GetProperty("code").GetString()! : "");
    }

    static string PathOf(RoutePattern pattern) => "/" + string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter => ValueOf(parameter),
        _ => throw new InvalidOperationException($"{part.PartKind} is no part of a route."),
    }))));

    static string ValueOf(RoutePatternParameterPart parameter) => (parameter.ParameterPolicies is [var policy, ..] ? policy.Content : "") switch
    {
        "guid" => "0199c1d2-7a10-7c44-b3a1-2f0d6e1b9a55",
        "int" or "long" => "1",
        _ => "some",
    };

    /// <summary>Who passes gets an empty answer, and nothing is done.</summary>
    sealed class StopAfterAuthorization : IAuthorizationMiddlewareResultHandler
    {
        public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
        {
            if (!authorizeResult.Succeeded) return new AccessRefusal().HandleAsync(next, context, policy, authorizeResult);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }
    }
}
