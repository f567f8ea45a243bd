using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Server.Hosting;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Integration;

public sealed class EventEndpointTests(PostgresFixture postgres)
{
    [Fact]
    public async Task An_event_that_is_posted_lets_the_runs_go_on_that_wait_for_it()
    {
        await using var server = await ServerHarness.StartAsync(postgres, workers: 1);
        var runs = server.Services.GetRequiredService<RunStore>();
        var definition = WorkflowDefinition.Parse(
            WaitScene.Workflow("waiting", WaitScene.Activity("Elsa.Event", "Event1", WaitScene.Input("eventName", "Literal", "parcel"))), Platform.Registry);
        var run = await runs.CreateAsync(new(Guid.CreateVersion7(), definition, Partition: null, new Dictionary<string, JsonElement>()), TestContext.Current.CancellationToken);
        await Eventually.IsAsync("the run to wait", async () => await StatusAsync() is RunStatus.Suspended);

        var (status, answer, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/events/parcel", new { payload = "blue" });

        Assert.True(status is System.Net.HttpStatusCode.OK, $"{answer}");
        Assert.Equal(run.Id, Assert.Single(answer.GetProperty("resumed").EnumerateArray()).GetGuid());
        await Eventually.IsAsync("the run to end", async () => await StatusAsync() is RunStatus.Succeeded);
        var (_, again, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/events/parcel", new { });
        Assert.Empty(again.GetProperty("resumed").EnumerateArray());
        await server.RefusedAsync(HttpMethod.Post, $"/api/v1/events/{new string('x', 201)}", 400, "event.bad_name", new { });

        async Task<RunStatus?> StatusAsync() => (await runs.FindAsync(run.Id, TestContext.Current.CancellationToken))?.Status;
    }
}
