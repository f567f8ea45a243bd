using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Server.Hosting;
using Orchestrator.Workflows.Assets;
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

    [Fact]
    public async Task What_an_event_starts_has_the_month_that_is_named_or_the_one_that_ended_last_and_the_defaults_of_its_inputs()
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api);
        static string Begin(string id, string type, string inputs) => $$$$"""
            {"definitionId":"{{{{id}}}}","inputs":[{{{{inputs}}}}],"root":{"id":"root","type":"Elsa.Flowchart","activities":[
              {"id":"Event1","type":"Elsa.Event","customProperties":{"canStartWorkflow":true},"eventName":{"typeName":"String","expression":{"type":"Literal","value":"parcel"}}},
              {"id":"A1","type":"{{{{type}}}}"}],"connections":[{"source":{"activity":"Event1"},"target":{"activity":"A1"}}]}}
            """;
        server.AddDefinition("jobs", Begin("jobs", "Test.ServerJob", """{"name":"Color","type":"String","defaultValue":"blue"}"""));
        server.AddDefinition("lines", Begin("lines", "Elsa.WriteLine", ""));
        server.AddDefinition("needs", Begin("needs", "Elsa.WriteLine", """{"name":"Color","type":"String","isRequired":true}"""));
        var last = Partition.LastBefore(DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
        foreach (var (body, expected) in (IEnumerable<(string, string)>)[
            ("{}", $"jobs {last},lines "), ("""{"partition":"2026-05"}""", "jobs 2026-05,lines 2026-05"), ("""{"partition":"2026-05"}""", "jobs 2026-05,lines 2026-05"), ("""{"partition":"none"}""", "jobs ,lines ")])
        {
            var (status, answer, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/events/parcel", body);
            Assert.True(status is System.Net.HttpStatusCode.OK, $"{answer}");
            var started = new List<string>();
            foreach (var id in answer.GetProperty("started").EnumerateArray())
            {
                var run = await server.GetAsync($"/api/v1/runs/{id}");
                started.Add($"{run.GetProperty("run").GetProperty("workflow")} {run.GetProperty("run").GetProperty("partition")}");
                if (started[^1].StartsWith("jobs", StringComparison.Ordinal)) Assert.Equal("blue", run.GetProperty("inputs").GetProperty("Color").GetString());
            }
            Assert.Equal(expected.Split(','), started.Order());
            var refused = Assert.Single(answer.GetProperty("refused").EnumerateArray());
            Assert.Equal(("needs", "run.bad_input"), (refused.GetProperty("workflow").GetString(), refused.GetProperty("code").GetString()));
        }
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/events/parcel", 400, "request.bad_month", """{"partition":"May"}""");
    }
}
