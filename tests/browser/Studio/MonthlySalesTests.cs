using OpenTelemetry;
using OpenTelemetry.Trace;
using Orchestrator.Tests.Integration.Support;

namespace Orchestrator.Tests.Browser.Studio;

/// <summary>A server with the platform's own activities and the workflows that are shipped.</summary>
public sealed class PlatformScene(PostgresFixture postgres, Chromium chromium) : StudioScene(postgres, chromium)
{
    // Somebody takes the traces, as a collector would: without one there is none.
    readonly TracerProvider traces = Sdk.CreateTracerProviderBuilder().AddSource("Orchestrator.*", "Microsoft.AspNetCore").Build();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        traces.Dispose();
        return base.DisposeAsync();
    }

    /// <inheritdoc/>
    protected override async Task<ServerHarness> StartAsync(PostgresFixture database)
    {
        var server = await ServerHarness.StartAsync(database, services: ServerHarness.AddRealActivities,
            settings: new() { ["Telemetry:TraceUrlTemplate"] = "https://traces.example/trace/{traceId}" });
        server.AddDefinition("monthly-sales", await File.ReadAllTextAsync(Path.Combine(Repository.Root, "workflows", "monthly-sales.json"), TestContext.Current.CancellationToken));
        return server;
    }
}

/// <summary>The workflow that is shipped, in the real Elsa Studio.</summary>
public sealed class MonthlySalesTests(PlatformScene scene) : IClassFixture<PlatformScene>
{
    static readonly string[] Activities =
    [
        "GenerateSales1", "UploadPartitions1", "BuildStarSchema1", "BuildCustomerMart1", "BuildSalesMart1", "CheckAssets1", "LoadTables1", "TuneIndexes1", "ExportCoupons1", "ExportIncentives1",
    ];

    [Fact]
    public async Task Monthly_sales_opens_readable_runs_and_each_activity_shows_rows_duration_assets_and_trace()
    {
        var id = await ExecuteAsync();
        await using (var visit = await scene.OpenAsync("/studio/definitions/monthly-sales"))
        {
            var editor = await DefinitionEditorPage.SeeAsync(visit, scene, "monthly-sales");
            await editor.FitAsync();
            var nodes = visit.Page.Locator(".x6-node");
            await Eventually.IsAsync("all activities in view", async () =>
            {
                var seen = 0;
                foreach (var node in await nodes.AllAsync()) seen += await visit.IsInViewAsync(node) ? 1 : 0;
                return seen == Activities.Length;
            });
            var boxes = await Task.WhenAll((await nodes.AllAsync()).Select(async node => (await node.BoundingBoxAsync())!));
            Assert.All(boxes, box => Assert.DoesNotContain(boxes, other => other != box && other.X < box.X + box.Width && box.X < other.X + other.Width && other.Y < box.Y + box.Height && box.Y < other.Y + other.Height));
            await visit.KeepAsync("studio-monthly-sales");
        }

        await using (var visit = await scene.OpenAsync(InstancePage.Path(id)))
        {
            var instance = new InstancePage(visit);
            await instance.HasFactAsync("Sub status", "Finished");
            await instance.FitAsync();
            foreach (var name in (string[])["Generate sales", "Load PostgreSQL", "Export incentives"]) await instance.HasBadgeAsync(name, "success", "1");
            await instance.SelectAsync("Build star schema", "BuildStarSchema1");
            await visit.KeepAsync("studio-monthly-sales-run");
            await instance.OpenExecutionAsync();
            Assert.Equal("2,000", await instance.OutputAsync("Rows"));
            Assert.Matches(@"^\d.* m?s$", await instance.OutputAsync("Duration"));
            Assert.Contains("raw/sales 2026-10", await instance.OutputAsync("AssetsRead"), StringComparison.Ordinal);
            Assert.Contains("fact_sales 2026-10: 2,000 rows", await instance.OutputAsync("AssetsWritten"), StringComparison.Ordinal);
            Assert.StartsWith("https://traces.example/trace/", await instance.OutputAsync("Trace"), StringComparison.Ordinal);
            await visit.KeepAsync("studio-monthly-sales-lineage");
        }

        foreach (var activity in Activities)
        {
            var outputs = (await scene.Server.GetAsync($"{StudioScene.Api}/activity-executions/list?WorkflowInstanceId={id}&ActivityNodeId=Workflow1:Flowchart1:{activity}")).GetProperty("items")[0].GetProperty("outputs");
            foreach (var fact in (string[])["Duration", "Trace"]) Assert.True(outputs.TryGetProperty(fact, out _), $"{activity} shows no {fact}: {outputs}");
        }
    }

    async Task<string> ExecuteAsync()
    {
        var (_, answer, _) = await scene.Server.SendAsync(HttpMethod.Post, $"{StudioScene.Api}/workflow-definitions/monthly-sales/dispatch",
            new { input = new { partition = "2026-10", rows = 2000, customers = 200, stores = 5 } });
        var id = answer.GetProperty("workflowInstanceId").GetString()!;
        await Eventually.IsAsync($"the end of {id}", async () => (await scene.Server.GetAsync($"{StudioScene.Api}/workflow-instances/{id}")).GetProperty("status").ValueEquals("Finished"), TimeSpan.FromSeconds(120));
        return id;
    }
}
