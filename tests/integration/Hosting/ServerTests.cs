using Npgsql;
using Orchestrator.Server.Machine;

namespace Orchestrator.Tests.Integration.Hosting;

/// <summary>What every request to the server keeps to.</summary>
public sealed class ServerTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Request_that_cannot_be_answered_gets_a_problem()
    {
        await using var server = await ServerHarness.StartAsync(postgres);

        Assert.Equal("There is nothing at '/api/v1/nothing'. /openapi/v1.json lists what there is.",
            await server.RefusedAsync(HttpMethod.Get, "/api/v1/nothing", 404, "request.unknown_path"));
        await server.RefusedAsync(HttpMethod.Delete, "/api/v1/server", 405, "request.wrong_method");
    }

    [Fact]
    public async Task Request_under_another_name_or_from_another_site_is_refused()
    {
        await using var server = await ServerHarness.StartAsync(postgres, settings: new() { ["Api:AllowedHosts"] = "orders.example" });

        await server.RefusedAsync(HttpMethod.Get, "/api/v1/server", 400, "request.unknown_host", body: null, ("Host", "evil.example"));
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/server", 403, "request.cross_origin", body: null, ("Origin", "https://evil.example"));
        Assert.Equal(System.Net.HttpStatusCode.OK, (await server.SendAsync(HttpMethod.Get, "/api/v1/server", body: null, ("Host", "orders.example"))).Status);
    }

    [Fact]
    public async Task Too_many_requests_are_told_when_to_come_again()
    {
        await using var server = await ServerHarness.StartAsync(postgres, settings: new() { ["Api:RequestsPerSecond"] = "1" });

        for (var request = 0; request < 2; request++) await server.SendAsync(HttpMethod.Get, "/api/v1/server");
        var (status, problem, headers) = await server.SendAsync(HttpMethod.Get, "/api/v1/server");

        Assert.Equal((System.Net.HttpStatusCode.TooManyRequests, "request.too_many", TimeSpan.FromSeconds(1)),
            (status, problem.GetProperty("code").GetString(), headers.RetryAfter!.Delta));
        Assert.Equal("alive", (await server.GetAsync("/healthz")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Server_without_its_store_is_alive_but_not_ready_and_says_why()
    {
        await using var server = await ServerHarness.StartAsync(postgres, roles: ServerRoles.Api);
        // Its database goes away: nobody may connect to it any more.
        await using (var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = "postgres" }.ConnectionString))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            var name = new NpgsqlConnectionStringBuilder(server.ConnectionString).Database;
            await using var close = new NpgsqlCommand($"alter database {name} allow_connections false", connection);
            await close.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            close.CommandText = $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'";
            await close.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var (status, body, headers) = await server.SendAsync(HttpMethod.Get, "/readyz");

        Assert.Equal((System.Net.HttpStatusCode.ServiceUnavailable, "not ready"), (status, body.GetProperty("status").GetString()));
        Assert.NotNull(headers.RetryAfter);
        var store = body.GetProperty("checks").EnumerateArray().First();
        Assert.Equal(("store", "Failed"), (store.GetProperty("name").GetString(), store.GetProperty("status").GetString()));
        Assert.Contains("not currently accepting connections", store.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("alive", (await server.GetAsync("/healthz")).GetProperty("status").GetString());
    }
}
