using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Orchestrator.Tests.Integration.Hosting;

/// <summary>A server whose PostgreSQL is not there yet, such as while that restarts.</summary>
public sealed class StartWaitTests(PostgresFixture postgres) : IDisposable
{
    const string Waits = "PostgreSQL is unavailable, so the start waits for it, at most 60 s: ";

    readonly DataFolder data = new();

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Server_waits_for_PostgreSQL_and_is_alive_but_not_ready_meanwhile()
    {
        var database = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync());
        var (serverPort, storePort) = (database.Port, FreePort());
        database.Port = storePort;
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        using var server = Start(address, database.ConnectionString);
        await server.WaitForAsync(Waits);
        using var client = new HttpClient { BaseAddress = address };
        await Eventually.IsAsync("an answer of the waiting server", async () =>
        {
            try
            {
                return await StatusAsync(client, "/healthz") == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        foreach (var path in new[] { "/readyz", "/api/v1/runs", "/" }) Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(client, path));

        await using (new LossyProxy(serverPort, storePort))
        {
            await server.WaitForAsync("Listening on ");
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/readyz"));
            server.Signal("TERM");
            Assert.Equal(0, (await server.EndAsync()).ExitCode);
        }
    }

    [Fact]
    public async Task Server_that_must_not_wait_says_at_once_that_PostgreSQL_does_not_answer()
    {
        using var server = Start(new("http://127.0.0.1:0"), "Host=127.0.0.1;Port=1;Username=me;Password=secret;Database=sales", "--wait", "0");
        var ended = await server.EndAsync();
        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Equal("No PostgreSQL server could be reached at 127.0.0.1:1: Connection refused. Start it, or leave --postgres out to use the embedded one.",
            ended.Error.Trim());
    }

    public void Dispose() => data.Dispose();

    OrchestratorProcess Start(Uri address, string database, params string[] more) => OrchestratorProcess.Start(
        new Dictionary<string, string>(StringComparer.Ordinal) { ["Access__AdminPassword"] = "a long enough pass phrase" },
        ["serve", "--urls", address.ToString(), "--postgres", database, "--data", data.Path, .. more]);

    static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), Token);
        return answer.StatusCode;
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
