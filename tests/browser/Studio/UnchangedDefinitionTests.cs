using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace Orchestrator.Tests.Browser.Studio;

/// <summary>What the real Elsa Studio does to a definition that nobody changes: nothing.</summary>
public sealed class UnchangedDefinitionTests(PlatformScene scene) : IClassFixture<PlatformScene>
{
    const string Definitions = $"{StudioScene.Api}/workflow-definitions";

    /// <summary>All definitions that are shipped, and what the recorded Studio saved and exported.</summary>
    public static TheoryData<string> Definition => [.. new[] { "monthly-sales.json", "import-sales.json" }.Concat(Recorded.Keys)];

    static Dictionary<string, JsonNode> Recorded { get; } = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests/data/elsa-api/exchanges.json")))!.AsArray()
        .Where(exchange => (string)exchange!["method"]! == "POST" && (string?)exchange["body"]?["model"]?["root"]?["type"] == "Elsa.Flowchart").Select(exchange => exchange!["body"]!["model"]!)
        .DistinctBy(model => (string?)model["name"]).ToDictionary(model => (string)model["name"]!, model => model);

    [Theory]
    [MemberData(nameof(Definition))]
    public async Task Opening_saving_and_publishing_leaves_a_definition_as_it_was(string name)
    {
        var model = Recorded.GetValueOrDefault(name)?.DeepClone() ?? JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "workflows", name), TestContext.Current.CancellationToken))!;
        var id = $"same-{Path.GetFileNameWithoutExtension(name)}";
        (model["definitionId"], model["id"], model["keptAside"]) = (id, null, JsonNode.Parse("""{"by":"somebody else"}"""));
        var (status, answer, _) = await scene.Server.SendAsync(HttpMethod.Post, Definitions, new { model, publish = false });
        Assert.True((int)status is 200, answer.ToString());
        await using var visit = await scene.OpenAsync($"/studio/definitions/{id}");
        var editor = await DefinitionEditorPage.SeeAsync(visit, scene, id);
        var before = JsonNode.Parse((await editor.DefinitionAsync()).ToString())!;
        if (before["root"]!["activities"]!.AsArray().Count > 0) await visit.Page.Locator(".x6-node").Nth(before["root"]!["activities"]!.AsArray().Count - 1).WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await editor.SaveAsync();
        await editor.PublishAsync();
        await editor.SeesMessageAsync("Workflow published");

        var after = JsonNode.Parse((await editor.DefinitionAsync()).ToString())!;
        Assert.True((bool)after["isPublished"]!);
        foreach (var part in (string[])["root", "variables", "inputs", "outputs", "outcomes", "options", "keptAside", "name", "description"])
            Assert.True(JsonNode.DeepEquals(Sorted(before[part]), Sorted(after[part])), $"{part} was {before[part]}\nand is {after[part]}");
    }

    // The Studio writes activities and connections in the order of its canvas, makes an activity as wide as its text needs, and says of what an input has not that it is null.
    static JsonNode? Sorted(JsonNode? part)
    {
        if (part is JsonArray list) return new JsonArray([.. list.Select(item => item is JsonObject value ? new JsonObject(value.Where(property => property.Value is not null).Select(property => KeyValuePair.Create(property.Key, property.Value?.DeepClone()))) : item?.DeepClone())]);
        if (part is not JsonObject named || named["activities"] is not JsonArray activities) return part;
        named = named.DeepClone().AsObject();
        named["activities"] = new JsonArray([.. activities.Select(activity => Sorted(activity)!.DeepClone()).OrderBy(activity => (string)activity["id"]!, StringComparer.Ordinal)]);
        foreach (var activity in named["activities"]!.AsArray())
            if (activity!["metadata"]?["designer"] is JsonObject designer) designer.Remove("size");
        if (named["connections"] is JsonArray connections)
            named["connections"] = new JsonArray([.. connections.Select(connection => connection!.DeepClone()).OrderBy(connection => connection.ToJsonString(), StringComparer.Ordinal)]);
        return named;
    }
}
