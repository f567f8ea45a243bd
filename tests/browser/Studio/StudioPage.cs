using System.Text.Json;
using Microsoft.Playwright;

namespace Orchestrator.Tests.Browser.Studio;

/// <summary>What all pages of the Studio have: menus, dialogs, fields and messages.</summary>
abstract class StudioPage(Visit visit)
{
    /// <summary>The browser's page.</summary>
    protected IPage Page => visit.Page;

    /// <summary>A menu or a list that is open.</summary>
    protected ILocator Open => Page.Locator(".mud-popover-open").Last;

    /// <summary>A dialog that is open.</summary>
    protected ILocator Dialog => Page.Locator(".mud-dialog");

    /// <summary>Chooses from a menu.</summary>
    protected async Task ChooseAsync(ILocator menu, string item)
    {
        await menu.ClickAsync();
        await Open.GetByText(item, new() { Exact = true }).ClickAsync();
    }

    /// <summary>Chooses from a drop-down.</summary>
    protected async Task ChooseValueAsync(ILocator field, string value)
    {
        await field.ClickAsync();
        await Open.GetByText(value, new() { Exact = true }).First.ClickAsync();
    }

    /// <summary>Answers the question that is asked.</summary>
    protected async Task AnswerAsync(string button)
    {
        await Dialog.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        await Dialog.WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    /// <summary>A field by its label, in a form or in a dialog.</summary>
    protected static ILocator Field(ILocator within, string label) =>
        within.Locator(".mud-input-control").Filter(new() { Has = within.Page.Locator("label").GetByText(label, new() { Exact = true }) }).First;

    /// <summary>Turns to a tab.</summary>
    public Task TurnToAsync(string tab) => Page.Locator(".mud-tab").Filter(new() { HasText = tab }).First.ClickAsync();

    /// <summary>Waits for a message of the Studio.</summary>
    public Task SeesMessageAsync(string text) => Page.Locator(".mud-snackbar").GetByText(text).First.WaitForAsync();

    /// <summary>Waits for a notice of our frame.</summary>
    public Task SeesNoticeAsync(string text) => Page.Locator("#notice:not([hidden])").GetByText(text).First.WaitForAsync();

    /// <summary>Does something, and waits for the answer of the server to what follows from it.</summary>
    /// <returns>The document of the answer; an undefined element if it has none, or if the page went elsewhere, so that the browser dropped it.</returns>
    protected async Task<JsonElement> AnsweredAsync(string method, string pathEnd, Func<Task> act)
    {
        var answer = await Page.RunAndWaitForResponseAsync(act, answer =>
            answer.Request.Method == method && new Uri(answer.Url).AbsolutePath.EndsWith(pathEnd, StringComparison.Ordinal));
        try
        {
            var text = await answer.TextAsync();
            return text.StartsWith('{') ? JsonElement.Parse(text) : default;
        }
        catch (PlaywrightException dropped) when (dropped.Message.Contains("navigated away", StringComparison.Ordinal))
        {
            return default;
        }
    }
}
