using System.Net;

namespace Orchestrator.Tests.Integration.Elsa;

/// <summary>What every address below <c>/elsa/api</c> has in common: the shapes and errors of a stock Elsa server.</summary>
public sealed class ElsaWireTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Lists_and_errors_have_the_shape_of_a_stock_server()
    {
        await using var server = await ServerHarness.StartAsync(postgres);

        var drivers = await server.GetAsync("/elsa/api/descriptors/storage-drivers");
        Assert.Equal(1, drivers.GetProperty("count").GetInt32());
        Assert.Equal("Workflow Instance", drivers.GetProperty("items")[0].GetProperty("displayName").GetString());

        var (missing, nothing, _) = await server.SendAsync(HttpMethod.Get, "/elsa/api/nowhere");
        Assert.Equal((HttpStatusCode.NotFound, default), (missing, nothing.ValueKind));

        var (refused, problem, _) = await server.SendAsync(HttpMethod.Get, "/elsa/api/descriptors/output-converters");
        Assert.Equal(HttpStatusCode.BadRequest, refused);
        Assert.Equal("""
            {"statusCode":400,"message":"One or more errors occurred!","errors":{"generalErrors":["The sourceType query parameter is required.","The destinationType query parameter is required."]}}
            """, problem.GetRawText());
    }

    [Fact]
    public async Task Anonymous_are_refused_with_an_empty_body_and_no_redirect()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);

        var (status, body, headers) = await server.SendAsync(HttpMethod.Get, "/elsa/api/descriptors/variables", body: null, ("Accept", "text/html"));

        Assert.Equal((HttpStatusCode.Unauthorized, default), (status, body.ValueKind));
        Assert.Equal("Bearer", headers.WwwAuthenticate.ToString());
    }
}
