using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Server.Access;
using Orchestrator.Server.Machine;

namespace Orchestrator.Tests.Integration.Api;

/// <summary>The OpenAPI document and the pages to read it.</summary>
public sealed class ApiReferenceTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Every_route_is_in_the_document_with_its_summary_role_and_problems()
    {
        await using var server = await ServerHarness.StartAsync(postgres, roles: ServerRoles.Api);

        var document = await server.GetAsync("/openapi/v1.json");

        var described = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (Route: $"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value))).ToList();
        var routes = server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/v1", StringComparison.Ordinal) || endpoint.RoutePattern.RawText is "/healthz" or "/readyz")
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText!.TrimEnd('/')}"));
        Assert.Equal(routes.Order(StringComparer.Ordinal), described.Select(operation => operation.Route).Order(StringComparer.Ordinal));
        Assert.True(described.Count > 20, $"{described.Count} operations.");
        Assert.All(described, operation =>
        {
            Assert.EndsWith(".", operation.Value.GetProperty("summary").GetString(), StringComparison.Ordinal);
            Assert.NotEmpty(operation.Value.GetProperty("operationId").GetString()!);
            Assert.Contains(operation.Value.GetProperty("x-role").GetString(), new[] { "none", "viewer", "operator", "author", "admin" });
            Assert.Contains("request.too_many", Problems(operation.Value), StringComparison.Ordinal);
        });
        Assert.Contains("run.already_active", Problems(described.Single(operation => operation.Route == "POST /api/v1/runs").Value), StringComparison.Ordinal);
        Assert.Equal(described.Count, described.Select(operation => operation.Value.GetProperty("operationId").GetString()).Distinct().Count());
        Assert.All(described.Where(operation => operation.Route.Contains("/api/v1", StringComparison.Ordinal)),
            operation => Assert.NotEqual("none", operation.Value.GetProperty("x-role").GetString()));
    }

    [Fact]
    public async Task Every_endpoint_says_its_role()
    {
        await using var server = await ServerHarness.StartAsync(postgres, roles: ServerRoles.Api);

        Assert.All(server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>(),
            endpoint => Assert.True(endpoint.Metadata.GetMetadata<RequiredAccess>() is not null, $"{endpoint.RoutePattern.RawText} says no role."));
    }

    [Fact]
    public async Task Money_and_months_are_text_in_the_document()
    {
        await using var server = await ServerHarness.StartAsync(postgres, roles: ServerRoles.Api);

        var schemas = (await server.GetAsync("/openapi/v1.json")).GetProperty("components").GetProperty("schemas");

        var total = schemas.GetProperty("TopCustomer").GetProperty("properties").GetProperty("totalPurchaseCost");
        Assert.Equal(("string", "decimal"), (total.GetProperty("type").GetString(), total.GetProperty("format").GetString()));
        Assert.Contains("Succeeded", schemas.GetProperty("RunStatus").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reference_loads_nothing_from_other_hosts()
    {
        await using var server = await ServerHarness.StartAsync(postgres, roles: ServerRoles.Api);

        using var answer = await server.Client.GetAsync(new Uri("/reference", UriKind.Relative), TestContext.Current.CancellationToken);
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Contains("default-src 'self'", string.Join(' ', answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.DoesNotMatch("""(?:src|href)\s*=\s*["'](?:https?:)?//""", page);
        var scripts = Regex.Matches(page, """<script[^>]*\ssrc="([^"]+)""").Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            var content = await server.Client.GetStringAsync(new Uri(answer.RequestMessage!.RequestUri!, script), TestContext.Current.CancellationToken);
            Assert.True(content.Length > 100, script);
        }
    }

    static string Problems(JsonElement operation) => string.Join(' ', operation.GetProperty("responses").EnumerateObject()
        .Where(response => response.Name[0] is '4' or '5' && response.Value.TryGetProperty("description", out _)).Select(response => response.Value.GetProperty("description").GetString()));
}
