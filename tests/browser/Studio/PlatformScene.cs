using Orchestrator.Tests.Integration;

namespace Orchestrator.Tests.Browser.Studio;

/// <summary>A server with the platform's own activities and the workflows that are shipped.</summary>
public sealed class PlatformScene(PostgresFixture postgres, Chromium chromium) : StudioScene(postgres, chromium)
{
    /// <inheritdoc/>
    protected override async Task<ServerHarness> StartAsync(PostgresFixture database)
    {
        var server = await ServerHarness.StartAsync(database, services: ServerHarness.AddRealActivities,
            settings: new() { ["Telemetry:TraceUrlTemplate"] = "https://traces.example/trace/{traceId}" });
        server.AddDefinition("monthly-sales", await File.ReadAllTextAsync(Path.Combine(Repository.Root, "workflows", "monthly-sales.json"), TestContext.Current.CancellationToken));
        return server;
    }
}
