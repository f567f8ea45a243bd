using System.Text.Json;
using Microsoft.Playwright;
using Orchestrator.Tests.Integration.Support;

namespace Orchestrator.Tests.Browser.Studio;

/// <summary>Inputs that are bound in the Studio, and what its button to run does.</summary>
public sealed class RunTests(StudioScene scene) : IClassFixture<StudioScene>
{
    [Fact]
    public async Task Input_is_picked_published_run_with_a_value_and_shown_again()
    {
        await SaveAsync("picked", """{"id":"W1","type":"Elsa.WriteLine","name":"WriteLine1","version":1,"metadata":{"designer":{"position":{"x":100,"y":60}}}}""");
        await using var visit = await scene.OpenAsync("/studio/definitions/picked");
        var editor = await DefinitionEditorPage.SeeAsync(visit, scene, "picked");
        await editor.SelectAsync("WriteLine1", "Text");
        await editor.SwitchAsync("Text", "Input");
        await editor.ChooseInputAsync("Text", "Shop - Shop");
        await Eventually.IsAsync("the input to be bound", async () =>
            await editor.ActivityAsync("WriteLine1") is { } activity && activity.GetProperty("text") is { ValueKind: JsonValueKind.Object } text
            && text.GetProperty("expression") is { ValueKind: JsonValueKind.Object } expression && expression.GetProperty("type").ValueEquals("Input")
            && expression.GetProperty("value") is { ValueKind: JsonValueKind.Object } value && value.GetProperty("name").ValueEquals("Shop"));
        await editor.PublishAsync();
        await editor.SeesMessageAsync("Workflow published");

        var run = await editor.RunByFormAsync(("Shop", "S-0012"));
        await new InstancePage(visit).HasFactAsync("Sub status", "Finished");
        var written = (await scene.Server.GetAsync($"{StudioScene.Api}/activity-executions/list?WorkflowInstanceId={run}")).GetProperty("items").EnumerateArray()
            .Single(execution => execution.GetProperty("activityType").ValueEquals("Elsa.WriteLine"));
        Assert.Equal("S-0012", written.GetProperty("activityState").GetProperty("Text").GetString());

        await visit.Page.GotoAsync(new Uri(scene.Server.Address, "/studio/definitions/picked").ToString());
        editor = await DefinitionEditorPage.SeeAsync(visit, scene, "picked");
        await editor.SelectAsync("WriteLine1", "Text");
        await Eventually.IsAsync("the picker to show the input", async () => await editor.ChosenAsync("Text") == "Shop - Shop");
        await visit.KeepAsync("studio-picked");
    }

    [Fact]
    public async Task Run_that_fails_at_once_is_no_success_and_the_page_can_be_loaded_again()
    {
        await SaveAsync("failing", """{"id":"F1","type":"Elsa.Fault","name":"Fault1","version":1,"message":{"typeName":"String","expression":{"type":"Literal","value":"The till is closed."}}}""");
        await using var visit = await scene.OpenAsync("/studio/definitions/failing");
        var editor = await DefinitionEditorPage.SeeAsync(visit, scene, "failing");
        await visit.Page.Locator(".x6-node").First.WaitForAsync();
        visit.Expects(500, "/execute");
        await editor.PressRunAsync();
        await editor.SeesNoticeAsync("The run failed at once: The till is closed.");
        Assert.Equal(0, await visit.Page.GetByText("Successfully started workflow").CountAsync());
        await visit.KeepAsync("studio-failed-at-once");
        var page = visit.Page.Url;
        await visit.Page.ReloadAsync();
        await DefinitionEditorPage.SeeAsync(visit, scene, "failing");
        Assert.Equal(page, visit.Page.Url);
    }

    [Fact]
    public async Task Run_that_works_on_no_month_is_started_by_the_button_and_the_page_can_be_loaded_again()
    {
        await SaveAsync("simple", """{"id":"W1","type":"Elsa.WriteLine","name":"WriteLine1","version":1}""");
        await using var visit = await scene.OpenAsync("/studio/definitions/simple");
        var editor = await DefinitionEditorPage.SeeAsync(visit, scene, "simple");
        await visit.Page.Locator(".x6-node").First.WaitForAsync();
        await editor.PressRunAsync();
        await editor.SeesNoticeAsync("The run has started.");
        await visit.Page.ReloadAsync();
        await DefinitionEditorPage.SeeAsync(visit, scene, "simple");
        await editor.PressRunAsync();
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "See it run" }).ClickAsync();
        await new InstancePage(visit).HasFactAsync("Sub status", "Finished");
    }

    async Task SaveAsync(string id, string activity)
    {
        var (status, answer, _) = await scene.Server.SendAsync(HttpMethod.Post, $"{StudioScene.Api}/workflow-definitions",
            $$$"""{"model":{"definitionId":"{{{id}}}","name":"{{{id}}}","inputs":[{"name":"Shop","displayName":"Shop","type":"String"}],"root":{"id":"Flowchart1","type":"Elsa.Flowchart","version":1,"connections":[],"activities":[{{{activity}}}]}},"publish":true}""");
        Assert.True((int)status is 200, $"{id} was not saved: {answer}");
    }
}
