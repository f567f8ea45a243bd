using Microsoft.Playwright;

namespace Orchestrator.Tests.Browser.Studio;

/// <summary>The list of instances.</summary>
sealed class InstanceListPage(Visit visit) : StudioPage(visit)
{
    /// <summary>Address.</summary>
    public const string Path = "/studio/instances";

    ILocator Rows => Page.Locator(".instances-table tbody tr");

    ILocator Row(string id) => Rows.Filter(new() { HasText = id });

    /// <summary>Waits until so many are there, as the list says it, such as <c>1-10 of 12</c>.</summary>
    public Task ShowsAsync(string range) => Page.GetByText(range, new() { Exact = true }).WaitForAsync();

    /// <summary>Waits until one has a status.</summary>
    public Task HasStatusAsync(string id, string status) => Row(id).Locator(".mud-chip").GetByText(status, new() { Exact = true }).First.WaitForAsync();

    public Task SearchAsync(string text) => Page.GetByPlaceholder("Search on Id").FillAsync(text);

    /// <summary>Asks again.</summary>
    public Task RefreshAsync() => ChooseAsync(Page.GetByRole(AriaRole.Button, new() { Name = "Actions", Exact = true }), "Refresh");

    /// <summary>Chooses from the menu of a row, and says yes.</summary>
    public async Task DoAsync(string id, string action, string answer)
    {
        await ChooseAsync(Row(id).Locator(".mud-menu button"), action);
        await AnswerAsync(answer);
    }

    /// <summary>Chooses some rows and what to do with them all, and says yes.</summary>
    public async Task DoWithAllAsync(IEnumerable<string> ids, string action, string answer)
    {
        foreach (var id in ids) await Row(id).Locator("input[type=checkbox]").CheckAsync(new() { Force = true });
        await ChooseAsync(Page.GetByText("Bulk actions"), action);
        await AnswerAsync(answer);
    }

    /// <summary>Opens one.</summary>
    public Task OpenAsync(string id) => Row(id).Locator("td").Nth(1).ClickAsync();
}

/// <summary>The viewer of an instance: the journal at the left, the canvas above the activity in the middle, the run's details at the right.</summary>
sealed class InstancePage(Visit visit) : StudioPage(visit)
{
    /// <summary>Its address.</summary>
    public static string Path(string id) => $"/studio/instances/{id}";

    ILocator Toolbar => Page.GetByRole(AriaRole.Toolbar);

    ILocator Node(string activity) => Page.Locator(".x6-node").Filter(new() { HasText = activity });

    ILocator Entries => Page.Locator(".mud-timeline-item");

    ILocator Drawer => Page.Locator(".mud-drawer").Filter(new() { HasText = "Execution Details" });

    /// <summary>Waits until a fact of the run, such as its status, has a value.</summary>
    public Task HasFactAsync(string name, string value) =>
        Page.Locator("tr").Filter(new() { Has = Page.GetByText(name, new() { Exact = true }) }).GetByText(value, new() { Exact = true }).First.WaitForAsync();

    /// <summary>Waits until the badge on an activity is of a colour, such as <c>success</c>, and has a text.</summary>
    public Task HasBadgeAsync(string activity, string colour, string text) =>
        Node(activity).Locator($".mud-badge.mud-theme-{colour}").Filter(new() { HasText = text }).First.WaitForAsync();

    /// <summary>Shows the whole workflow.</summary>
    public Task FitAsync() => Toolbar.Last.Locator("button").First.ClickAsync();

    /// <summary>Shows what is known of an activity.</summary>
    public async Task SelectAsync(string activity, string id)
    {
        await Node(activity).Locator(".activity-content").ClickAsync();
        await HasFactAsync("ID", id);
    }

    /// <summary>Waits until the journal has this entry, such as <c>Server Job - Completed</c>.</summary>
    public Task HasEntryAsync(string activity, string what) => Entry(activity, what).First.WaitForAsync();

    /// <summary>How many entries the journal shows.</summary>
    public Task<int> EntriesAsync() => Entries.CountAsync();

    /// <summary>Lets the journal show what went wrong only, and takes that back.</summary>
    public Task ToggleIncidentsAsync() => Toolbar.First.Locator("button").Nth(2).ClickAsync();

    /// <summary>Waits until the journal has lost this entry.</summary>
    public Task LosesEntryAsync(string activity, string what) => Entry(activity, what).First.WaitForAsync(new() { State = WaitForSelectorState.Detached });

    /// <summary>Opens the execution of the activity that is selected; the drawer at the right then shows it.</summary>
    public async Task OpenExecutionAsync(int number = 1)
    {
        await TurnToAsync("Executions");
        await Page.Locator("tr").Filter(new() { Has = Page.GetByRole(AriaRole.Columnheader).GetByText(number.ToString(System.Globalization.CultureInfo.InvariantCulture), new() { Exact = true }) }).Last.ClickAsync();
        await Drawer.GetByText("Output", new() { Exact = true }).First.WaitForAsync();
    }

    /// <summary>Waits until the drawer says something.</summary>
    public Task DrawerSaysAsync(string text) => Drawer.GetByText(text).First.WaitForAsync();

    /// <summary>Closes the drawer.</summary>
    public async Task CloseDrawerAsync()
    {
        await Drawer.Locator("button").First.ClickAsync();
        await Drawer.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
    }

    /// <summary>Turns to a tab of the run's details, which may be beside those that are seen.</summary>
    public Task TurnToDetailsAsync(string tab) => Page.Locator(".mud-tab").Filter(new() { HasText = tab }).Last.DispatchEventAsync("click");

    /// <summary>An output that the drawer shows.</summary>
    public async Task<string> OutputAsync(string name) =>
        (await Drawer.Locator("tr").Filter(new() { Has = Page.GetByText(name, new() { Exact = true }) }).Locator("td").Nth(1).InnerTextAsync()).Trim();

    ILocator Entry(string activity, string what) => Entries.Filter(new() { HasText = activity }).Filter(new() { HasText = what });
}
