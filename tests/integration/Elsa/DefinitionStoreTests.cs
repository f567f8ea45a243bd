using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Server.Composition;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Publishing;

namespace Orchestrator.Tests.Integration.Elsa;

/// <summary>Versions of definitions: drafts, what is published, and what ships.</summary>
public sealed class DefinitionStoreTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Published_version_never_changes_and_saving_it_makes_the_next_draft()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var store = server.Services.GetRequiredService<DefinitionStore>();
        var first = (await store.SaveAsync(new("greet", Workflow("one"), Publish: true, "ada"), Token)).Saved;

        var draft = (await store.SaveAsync(new("greet", Workflow("two"), Publish: false, "ada"), Token)).Saved;
        var again = (await store.SaveAsync(new("greet", Workflow("three"), Publish: false, "ada"), Token)).Saved;

        Assert.Equal((1, true, true), (first.Definition.Version, first.Definition.IsLatest, first.Definition.IsPublished));
        Assert.Equal((2, true, false), (draft.Definition.Version, draft.Definition.IsLatest, draft.Definition.IsPublished));
        Assert.Equal((draft.Definition.Id, 2), (again.Definition.Id, again.Definition.Version));
        Assert.Equal(first.Document, (await store.FindByIdAsync(first.Definition.Id, Token))!.Document);
        Assert.Equal("one", TextOf((await store.FindPublishedAsync("greet", Token))!));

        await store.PublishAsync("greet", Token);
        Assert.Equal("three", TextOf((await store.FindPublishedAsync("greet", Token))!));
        Assert.Equal([2], (await store.ListAsync(new() { Versions = VersionOptions.Published }, Token)).Items.Select(version => version.Version));
        // Retracted is not undone: what was published once stays what it was.
        Assert.False((await store.RetractAsync("greet", Token))!.Definition.IsPublished);
        Assert.Null(await store.FindPublishedAsync("greet", Token));
        Assert.Equal(3, (await store.SaveAsync(new("greet", Workflow("four"), Publish: false, "ada"), Token)).Saved.Definition.Version);
        Assert.Equal((4, "one"), await RevertedAsync(store));
        await store.DeleteVersionAsync((await store.FindAsync("greet", VersionOptions.Latest, Token))!.Definition.Id, Token);
        Assert.Equal(3, (await store.FindAsync("greet", VersionOptions.Latest, Token))!.Definition.Version);
    }

    [Fact]
    public async Task Saving_what_is_there_already_makes_no_version()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var store = server.Services.GetRequiredService<DefinitionStore>();
        await store.SaveAsync(new("greet", Workflow("one"), Publish: true, "ada"), Token);

        var again = await store.SaveAsync(new("greet", Workflow("one"), Publish: true, "ada"), Token);

        Assert.Equal((1, true), (again.Saved.Definition.Version, again.WasPublished));
    }

    [Fact]
    public async Task What_the_designer_does_not_know_survives_its_saving()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var store = server.Services.GetRequiredService<DefinitionStore>();
        var complete = Workflow("one", """ "x-owner": {"team":"sales"}, "inputs": [{"name":"Rows","type":"Int32","isRequired":true,"defaultValue":20}, {"name":"Gone","type":"String","isRequired":true}], """);
        await store.SaveAsync(new("greet", complete, Publish: true, "ada") { IsComplete = true }, Token);

        var saved = await store.SaveAsync(new("greet", Workflow("two", """ "inputs": [{"name":"Rows","type":"Int32","displayName":"Rows"}], """), Publish: true, "ada"), Token);

        var definition = (await store.FindPublishedAsync("greet", Token))!;
        Assert.Equal("sales", definition.Document.GetProperty("x-owner").GetProperty("team").GetString());
        var input = Assert.Single(definition.Inputs);
        Assert.Equal(("Rows", true, 20), (input.Name, input.IsRequired, input.Default!.Value.GetInt32()));
        Assert.Contains("\"note\" : \"kept  as it is\"", saved.Saved.Document, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_who_save_at_once_on_two_nodes_leave_one_latest_version()
    {
        await using var first = await ServerHarness.StartAsync(postgres);
        await using var second = await ServerHarness.StartAsync(postgres, beside: first);
        var stores = new[] { first, second }.Select(server => server.Services.GetRequiredService<DefinitionStore>()).ToList();

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => stores[i % 2].SaveAsync(new("greet", Workflow($"text {i}"), Publish: i % 3 == 0, "ada"), Token)));

        var (versions, _) = await stores[0].ListAsync(new() { DefinitionIds = ["greet"], Order = DefinitionOrder.Version }, Token);
        Assert.Equal(Enumerable.Range(1, versions.Count), versions.Select(version => version.Version));
        Assert.Equal(versions[^1].Id, Assert.Single(versions, version => version.IsLatest).Id);
        Assert.Single(versions, version => version.IsPublished);
        // What one node publishes, the other executes at once.
        await stores[0].SaveAsync(new("greet", Workflow("newest"), Publish: true, "ada"), Token);
        Assert.Equal("newest", TextOf((await stores[1].FindPublishedAsync("greet", Token))!));
    }

    [Fact]
    public async Task Shipped_definition_is_imported_updated_while_nobody_changed_it_and_then_only_offered()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var store = server.Services.GetRequiredService<DefinitionStore>();
        server.AddDefinition("greet", Workflow("shipped 1").GetRawText());
        Assert.Equal("shipped 1", TextOf((await store.FindPublishedAsync("greet", Token))!));

        server.AddDefinition("greet", Workflow("shipped 2").GetRawText());
        Assert.Equal("shipped 2", TextOf((await store.FindPublishedAsync("greet", Token))!));
        await store.SaveAsync(new("greet", Workflow("my own"), Publish: true, "ada"), Token);
        server.AddDefinition("greet", Workflow("shipped 3").GetRawText());

        Assert.Equal("my own", TextOf((await store.FindPublishedAsync("greet", Token))!));
        Assert.True((await server.GetAsync("/api/v1/workflows/greet")).GetProperty("hasUpdate").GetBoolean());
        Assert.Contains(server.Log, line => line.Contains("'orchestrator workflows update greet' takes the new one", StringComparison.Ordinal));
        var (status, updated, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/workflows/greet/update");
        Assert.Equal((HttpStatusCode.OK, false, 4), (status, updated.GetProperty("hasUpdate").GetBoolean(), updated.GetProperty("version").GetInt32()));
        Assert.Equal("shipped 3", TextOf((await store.FindPublishedAsync("greet", Token))!));

        // An older node that starts, or a deleted workflow: what was seen once does not come back by itself.
        server.AddDefinition("greet", Workflow("shipped 2").GetRawText());
        Assert.Equal("shipped 3", TextOf((await store.FindPublishedAsync("greet", Token))!));
        await store.DeleteAsync(["greet"], Token);
        await server.Services.GetRequiredService<ShippedDefinitions>().ImportAsync(Token);
        Assert.Null(await store.FindPublishedAsync("greet", Token));
    }

    [Fact]
    public async Task Run_executes_the_published_version_and_keeps_its_copy_when_the_workflow_is_deleted()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var store = server.Services.GetRequiredService<DefinitionStore>();
        await store.SaveAsync(new("greet", Workflow("published"), Publish: true, "ada"), Token);
        await store.SaveAsync(new("greet", Workflow("draft"), Publish: false, "ada"), Token);

        var (_, started, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow = "greet", partition = "none" });
        var (deleted, _, _) = await server.SendAsync(HttpMethod.Delete, "/elsa/api/workflow-definitions/greet");

        Assert.Equal(HttpStatusCode.NoContent, deleted);
        var definition = await server.GetAsync($"/api/v1/runs/{started.GetProperty("id").GetString()}/definition");
        Assert.Equal("published", TextOf(definition));
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 404, "workflow.unknown", new { workflow = "greet", partition = "none" });
    }

    static async Task<(int, string)> RevertedAsync(DefinitionStore store)
    {
        var reverted = (await store.RevertAsync("greet", 1, "ada", Token))!;
        return (reverted.Definition.Version, TextOf(JsonElement.Parse(reverted.Document)));
    }

    static string TextOf(WorkflowDefinition definition) => TextOf(definition.Document);

    static string TextOf(JsonElement document) => document.GetProperty("root").GetProperty("activities")[0].GetProperty("text").GetProperty("expression").GetProperty("value").GetString()!;

    static JsonElement Workflow(string text, string members = "") => JsonElement.Parse($$"""
        { "definitionId": "greet", "name": "Greet", {{members}}
          "root": { "id": "chart", "type": "Elsa.Flowchart", "version": 1, "activities": [
            { "id": "Write1", "type": "Elsa.WriteLine", "version": 1, "metadata": {"note" : "kept  as it is"},
              "text": { "typeName": "String", "expression": { "type": "Literal", "value": "{{text}}" } } }
          ], "connections": [] } }
        """);
}
