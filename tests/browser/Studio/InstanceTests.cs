using System.Text.Json;
using Orchestrator.Tests.Integration.Support;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Browser.Studio;

/// <summary>Instances in the real Elsa Studio.</summary>
public sealed class InstanceTests(StudioScene scene) : IClassFixture<StudioScene>
{
    const string Instances = $"{StudioScene.Api}/workflow-instances";

    [Fact]
    public async Task Run_that_is_started_from_the_list_is_followed_live_with_badges_and_journal()
    {
        Ship("live", "L1", "L2", "L3");
        var release = new TaskCompletionSource();
        scene.Server.Work["L2"] = context => release.Task.WaitAsync(context.CancellationToken);
        string id;
        await using (var visit = await scene.OpenAsync($"{DefinitionListPage.Path}?search=live"))
        {
            var list = new DefinitionListPage(visit);
            await list.DoAsync("live", "Run");
            await list.SeesMessageAsync("Successfully started workflow");
            await visit.ClickAsync(Microsoft.Playwright.AriaRole.Link, "See it run");
            var instance = new InstancePage(visit);
            await instance.HasFactAsync("Sub status", "Executing");
            id = new Uri(visit.Page.Url).Segments[^1];
            await visit.Page.EvaluateAsync("window.kept = true");
            await instance.FitAsync();
            await instance.HasBadgeAsync("L1", "success", "1");
            await instance.HasBadgeAsync("L2", "info", "0");
            await visit.KeepAsync("studio-live-running");
            release.SetResult();
            await instance.HasBadgeAsync("L2", "success", "1");
            await instance.HasBadgeAsync("L3", "success", "1");
            await instance.HasFactAsync("Sub status", "Finished");
            await instance.HasEntryAsync("Server Job", "Completed");
            await Eventually.IsAsync("the whole journal", async () => await instance.EntriesAsync() >= 6);
            Assert.True(await visit.Page.EvaluateAsync<bool>("window.kept"), "The page was loaded again.");
            await visit.KeepAsync("studio-live-finished");
        }
        Assert.Equal("Finished", (await scene.Server.GetAsync($"{Instances}/{id}")).GetProperty("subStatus").GetString());
    }

    [Fact]
    public async Task Activity_that_was_tried_again_and_failed_shows_inputs_attempts_exception_and_incident()
    {
        scene.Server.AddDefinition("failing", """
            {"definitionId":"failing","name":"Failing","version":1,
             "variables":[{"id":"Till","name":"Till","typeName":"String","value":"S-0012"}],
             "root":{"id":"Flowchart1","type":"Elsa.Flowchart","connections":[{"source":{"activity":"F1"},"target":{"activity":"F2"}}],"activities":[
               {"id":"F1","type":"Test.ServerJob","name":"Reads","text":{"typeName":"String","expression":{"type":"JavaScript","value":"'till ' + getVariable('Till')"}},
                "metadata":{"designer":{"position":{"x":40,"y":100},"size":{"width":180,"height":54}}},"customProperties":{"retryPolicy":{"attempts":3,"delay":"00:00:00.010"}}},
               {"id":"F2","type":"Test.ServerJob","name":"Fails","metadata":{"designer":{"position":{"x":340,"y":100},"size":{"width":180,"height":54}}}}]}}
            """);
        var tries = 0;
        scene.Server.Work["F1"] = _ => Interlocked.Increment(ref tries) < 3 ? throw new ActivityFailedException("test.till_busy", "The till of store S-0012 is busy.", isRetryable: true) : Task.CompletedTask;
        scene.Server.Work["F2"] = _ => throw new ActivityFailedException("test.till_closed", "The till of store S-0012 is closed.", isRetryable: false);
        var id = await ExecuteAsync("failing");
        await ComesToAsync(id, "Faulted");
        await using var visit = await scene.OpenAsync(InstancePage.Path(id));
        var instance = new InstancePage(visit);
        await instance.HasFactAsync("Sub status", "Faulted");
        await instance.HasBadgeAsync("Reads", "success", "1");
        await instance.HasBadgeAsync("Fails", "error", "1");
        await visit.Page.Locator(".x6-node .has-retries").First.WaitForAsync();
        Assert.Equal(1, await visit.Page.Locator(".x6-node .has-retries").CountAsync());
        await instance.HasEntryAsync("Fails", "Faulted");
        await instance.ToggleIncidentsAsync();
        await instance.LosesEntryAsync("Reads", "Completed");
        await instance.HasEntryAsync("Fails", "Faulted");
        await visit.KeepAsync("studio-failed");
        await instance.ToggleIncidentsAsync();

        await instance.SelectAsync("Fails", "F2");
        await visit.Page.GetByText("The till of store S-0012 is closed.").First.WaitForAsync();
        await instance.SelectAsync("Reads", "F1");
        await instance.HasFactAsync("Text", "till S-0012");
        await instance.HasFactAsync("Result", "till S-0012");
        await instance.OpenExecutionAsync();
        await instance.DrawerSaysAsync("Retry Attempts");
        await instance.DrawerSaysAsync("The till of store S-0012 is busy.");
        await visit.KeepAsync("studio-retries");
        Assert.Equal(2, (await scene.Server.GetAsync($"{StudioScene.Api}/resilience/retries/{await ExecutionIdAsync(id, "F1")}")).GetProperty("totalCount").GetInt32());
        await instance.CloseDrawerAsync();

        await instance.TurnToDetailsAsync("Incidents");
        await visit.Page.Locator(".mud-expand-panel").GetByText("The till of store S-0012 is closed.").First.WaitForAsync();
        await instance.TurnToDetailsAsync("Variables");
        await instance.HasFactAsync("Till", "S-0012");
        await visit.KeepAsync("studio-variables");
    }

    [Fact]
    public async Task Instances_are_cancelled_and_deleted_one_by_one_and_many_at_once()
    {
        Ship("waiting", "W1", "W2");
        scene.Server.Work["W1"] = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        string[] ids = [await ExecuteAsync("waiting", "2026-01"), await ExecuteAsync("waiting", "2026-02"), await ExecuteAsync("waiting", "2026-03")];
        foreach (var id in ids) await ComesToAsync(id, "Executing");
        await using var visit = await scene.OpenAsync($"{InstanceListPage.Path}?search=waiting");
        var list = new InstanceListPage(visit);
        await list.ShowsAsync("1-3 of 3");
        foreach (var id in ids) await list.HasStatusAsync(id, "Executing");
        await visit.KeepAsync("studio-instances-waiting");
        await list.DoAsync(ids[0], "Cancel", "Yes");
        await ComesToAsync(ids[0], "Cancelled");
        await list.DoWithAllAsync(ids[1..], "Cancel", "Yes");
        foreach (var id in ids) await ComesToAsync(id, "Cancelled");
        await list.RefreshAsync();
        foreach (var id in ids) await list.HasStatusAsync(id, "Cancelled");

        await list.DoAsync(ids[0], "Delete", "Delete");
        await list.ShowsAsync("1-2 of 2");
        await list.DoWithAllAsync(ids[1..], "Delete", "Delete");
        await visit.SeesAsync("No workflow instances found");
        foreach (var id in ids) Assert.Equal(404, (int)(await scene.Server.SendAsync(HttpMethod.Get, $"{Instances}/{id}")).Status);
    }

    [Fact]
    public async Task Instances_are_found_and_opened_on_a_phone()
    {
        Ship("pocket", "P1", "P2");
        var id = await ExecuteAsync("pocket");
        await ComesToAsync(id, "Finished");
        await using var visit = await scene.OpenAsync($"{InstanceListPage.Path}?search=pocket", StudioScene.Phone);
        var list = new InstanceListPage(visit);
        await list.HasStatusAsync(id, "Finished");
        await visit.KeepAsync("studio-instances-phone");
        await list.OpenAsync(id);
        await new InstancePage(visit).HasFactAsync("Sub status", "Finished");
        await visit.KeepAsync("studio-instance-phone");
    }

    // One activity after the other, each with its id as name.
    void Ship(string id, params string[] activities) => scene.Server.AddDefinition(id, JsonSerializer.Serialize(new
    {
        definitionId = id,
        name = id,
        version = 1,
        root = new
        {
            id = "Flowchart1",
            type = "Elsa.Flowchart",
            activities = activities.Select((name, place) => new { id = name, type = "Test.ServerJob", name, metadata = new { designer = new { position = new { x = 40 + (240 * place), y = 100 }, size = new { width = 150, height = 54 } } } }),
            connections = activities.Zip(activities.Skip(1), (from, to) => new { source = new { activity = from }, target = new { activity = to } }),
        },
    }));

    // Runs of one month wait for each other.
    async Task<string> ExecuteAsync(string workflow, string month = "2026-10")
    {
        var (_, answer, headers) = await scene.Server.SendAsync(HttpMethod.Post, $"{StudioScene.Api}/workflow-definitions/{workflow}/execute", new { input = new { partition = month } });
        Assert.True(headers.TryGetValues("x-elsa-workflow-instance-id", out var ids), $"Nothing was started: {answer}");
        return ids.Single();
    }

    Task ComesToAsync(string id, string status) => Eventually.IsAsync($"instance {id} to be {status}", async () =>
        (await scene.Server.GetAsync($"{Instances}/{id}")).GetProperty("subStatus").ValueEquals(status));

    async Task<string> ExecutionIdAsync(string id, string activity) =>
        (await scene.Server.GetAsync($"{StudioScene.Api}/activity-executions/list?WorkflowInstanceId={id}&ActivityNodeId=Workflow1:Flowchart1:{activity}")).GetProperty("items")[0].GetProperty("id").GetString()!;
}
