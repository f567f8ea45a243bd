using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Tests.Browser.Studio;

/// <summary>The list of definitions of the real Elsa Studio.</summary>
public sealed class DefinitionListTests(StudioScene scene) : IClassFixture<StudioScene>
{
    const string Definitions = $"{StudioScene.Api}/workflow-definitions";

    [Fact]
    public async Task Definitions_are_sorted_paged_and_searched()
    {
        for (var number = 1; number <= 12; number++) await SaveAsync($"sorted-{number:00}", $"Sorted {13 - number:00}", "Sorted by name", isPublished: number % 2 == 0);
        await using var visit = await scene.OpenAsync($"{DefinitionListPage.Path}?search=sorted");
        var list = new DefinitionListPage(visit);
        await list.ShowsAsync("1-10 of 12");
        await visit.KeepAsync("studio-definitions");
        await list.NextAsync("11-12 of 12");
        await list.HasIdsAsync("sorted-02", "sorted-01");
        await list.SortAsync("Name", "Ascending");
        await list.SortAsync("Name", "Descending");
        await list.HasIdsAsync("sorted-11", "sorted-12");

        await list.SearchAsync("SORTED 07");
        await list.ShowsAsync("1-1 of 1");
        await list.HasVersionsAsync("sorted-06", "1", "1");
        await list.HasIdsAsync("sorted-06");
        Assert.Contains("search=SORTED%2007", visit.Page.Url, StringComparison.Ordinal);
        await list.SearchAsync("nothing like this");
        await visit.SeesAsync("No workflow definitions found");
    }

    [Fact]
    public async Task Definition_is_published_retracted_duplicated_and_deleted_by_its_menu()
    {
        await SaveAsync("menu-1", "Menu", "By its menu", isPublished: false);
        await using var visit = await scene.OpenAsync($"{DefinitionListPage.Path}?search=menu-1");
        var list = new DefinitionListPage(visit);
        await list.HasVersionsAsync("menu-1", "1", "-");
        await list.DoAsync("menu-1", "Publish");
        await list.HasVersionsAsync("menu-1", "1", "1");
        Assert.True((await LatestAsync("menu-1"))!.Value.GetProperty("isPublished").GetBoolean());
        await list.DoAsync("menu-1", "Unpublish");
        await list.SeesMessageAsync("Workflow retracted");
        await list.HasVersionsAsync("menu-1", "1", "-");
        Assert.False((await LatestAsync("menu-1"))!.Value.GetProperty("isPublished").GetBoolean());

        await list.DoAsync("menu-1", "Delete", "Delete");
        await list.LosesAsync("menu-1");
        Assert.Null(await LatestAsync("menu-1"));
    }

    [Fact]
    public async Task Many_definitions_are_published_retracted_and_deleted_at_once()
    {
        string[] ids = ["many-1", "many-2", "many-3"];
        foreach (var id in ids) await SaveAsync(id, id, "Many at once", isPublished: id == "many-3");
        await using var visit = await scene.OpenAsync($"{DefinitionListPage.Path}?search=many-");
        var list = new DefinitionListPage(visit);
        await list.ShowsAsync("1-3 of 3");
        await list.DoWithAllAsync(ids, "Publish");
        await list.ConfirmAsync("Publish");
        await list.SeesMessageAsync("2 workflows are published");
        await list.SeesMessageAsync("One workflow is already published");
        foreach (var id in ids) await list.HasVersionsAsync(id, "1", "1");
        await list.DoWithAllAsync(ids[..2], "Unpublish");
        await list.ConfirmAsync("Unpublish");
        await list.SeesMessageAsync("2 workflows are unpublished");
        await list.HasVersionsAsync("many-1", "1", "-");
        Assert.False((await LatestAsync("many-2"))!.Value.GetProperty("isPublished").GetBoolean());
        Assert.True((await LatestAsync("many-3"))!.Value.GetProperty("isPublished").GetBoolean());
        await list.DoWithAllAsync(ids[1..], "Delete");
        await list.ConfirmAsync("Delete");
        await list.ShowsAsync("1-1 of 1");
        Assert.NotNull(await LatestAsync("many-1"));
        Assert.Null(await LatestAsync("many-2"));
        Assert.Null(await LatestAsync("many-3"));
    }

    [Fact]
    public async Task Definitions_leave_as_JSON_and_ZIP_and_come_back_from_both()
    {
        string[] ids = ["file-1", "file-2", "file-3"];
        foreach (var id in ids) await SaveAsync(id, id, "Comes and goes", isPublished: false);
        var before = await RootAsync("file-1");
        await using var visit = await scene.OpenAsync($"{DefinitionListPage.Path}?search=file-");
        var list = new DefinitionListPage(visit);
        await list.ShowsAsync("1-3 of 3");

        await list.DoAsync("file-1", "Export");
        var (jsonName, jsonPath) = await list.DownloadAsync();
        Assert.EndsWith(".json", jsonName, StringComparison.Ordinal);
        Assert.Equal("file-1", (string)JsonNode.Parse(await File.ReadAllTextAsync(jsonPath, TestContext.Current.CancellationToken))!["definitionId"]!);
        await list.DoWithAllAsync(ids[1..], "Export");
        var (zipName, zipPath) = await list.DownloadAsync();
        Assert.EndsWith(".zip", zipName, StringComparison.Ordinal);
        await using (var zip = await ZipFile.OpenReadAsync(zipPath, TestContext.Current.CancellationToken)) Assert.Equal(2, zip.Entries.Count);

        await list.DoWithAllAsync(ids, "Delete");
        await list.ConfirmAsync("Delete");
        await visit.SeesAsync("No workflow definitions found");
        var (json, archive) = (Path.Combine(scene.Server.Folder, "one.json"), Path.Combine(scene.Server.Folder, "two.zip"));
        File.Copy(jsonPath, json);
        File.Copy(zipPath, archive);
        await list.ImportAsync(json);
        await list.SeesNoticeAsync("1 workflow imported.");
        await list.ShowsAsync("1-1 of 1");
        await list.ImportAsync(archive);
        await list.SeesNoticeAsync("2 workflows imported.");
        await list.ShowsAsync("1-3 of 3");
        Assert.True(JsonElement.DeepEquals(before, await RootAsync("file-1")), $"{before} came back as {await RootAsync("file-1")}");
        Assert.NotNull(await LatestAsync("file-3"));
    }

    [Fact]
    public async Task Any_valid_file_is_imported_and_a_state_machine_refused_with_the_reason()
    {
        await using var visit = await scene.OpenAsync($"{DefinitionListPage.Path}?search=handwritten");
        var list = new DefinitionListPage(visit);
        await visit.SeesAsync("No workflow definitions found");
        var (valid, states) = (Path.Combine(scene.Server.Folder, "handwritten.json"), Path.Combine(scene.Server.Folder, "states.json"));
        await File.WriteAllTextAsync(valid, """{ "definitionId": "handwritten", "root": { "id": "WriteLine1", "type": "Elsa.WriteLine" } }""", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(states, """{ "definitionId": "handwritten-states", "root": { "id": "S", "type": "Elsa.StateMachine" } }""", TestContext.Current.CancellationToken);
        await list.ImportAsync(valid);
        await list.SeesNoticeAsync("1 workflow imported.");
        await list.ShowsAsync("1-1 of 1");
        visit.Expects(400, "/import-files");
        await list.ImportAsync(states);
        await list.SeesNoticeAsync("Not imported: states.json: $.root.type: State machines are not executed here.");
        await visit.KeepAsync("studio-import-refused");
        Assert.Null(await LatestAsync("handwritten-states"));
    }

    [Fact]
    public async Task Old_version_is_seen_and_brought_back()
    {
        await SaveAsync("history-1", "History", "First text", isPublished: true);
        await SaveAsync("history-1", "History", "Second text", isPublished: true);
        await using var visit = await scene.OpenAsync("/studio/definitions/history-1");
        var editor = await DefinitionEditorPage.SeeAsync(visit, scene, "history-1");
        await editor.TurnToPropertiesAsync("Version history");
        await editor.HasVersionsAsync(2);
        Assert.Equal([("2", true), ("1", false)], await editor.VersionsAsync());
        await visit.KeepAsync("studio-history");
        await editor.DoWithVersionAsync("1", "View");
        await visit.SeesAsync("Version 1");
        Assert.Equal(0, await visit.Page.GetByText("Auto-save").CountAsync());
        await visit.KeepAsync("studio-old-version");

        await editor.DoWithVersionAsync("1", "Rollback to this version");
        await editor.HasVersionsAsync(3);
        await visit.Page.GetByText("Auto-save").First.WaitForAsync();
        var latest = (await LatestAsync("history-1"))!.Value;
        Assert.Equal((3, false, "First text"), (latest.GetProperty("version").GetInt32(), latest.GetProperty("isPublished").GetBoolean(), latest.GetProperty("description").GetString()));
        Assert.Equal(2, (await scene.Server.FindAsync("history-1")).Version);
    }

    [Fact]
    public async Task List_is_used_on_a_phone()
    {
        await SaveAsync("phone-1", "Phone", "On a phone", isPublished: true);
        await using var visit = await scene.OpenAsync($"{DefinitionListPage.Path}?search=phone-1", StudioScene.Phone);
        var list = new DefinitionListPage(visit);
        await list.HasVersionsAsync("phone-1", "1", "1");
        await visit.KeepAsync("studio-definitions");
        await list.DoAsync("phone-1", "Unpublish");
        await list.HasVersionsAsync("phone-1", "1", "-");
        Assert.True(await visit.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Create workflow" }).IsVisibleAsync());
    }

    async Task<JsonElement?> LatestAsync(string id)
    {
        var (status, definition, _) = await scene.Server.SendAsync(HttpMethod.Get, $"{Definitions}/by-definition-id/{id}?versionOptions=Latest");
        return (int)status is 200 ? definition : null;
    }

    async Task<JsonElement> RootAsync(string id) => (await LatestAsync(id))!.Value.GetProperty("root");

    async Task SaveAsync(string id, string name, string description, bool isPublished)
    {
        var (status, answer, _) = await scene.Server.SendAsync(HttpMethod.Post, Definitions, new
        {
            model = new
            {
                definitionId = id,
                name,
                description,
                root = new
                {
                    id = "Flowchart1",
                    type = "Elsa.Flowchart",
                    version = 1,
                    connections = Array.Empty<object>(),
                    activities = new[]
                    {
                        new
                        {
                            id = "WriteLine1", type = "Elsa.WriteLine", version = 1, name = "WriteLine1", odd = new { kept = true }, text = new { typeName = "String", expression = new { type = "Literal", value = description } },
                            metadata = new { designer = new { position = new { x = 100, y = 120 }, size = new { width = 166, height = 54 } } },
                        },
                    },
                },
            },
            publish = isPublished,
        });
        Assert.True((int)status is 200, $"{id} was not saved: {answer}");
    }
}
