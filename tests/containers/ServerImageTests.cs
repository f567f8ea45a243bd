using System.Globalization;
using System.Net;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using Npgsql;

namespace Orchestrator.Tests.Containers;

/// <summary>Our image beside a PostgreSQL container, without Compose.</summary>
public sealed class ServerImageTests : IAsyncLifetime
{
    const string Password = "a password of this test";

    // What the public image with the runtime of ASP.NET brings: 110 MB of runtime as it is installed here, and Ubuntu without a shell.
    const long RuntimeBytes = 125_000_000, LargestBytes = 300_000_000;

    INetwork? network;
    IContainer? postgres;

    public async ValueTask InitializeAsync()
    {
        ContainerEngine.Require();
        network = new NetworkBuilder().Build();
        await network.CreateAsync(TestContext.Current.CancellationToken);
        postgres = new ContainerBuilder(ContainerEngine.PostgresImage)
            .WithNetwork(network).WithNetworkAliases("postgres")
            .WithEnvironment("POSTGRES_USER", "orchestrator").WithEnvironment("POSTGRES_DB", "orchestrator").WithEnvironment("POSTGRES_PASSWORD", Password)
            .WithPortBinding(5432, assignRandomHostPort: true)
            .WithWaitStrategy(Wait.ForUnixContainer().UntilCommandIsCompleted("pg_isready"))
            .Build();
        await postgres.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (postgres is not null) await postgres.DisposeAsync();
        if (network is not null) await network.DisposeAsync();
    }

    [Fact]
    public async Task It_serves_on_a_root_that_it_cannot_write_and_keeps_its_runs_in_the_given_database()
    {
        await using var server = Server().WithEnvironment("Access__AdminPassword", Password)
            .WithPortBinding(5080, assignRandomHostPort: true)
            .WithWaitStrategy(Wait.ForUnixContainer().UntilHttpRequestIsSucceeded(request => request.ForPort(5080).ForPath("/readyz")))
            .Build();
        await server.StartAsync(TestContext.Current.CancellationToken);

        var run = await server.ExecAsync(["orchestrator", "run", "monthly-sales", "--input", "rows=5000", "--quiet"], TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, run.Stdout + run.Stderr);
        var health = await server.ExecAsync(["orchestrator", "ready", "--server", "http://127.0.0.1:5080"], TestContext.Current.CancellationToken);
        Assert.Equal(0, health.ExitCode);
        Assert.Equal("5000", await ScalarAsync("select count(*)::text from sales.fact_sales"));
        Assert.Equal("Succeeded", await ScalarAsync("select status from orchestrator.run"));

        using var http = new HttpClient { BaseAddress = new UriBuilder("http", server.Hostname, server.GetMappedPublicPort(5080)).Uri };
        using var refused = await http.GetAsync(new Uri("api/v1/runs", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var studio = await http.GetAsync(new Uri("studio/_framework/blazor.webassembly.js", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, studio.StatusCode);
    }

    [Fact]
    public async Task Without_a_user_it_does_not_start_and_says_what_to_do()
    {
        await using var server = Server().Build();
        await server.StartAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, await server.GetExitCodeAsync(TestContext.Current.CancellationToken));
        var (output, error) = await server.GetLogsAsync(ct: TestContext.Current.CancellationToken);
        Assert.Contains("orchestrator users add NAME --role admin", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_small_and_of_nobody_in_particular()
    {
        var layers = (await ExternalProgram.RunAsync(ContainerEngine.Docker, ["history", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", ContainerEngine.ServerImage])).Succeeded;
        var ours = layers.Split('\n').Where(layer => layer.Contains("COPY /app", StringComparison.Ordinal) || layer.Contains("COPY /data", StringComparison.Ordinal))
            .Sum(layer => long.Parse(layer.Split(' ')[0], CultureInfo.InvariantCulture));
        Assert.InRange(ours, 1_000_000, LargestBytes - RuntimeBytes);
        Assert.Equal("1654", (await ExternalProgram.RunAsync(ContainerEngine.Docker, ["image", "inspect", "--format", "{{.Config.User}}", ContainerEngine.ServerImage])).Succeeded.Trim());
    }

    ContainerBuilder Server() => new ContainerBuilder(ContainerEngine.ServerImage)
        .WithNetwork(network!)
        .WithEnvironment("ORCHESTRATOR_POSTGRES", $"Host=postgres;Username=orchestrator;Password={Password};Database=orchestrator")
        .WithTmpfsMount("/tmp")
        .WithCreateParameterModifier(parameters => parameters.HostConfig!.ReadonlyRootfs = true);

    async Task<string?> ScalarAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
        {
            Host = postgres!.Hostname, Port = postgres.GetMappedPublicPort(5432), Username = "orchestrator", Password = Password, Database = "orchestrator",
        });
        await using var command = source.CreateCommand(sql);
        return (string?)await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
