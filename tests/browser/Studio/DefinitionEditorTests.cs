using System.Text.Json;
using Orchestrator.Tests.Integration.Support;

namespace Orchestrator.Tests.Browser.Studio;

/// <summary>The editor of the real Elsa Studio, at the server's definitions.</summary>
public sealed class DefinitionEditorTests(StudioScene scene) : IClassFixture<StudioScene>
{
    const string Definitions = $"{StudioScene.Api}/workflow-definitions";

    const string One = """[{"id":"E1","type":"Test.EveryEditor","name":"EveryEditor1","version":1,"metadata":{"designer":{"position":{"x":100,"y":100},"size":{"width":180,"height":54}}}}]""";

    [Fact]
    public async Task Toolbox_has_every_activity_in_its_category_with_icon_colour_and_description()
    {
        await SaveAsync("toolbox", "[]");
        await using var visit = await scene.OpenAsync("/studio/definitions/toolbox");
        var editor = await DefinitionEditorPage.SeeAsync(visit, scene, "toolbox");
        var tools = await editor.ToolsAsync();

        var described = (await scene.Server.GetAsync($"{StudioScene.Api}/descriptors/activities")).GetProperty("items").EnumerateArray().Where(type => type.GetProperty("isBrowsable").GetBoolean()).ToList();
        Assert.Equal(described.Select(type => (type.GetProperty("category").GetString()!, type.GetProperty("displayName").GetString()!)).Order(), tools.Select(tool => (tool.Category, tool.Name)).Order());
        Assert.All(tools, tool => Assert.True(tool.HasIcon, $"{tool} has no icon."));
        Assert.All(tools, tool => Assert.StartsWith("rgb(", tool.Colour, StringComparison.Ordinal));
        Assert.True(tools.Select(tool => tool.Colour).Distinct().Count() > 4, "Activities of different kinds look alike.");
        await editor.OpenCategoryAsync("Test");
        Assert.Equal("Does what the test says.", await editor.DescriptionOfAsync("Server Job"));
        await visit.KeepAsync("studio-toolbox");
    }

    [Fact]
    public async Task Workflow_is_drawn_connected_undone_redone_published_and_run()
    {
        await using var visit = await scene.OpenAsync(DefinitionListPage.Path);
        await new DefinitionListPage(visit).CreateAsync("Drawn");
        var id = new Uri(visit.Page.Url).Segments[^1];
        var editor = await DefinitionEditorPage.SeeAsync(visit, scene, id);
        await editor.DragAsync("Test", "Server Job", 60, 80);
        await editor.DragAsync("Console", "Write Line", 360, 200);
        Assert.Equal("Test.ServerJob", (await editor.ActivityAsync("ServerJob1"))!.Value.GetProperty("type").GetString());

        await editor.ConnectAsync("ServerJob1", "Done", "WriteLine1");
        await HasConnectionsAsync(editor, 1);
        var connection = (await editor.DefinitionAsync()).GetProperty("root").GetProperty("connections")[0];
        Assert.Equal(("Done", "In"), (connection.GetProperty("source").GetProperty("port").GetString(), connection.GetProperty("target").GetProperty("port").GetString()));
        await editor.PressAsync("Control+z");
        await HasConnectionsAsync(editor, 0);
        await editor.PressAsync("Control+y");
        await editor.Connections.First.WaitForAsync(new() { State = Microsoft.Playwright.WaitForSelectorState.Attached });
        await editor.SaveAsync();
        await HasConnectionsAsync(editor, 1);

        await editor.SelectAsync("WriteLine1", "Text");
        await editor.FillAsync("Text", "Drawn by hand");
        await HasInputAsync(editor, "WriteLine1", "text", "Literal", "Drawn by hand");
        await visit.KeepAsync("studio-drawn");
        await editor.PublishAsync();
        await editor.SeesMessageAsync("Workflow published");
        await editor.RunByFormAsync();
        await new InstancePage(visit).HasFactAsync("Sub status", "Finished");
        var written = (await scene.Server.GetAsync($"{StudioScene.Api}/activity-executions/list?WorkflowInstanceId={new Uri(visit.Page.Url).Segments[^1]}")).GetProperty("items").EnumerateArray()
            .Single(execution => execution.GetProperty("activityType").ValueEquals("Elsa.WriteLine"));
        Assert.Equal("Drawn by hand", written.GetProperty("activityState").GetProperty("Text").GetString());
    }

    [Fact]
    public async Task Each_input_is_edited_in_the_editor_that_fits_it()
    {
        await SaveAsync("inputs", One);
        await using var visit = await scene.OpenAsync("/studio/definitions/inputs");
        var editor = await DefinitionEditorPage.SeeAsync(visit, scene, "inputs");
        await editor.SelectAsync("EveryEditor1", "Line");
        await editor.FillAsync("Line", "one line");
        await HasInputAsync(editor, "EveryEditor1", "line", "Literal", "one line");
        await editor.FillAsync("Lines", "two\nlines");
        await HasInputAsync(editor, "EveryEditor1", "lines", "Literal", "two\nlines");
        await editor.Input("Sure").Locator("input[type=checkbox]").CheckAsync(new() { Force = true });
        await HasInputAsync(editor, "EveryEditor1", "sure", "Literal", "True");
        await editor.ChooseInputAsync("Colour", "Green");
        await HasInputAsync(editor, "EveryEditor1", "colour", "Literal", "Green");
        await visit.KeepAsync("studio-inputs");
    }

    [Fact]
    public async Task Day_is_chosen()
    {
        await SaveAsync("day", One);
        await using var visit = await scene.OpenAsync("/studio/definitions/day");
        var editor = await DefinitionEditorPage.SeeAsync(visit, scene, "day");
        await editor.SelectAsync("EveryEditor1", "Line");
        await editor.FillAsync("Day (Date)", "11/30/2026");
        await Eventually.IsAsync("the day", async () =>
            await InputAsync(editor, "EveryEditor1", "day") is ("Literal", var day) && DateTime.TryParse(day, System.Globalization.CultureInfo.InvariantCulture, out var chosen) && chosen.Date == new DateTime(2026, 11, 30, 0, 0, 0, DateTimeKind.Unspecified),
            TimeSpan.FromSeconds(40));
    }

    [Fact]
    public async Task Code_and_JSON_are_written_in_an_editor_for_them_and_the_syntax_is_switched()
    {
        await SaveAsync("code", One);
        await using var visit = await scene.OpenAsync("/studio/definitions/code");
        var editor = await DefinitionEditorPage.SeeAsync(visit, scene, "code");
        await editor.SelectAsync("EveryEditor1", "Line");
        await editor.WriteCodeAsync("Script", "let a = 1");
        await HasInputAsync(editor, "EveryEditor1", "script", "Literal", "let a = 1");
        await editor.WriteCodeAsync("Document", "[1, 2]");
        await HasInputAsync(editor, "EveryEditor1", "document", "Literal", "[1, 2]");
        await visit.KeepAsync("studio-inputs-code");

        await editor.SwitchAsync("Line", "Liquid");
        await editor.WriteCodeAsync("Line", " of a template");
        await Eventually.IsAsync("the template", async () => (await InputAsync(editor, "EveryEditor1", "line")) is ("Liquid", var text) && text.Contains("of a template", StringComparison.Ordinal));
        Assert.Equal("String", (await editor.ActivityAsync("EveryEditor1"))!.Value.GetProperty("line").GetProperty("typeName").GetString());
        await visit.KeepAsync("studio-liquid");

        await editor.SwitchAsync("Line", "JavaScript");
        await editor.WriteCodeAsync("Line", " + getWorkflowI");
        await visit.Page.Keyboard.PressAsync("Control+Space");
        await visit.Page.Locator(".suggest-widget").Filter(new() { HasText = "getWorkflowInstanceName" }).WaitForAsync();
        await visit.KeepAsync("studio-completion");
    }

    [Fact]
    public async Task Workflow_gets_variables_inputs_and_outputs()
    {
        await SaveAsync("values", "[]");
        await using var visit = await scene.OpenAsync("/studio/definitions/values");
        var editor = await DefinitionEditorPage.SeeAsync(visit, scene, "values");
        await editor.TurnToPropertiesAsync("Variables");
        await editor.AddAsync("variable", "Till", "String", "S-0012");
        await editor.TurnToPropertiesAsync("Input/Output");
        await editor.AddAsync("input", "Shop", "String");
        await editor.AddAsync("output", "Turnover", "Int32");
        await visit.KeepAsync("studio-values");
        await Eventually.IsAsync("all three", async () => (await editor.DefinitionAsync()).GetProperty("outputs").GetArrayLength() == 1);
        var definition = await editor.DefinitionAsync();
        Assert.Equal(("Till", "String", "S-0012"), (Text(definition, "variables", "name"), Text(definition, "variables", "typeName"), Text(definition, "variables", "value")));
        Assert.Equal(("Shop", "String"), (Text(definition, "inputs", "name"), Text(definition, "inputs", "type")));
        Assert.Equal(("Turnover", "Int32"), (Text(definition, "outputs", "name"), Text(definition, "outputs", "type")));
    }

    [Fact]
    public async Task Publishing_says_what_is_wrong_and_where()
    {
        await SaveAsync("wrong", """
            [{"id":"W1","type":"Elsa.WriteLine","name":"WriteLine1","version":1,"text":{"typeName":"String","expression":{"type":"JavaScript","value":"1 +"}},"metadata":{"designer":{"position":{"x":100,"y":60}}}}]
            """);
        await using (var visit = await scene.OpenAsync("/studio/definitions/wrong"))
        {
            var editor = await DefinitionEditorPage.SeeAsync(visit, scene, "wrong");
            visit.Expects(400, "/workflow-definitions");
            await editor.PublishAsync();
            await editor.SeesMessageAsync("$.root.activities[0].text.expression.value");
            await visit.KeepAsync("studio-wrong");
            Assert.False((await editor.DefinitionAsync()).GetProperty("isPublished").GetBoolean());
        }
    }

    [Fact]
    public async Task What_may_fail_is_said_of_a_workflow_that_is_published_all_the_same()
    {
        await SaveAsync("doubtful", """
            [{"id":"W1","type":"Elsa.WriteLine","name":"WriteLine1","version":1,"metadata":{"designer":{"position":{"x":100,"y":60}}}},
             {"id":"W2","type":"Elsa.WriteLine","name":"WriteLine2","version":1,"metadata":{"designer":{"position":{"x":100,"y":200}}}}]
            """);
        await using var visit = await scene.OpenAsync("/studio/definitions/doubtful");
        var editor = await DefinitionEditorPage.SeeAsync(visit, scene, "doubtful");
        await editor.PublishAsync();
        await visit.Page.Locator("#notice.warning").Filter(new() { HasText = "W2" }).WaitForAsync();
        await visit.KeepAsync("studio-doubtful");
        Assert.True((await editor.DefinitionAsync()).GetProperty("isPublished").GetBoolean());
    }

    static Task HasConnectionsAsync(DefinitionEditorPage editor, int count) => Eventually.IsAsync($"{count} connections in the definition", async () =>
        (await editor.DefinitionAsync()).GetProperty("root").GetProperty("connections").GetArrayLength() == count);

    static Task HasInputAsync(DefinitionEditorPage editor, string activity, string input, string syntax, string value) => Eventually.IsAsync($"{input} to be the {syntax} '{value}'", async () =>
        await InputAsync(editor, activity, input) is var (itsSyntax, itsValue) && itsSyntax == syntax && itsValue.StartsWith(value, StringComparison.Ordinal));

    static async Task<(string Syntax, string Value)?> InputAsync(DefinitionEditorPage editor, string activity, string input) =>
        (await editor.ActivityAsync(activity))?.GetProperty(input) is { ValueKind: JsonValueKind.Object } filled
            ? (filled.GetProperty("expression").GetProperty("type").GetString()!, filled.GetProperty("expression").GetProperty("value").ToString()) : null;

    static string Text(JsonElement definition, string list, string property) => definition.GetProperty(list)[0].GetProperty(property).ToString();

    async Task SaveAsync(string id, string activities)
    {
        var (status, answer, _) = await scene.Server.SendAsync(HttpMethod.Post, Definitions,
            $$$"""{"model":{"definitionId":"{{{id}}}","name":"{{{id}}}","root":{"id":"Flowchart1","type":"Elsa.Flowchart","version":1,"connections":[],"activities":{{{activities}}} } },"publish":false}""");
        Assert.True((int)status is 200, $"{id} was not saved: {answer}");
    }
}
