using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Integration.Api;

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
        Assert.Equal("No run waits for the event 'parcel' and no published workflow begins with it. It is not kept. Check the name, case counts.",
            again.GetProperty("note").GetString());
        await server.RefusedAsync(HttpMethod.Post, $"/api/v1/events/{new string('x', 201)}", 400, "event.bad_name", new { });

        async Task<RunStatus?> StatusAsync() => (await runs.FindAsync(run.Id, TestContext.Current.CancellationToken))?.Status;
    }

    [Theory]
    [InlineData("order/paid", "order%2Fpaid")]
    [InlineData("order/paid", "order%2fpaid")]
    [InlineData("50% off", "50%25%20off")]
    [InlineData("a%2Fb", "a%252Fb")]
    public async Task An_event_is_heard_by_its_name_whatever_has_to_be_escaped_in_it(string name, string escaped)
    {
        await using var server = await ServerHarness.StartAsync(postgres, workers: 1);
        var runs = server.Services.GetRequiredService<RunStore>();
        var definition = WorkflowDefinition.Parse(
            WaitScene.Workflow("waiting", WaitScene.Activity("Elsa.Event", "Event1", WaitScene.Input("eventName", "Literal", name))), Platform.Registry);
        var run = await runs.CreateAsync(
            new(Guid.CreateVersion7(), definition, Partition: null, new Dictionary<string, JsonElement>()), TestContext.Current.CancellationToken);
        await Eventually.IsAsync("the run to wait",
            async () => (await runs.FindAsync(run.Id, TestContext.Current.CancellationToken))?.Status is RunStatus.Suspended);

        var (_, answer, _) = await server.SendAsync(HttpMethod.Post, $"/api/v1/events/{escaped}", new { });

        Assert.Equal(run.Id, Assert.Single(answer.GetProperty("resumed").EnumerateArray()).GetGuid());
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("note").ValueKind);
    }

    [Fact]
    public async Task A_workflow_whose_id_has_a_slash_and_a_space_is_used_by_all_addresses()
    {
        await using var server = await ServerHarness.StartAsync(postgres, workers: 1);
        const string Id = "sales/monthly check", Escaped = "sales%2Fmonthly%20check";
        var model = new { definitionId = Id, name = Id, root = new { id = "A1", type = "Elsa.WriteLine" } };
        var (saved, answer, _) = await server.SendAsync(HttpMethod.Post, "/elsa/api/workflow-definitions", new { model, publish = true });
        Assert.True(saved is System.Net.HttpStatusCode.OK or System.Net.HttpStatusCode.Created, $"{answer}");
        var (status, shown, _) = await server.SendAsync(HttpMethod.Get, $"/api/v1/workflows/{Escaped}", null);
        Assert.True(status is System.Net.HttpStatusCode.OK, $"{shown}");
        Assert.Equal(Id, shown.GetProperty("id").GetString());
        var (_, started, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow = Id });
        Assert.Equal(Id, started.GetProperty("workflow").GetString());
        var (elsa, definition, _) = await server.SendAsync(HttpMethod.Get, $"/elsa/api/workflow-definitions/by-definition-id/{Escaped}", null);
        Assert.True(elsa is System.Net.HttpStatusCode.OK, $"{definition}");
        using var page = await server.Client.GetAsync($"/studio/definitions/{Escaped}/run", TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.OK, page.StatusCode);
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
