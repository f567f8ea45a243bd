using System.Text.Json;
using Microsoft.Playwright;

namespace Orchestrator.Tests.Browser.Studio;

/// <summary>An activity of the toolbox as a person sees it.</summary>
/// <param name="Colour">Of its left border, as CSS.</param>
sealed record Tool(string Category, string Name, string Colour, bool HasIcon);

/// <summary>The editor: the toolbox at the left, the canvas above the inputs in the middle, the workflow's properties at the right.</summary>
sealed class DefinitionEditorPage : StudioPage
{
    readonly StudioScene scene;
    readonly string id;

    DefinitionEditorPage(Visit visit, StudioScene scene, string id) : base(visit) => (this.scene, this.id) = (scene, id);

    ILocator Canvas => Page.Locator(".x6-graph").First;

    ILocator Toolbar => Page.GetByRole(AriaRole.Toolbar).First;

    ILocator Inputs => Page.Locator(".mud-form").First;

    /// <summary>Waits until the editor of a definition is there.</summary>
    public static async Task<DefinitionEditorPage> SeeAsync(Visit visit, StudioScene scene, string id)
    {
        await visit.Page.GetByText("Auto-save").First.WaitForAsync();
        await visit.Page.Locator(".x6-graph").First.WaitForAsync();
        return new(visit, scene, id);
    }

    /// <summary>The definition that the server has.</summary>
    public Task<JsonElement> DefinitionAsync() => scene.Server.GetAsync($"{StudioScene.Api}/workflow-definitions/by-definition-id/{id}?versionOptions=Latest");

    /// <summary>An activity that the server has, by its name.</summary>
    public async Task<JsonElement?> ActivityAsync(string name)
    {
        foreach (var activity in (await DefinitionAsync()).GetProperty("root").GetProperty("activities").EnumerateArray())
            if (activity.TryGetProperty("name", out var its) && its.ValueEquals(name)) return activity;
        return null;
    }

    /// <summary>All of the toolbox.</summary>
    public async Task<IReadOnlyList<Tool>> ToolsAsync()
    {
        var tools = new List<Tool>();
        foreach (var panel in await Page.Locator(".mud-expand-panel").AllAsync())
        {
            var category = (await panel.Locator(".mud-expand-panel-text").InnerTextAsync()).Trim();
            foreach (var tool in await panel.Locator("[draggable=true]").AllAsync())
                tools.Add(new(category, (await tool.TextContentAsync())!.Trim(), await tool.EvaluateAsync<string>("tool => getComputedStyle(tool).borderLeftColor"), await tool.Locator("svg path, svg line").CountAsync() > 0));
        }
        return tools;
    }

    /// <summary>Opens a category of the toolbox, which closes the others.</summary>
    public async Task OpenCategoryAsync(string category)
    {
        var panel = Page.Locator(".mud-expand-panel").Filter(new() { Has = Page.Locator(".mud-expand-panel-text").GetByText(category, new() { Exact = true }) });
        if (!((await panel.GetAttributeAsync("class"))?.Contains("mud-panel-expanded", StringComparison.Ordinal) ?? false)) await panel.Locator(".mud-expand-panel-header").ClickAsync();
    }

    /// <summary>Points at an activity of the toolbox, and reads what is said of it.</summary>
    public async Task<string> DescriptionOfAsync(string name)
    {
        await Tool(name).HoverAsync();
        var said = Page.Locator(".mud-tooltip.mud-popover-open").Last;
        await said.WaitForAsync();
        return (await said.InnerTextAsync()).Trim();
    }

    /// <summary>Drags an activity from the toolbox onto the canvas.</summary>
    public async Task DragAsync(string category, string name, float x, float y)
    {
        await OpenCategoryAsync(category);
        await Tool(name).ScrollIntoViewIfNeededAsync();
        await AnsweredAsync("POST", "/workflow-definitions", () => Tool(name).DragToAsync(Canvas, new() { TargetPosition = new() { X = x, Y = y } }));
    }

    /// <summary>Draws a connection between two activities.</summary>
    public async Task ConnectAsync(string from, string port, string to)
    {
        var (start, end) = (await CentreAsync(Port(from, port)), await CentreAsync(Port(to, "In")));
        await Page.Mouse.MoveAsync(start.X, start.Y);
        await Page.Mouse.DownAsync();
        await Page.Mouse.MoveAsync(end.X - 30, end.Y - 20, new() { Steps = 5 });
        await Page.Mouse.MoveAsync(end.X, end.Y, new() { Steps = 5 });
        await Page.Mouse.UpAsync();
    }

    /// <summary>Connections on the canvas.</summary>
    public ILocator Connections => Page.Locator(".x6-edge");

    /// <summary>Presses a key where the canvas has the keyboard.</summary>
    public async Task PressAsync(string keys)
    {
        await Canvas.ClickAsync(new() { Position = new() { X = 600, Y = 15 } });
        await Page.Keyboard.PressAsync(keys);
    }

    /// <summary>Shows the inputs of an activity.</summary>
    public async Task SelectAsync(string name, string firstInput)
    {
        await Page.Locator(".x6-node").Filter(new() { HasText = name }).Locator(".activity-content").ClickAsync();
        await Input(firstInput).WaitForAsync();
    }

    /// <summary>An input of the activity that is selected.</summary>
    public ILocator Input(string label) => Field(Inputs, label);

    /// <summary>Writes into an input and leaves it.</summary>
    public async Task FillAsync(string label, string text)
    {
        var field = Input(label).Locator("input, textarea").First;
        await field.FillAsync(text);
        await field.PressAsync("Tab");
    }

    /// <summary>Writes into the code editor of an input.</summary>
    public async Task WriteCodeAsync(string label, string code)
    {
        var editor = Input(label).Locator(".monaco-editor").First;
        await editor.ScrollIntoViewIfNeededAsync();
        await editor.Locator(".view-lines").ClickAsync();
        await Page.Keyboard.TypeAsync(code);
    }

    /// <summary>Chooses from the drop-down of an input.</summary>
    public Task ChooseInputAsync(string label, string value) => ChooseValueAsync(Input(label), value);

    /// <summary>Switches an input to another syntax.</summary>
    public Task SwitchAsync(string label, string syntax) =>
        ChooseAsync(Input(label).Locator("xpath=ancestor::div[contains(@class, 'flex-row')][1]//div[@class = 'mud-menu']//button"), syntax);

    /// <summary>Saves by the button.</summary>
    /// <returns>What the server answered.</returns>
    public Task<JsonElement> SaveAsync() => AnsweredAsync("POST", "/workflow-definitions", () => Toolbar.Locator(".mud-badge-root button").ClickAsync());

    /// <summary>Publishes by the button.</summary>
    /// <returns>What the server answered.</returns>
    public Task<JsonElement> PublishAsync() => AnsweredAsync("POST", "/workflow-definitions", () => Toolbar.Locator(".mud-button-group-root button").First.ClickAsync());

    /// <summary>Presses the button that runs it.</summary>
    public Task PressRunAsync() => Toolbar.Locator("button.mud-success-text").ClickAsync();

    /// <summary>Runs it by our form, as it is filled in, and opens the run in the Studio.</summary>
    /// <param name="inputs">Input name → text.</param>
    /// <returns>The run's id.</returns>
    public async Task<string> RunByFormAsync(params (string Name, string Text)[] inputs)
    {
        await Page.GetByRole(AriaRole.Link, new() { Name = "Run for a month…" }).First.ClickAsync();
        foreach (var (name, text) in inputs) await Page.Locator($"[name='input.{name}']").FillAsync(text);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Run" }).ClickAsync();
        await Page.WaitForURLAsync("**/runs/*");
        var run = new Uri(Page.Url).Segments[^1];
        await Page.GotoAsync(new Uri(new Uri(Page.Url), InstancePage.Path(run)).ToString());
        return run;
    }

    /// <summary>What the picker of an input has chosen.</summary>
    public async Task<string> ChosenAsync(string label) => await Input(label).Locator("input").First.InputValueAsync();

    /// <summary>Shows the whole workflow.</summary>
    public Task FitAsync() => Toolbar.Locator("button").First.ClickAsync();

    /// <summary>Turns to a tab of the workflow's properties, which may be beside those that are seen.</summary>
    public Task TurnToPropertiesAsync(string tab) => Page.Locator(".mud-tab").Filter(new() { HasText = tab }).First.DispatchEventAsync("click");

    /// <summary>Fills the dialog of a new variable, input or output.</summary>
    public async Task AddAsync(string what, string name, string type, string? initial = null)
    {
        await Page.GetByRole(AriaRole.Button, new() { Name = $"Add {what}" }).ClickAsync();
        // The dialog proposes a name once it knows the types, whatever was typed before.
        var field = Field(Dialog, "Name").Locator("input");
        await Assertions.Expect(field).Not.ToHaveValueAsync("", new() { Timeout = 90_000 });
        await field.FillAsync(name);
        await ChooseValueAsync(Field(Dialog, "Type"), type);
        if (initial is not null) await Field(Dialog, "Default value").Locator("input").FillAsync(initial);
        await AnswerAsync("Ok");
        await Page.GetByRole(AriaRole.Cell, new() { Name = name, Exact = true }).WaitForAsync();
    }

    /// <summary>The version history, newest first: number and whether it is published.</summary>
    public async Task<IReadOnlyList<(string Version, bool IsPublished)>> VersionsAsync()
    {
        var versions = new List<(string, bool)>();
        foreach (var row in await Versions.AllAsync())
            versions.Add(((await row.Locator("td").Nth(2).InnerTextAsync()).Trim(), await row.Locator("td").Nth(1).Locator("svg").CountAsync() > 0));
        return versions;
    }

    /// <summary>Waits until there are so many versions.</summary>
    public Task HasVersionsAsync(int count) => Versions.Nth(count - 1).WaitForAsync();

    /// <summary>Chooses from the menu of a version.</summary>
    public Task DoWithVersionAsync(string version, string action) => ChooseAsync(
        Versions.Filter(new() { Has = Page.GetByRole(AriaRole.Cell, new() { Name = version, Exact = true }) }).Locator(".mud-menu button"), action);

    ILocator Versions => Page.Locator("tbody tr").Filter(new() { Has = Page.Locator("input[type=checkbox]") });

    ILocator Tool(string name) => Page.Locator("[draggable=true]").GetByText(name, new() { Exact = true });

    ILocator Port(string activity, string port) => Page.Locator(".x6-node").Filter(new() { HasText = activity }).Locator($"[port='{port}'] .elsa-designer-port-hit-area");

    static async Task<(float X, float Y)> CentreAsync(ILocator thing)
    {
        var box = (await thing.BoundingBoxAsync())!;
        return (box.X + (box.Width / 2), box.Y + (box.Height / 2));
    }
}
