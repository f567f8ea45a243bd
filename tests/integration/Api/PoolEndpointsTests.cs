using System.Net;
using Orchestrator.Server.Machine;

namespace Orchestrator.Tests.Integration.Api;

public sealed class PoolEndpointsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_limit_is_set_from_what_one_has_seen_and_not_from_an_older_version()
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api);
        var (status, _, headers) = await server.SendAsync(HttpMethod.Get, "/api/v1/pools/spark");
        Assert.Equal((HttpStatusCode.OK, "\"1\""), (status, headers.ETag?.Tag));

        var (_, set, changed) = await server.SendAsync(HttpMethod.Put, "/api/v1/pools/spark", new { slots = 2 }, ("If-Match", "\"1\""));

        Assert.Equal((2, "\"2\""), (set.GetProperty("slots").GetInt32(), changed.ETag?.Tag));
        await server.RefusedAsync(HttpMethod.Put, "/api/v1/pools/spark", 412, "request.changed_meanwhile", new { slots = 3 }, ("If-Match", "\"1\""));
        await server.RefusedAsync(HttpMethod.Put, "/api/v1/pools/spark", 412, "request.changed_meanwhile", new { slots = 3 }, ("If-None-Match", "*"));
        await server.RefusedAsync(HttpMethod.Put, "/api/v1/pools/spark", 428, "request.if_match_required", new { slots = 3 });
        await server.RefusedAsync(HttpMethod.Put, "/api/v1/pools/spark", 400, "pool.bad_slots", new { slots = 0 }, ("If-Match", "*"));
        await server.RefusedAsync(HttpMethod.Put, "/api/v1/pools/-x", 400, "pool.bad_name", new { slots = 1 }, ("If-Match", "*"));
        await server.RefusedAsync(HttpMethod.Get, "/api/v1/pools/nowhere", 404, "pool.unknown");
        await server.SendAsync(HttpMethod.Put, "/api/v1/pools/runs:monthly-sales", new { slots = 1 }, ("If-None-Match", "*"));
        var (_, ofNested, _) = await server.SendAsync(HttpMethod.Put, "/api/v1/pools/runs:a%2Fb%20c", new { slots = 1 },
            ("If-None-Match", "*"));
        Assert.Equal("runs:a/b c", ofNested.GetProperty("name").GetString());
        Assert.Equal(["runs", "runs:a/b c", "runs:monthly-sales", "spark", "warehouse"],
            (await server.GetAsync("/api/v1/pools")).EnumerateArray().Select(pool => pool.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task The_server_itself_is_in_the_list_of_workers()
    {
        await using var server = await ServerHarness.StartAsync(postgres, workers: 3);
        await Eventually.IsAsync("the server in the list", async () => (await server.GetAsync("/api/v1/workers")).GetArrayLength() == 1);
        var worker = (await server.GetAsync("/api/v1/workers"))[0];
        Assert.Equal(("alive", 3, Environment.ProcessId),
            (worker.GetProperty("status").GetString(), worker.GetProperty("slots").GetInt32(), worker.GetProperty("processId").GetInt32()));
    }
}
