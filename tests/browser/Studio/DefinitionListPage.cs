using Microsoft.Playwright;
using Orchestrator.Tests.Integration.Support;

namespace Orchestrator.Tests.Browser.Studio;

/// <summary>The list of definitions.</summary>
sealed class DefinitionListPage(Visit visit) : StudioPage(visit)
{
    /// <summary>Address.</summary>
    public const string Path = "/studio/definitions";

    ILocator Rows => Page.Locator(".definitions-table tbody tr");

    ILocator Row(string id) => Rows.Filter(new() { Has = Page.Locator("td[data-label=ID]").GetByText(id, new() { Exact = true }) });

    // Each choice of files brings a new element.
    ILocator Files => Page.Locator("#workflow-file-upload-button-wrapper input[type=file]").Last;

    /// <summary>Waits until so many are there, as the list says it, such as <c>1-10 of 12</c>.</summary>
    public Task ShowsAsync(string range) => Page.GetByText(range, new() { Exact = true }).WaitForAsync();

    /// <summary>Waits until it has these definitions, in their order: its foot and its address are ahead of its rows.</summary>
    public Task HasIdsAsync(params string[] ids) => Eventually.IsAsync($"the list to be {string.Join(", ", ids)}", async () =>
        (await Rows.Locator("[data-label=ID]").AllInnerTextsAsync()).Select(text => text.Trim()).SequenceEqual(ids));

    /// <summary>Waits until a row has these versions.</summary>
    /// <param name="published"><c>-</c> for none.</param>
    public Task HasVersionsAsync(string id, string latest, string published) => Row(id)
        .Filter(new() { Has = Page.Locator("[data-label='Latest version']").GetByText(latest, new() { Exact = true }) })
        .Filter(new() { Has = Page.Locator("[data-label='Published version']").GetByText(published, new() { Exact = true }) }).WaitForAsync();

    /// <summary>Waits until it is gone.</summary>
    public Task LosesAsync(string id) => Row(id).WaitForAsync(new() { State = WaitForSelectorState.Detached });

    public Task SearchAsync(string text) => Page.GetByPlaceholder("Search on Id").FillAsync(text);

    /// <summary>Sorts by a column; once more the other way.</summary>
    public Task SortAsync(string column, string direction) => Page.RunAndWaitForResponseAsync(
        () => Page.Locator("th .mud-table-sort-label").GetByText(column, new() { Exact = true }).ClickAsync(),
        answer => answer.Url.Contains($"OrderBy={column}&OrderDirection={direction}", StringComparison.Ordinal));

    /// <summary>Turns to the next page; again where the list, which keeps its page in the address, had not come to rest.</summary>
    public Task NextAsync(string range) => Eventually.IsAsync(range, async () =>
    {
        var next = Page.GetByRole(AriaRole.Button, new() { Name = "Next page" });
        if (await next.IsEnabledAsync()) await next.ClickAsync();
        try
        {
            await Page.GetByText(range, new() { Exact = true }).WaitForAsync(new() { Timeout = 10_000 });
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    });

    /// <summary>Chooses from the menu of a row.</summary>
    public Task DoAsync(string id, string action) => ChooseAsync(Row(id).Locator(".mud-menu button"), action);

    /// <summary>Chooses from the menu of a row, and says yes.</summary>
    public async Task DoAsync(string id, string action, string answer)
    {
        await DoAsync(id, action);
        await AnswerAsync(answer);
    }

    /// <summary>Chooses some rows and what to do with them all.</summary>
    public async Task DoWithAllAsync(IEnumerable<string> ids, string action)
    {
        foreach (var id in ids) await Row(id).Locator("input[type=checkbox]").CheckAsync(new() { Force = true });
        await ChooseAsync(Page.GetByText("Bulk actions"), action);
    }

    /// <summary>Says yes.</summary>
    public Task ConfirmAsync(string answer) => AnswerAsync(answer);

    /// <summary>Chooses files from the disk.</summary>
    public Task ImportAsync(params string[] files) => Files.SetInputFilesAsync(files);

    /// <summary>Saves what is offered, after the question for consumers.</summary>
    /// <returns>Its proposed name and where it is.</returns>
    public async Task<(string Name, string Path)> DownloadAsync()
    {
        var file = await Page.RunAndWaitForDownloadAsync(() => AnswerAsync("Export"));
        return (file.SuggestedFilename, await file.PathAsync());
    }

    /// <summary>Makes a new one, which the editor opens.</summary>
    public async Task CreateAsync(string name)
    {
        await Page.GetByRole(AriaRole.Button, new() { Name = "Create workflow" }).ClickAsync();
        await Field(Dialog, "Name").Locator("input").FillAsync(name);
        await Dialog.GetByRole(AriaRole.Button, new() { Name = "Ok" }).ClickAsync();
        await Page.WaitForURLAsync(address => address.Contains("/studio/definitions/", StringComparison.Ordinal));
    }
}
