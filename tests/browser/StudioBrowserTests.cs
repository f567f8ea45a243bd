using Microsoft.Playwright;
using Orchestrator.Server.Access;
using Orchestrator.Tests.Integration.Support;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Browser;

/// <summary>The real Elsa Studio in our page. A failed call, an error in the console or a request to somebody else fails each test.</summary>
public sealed class StudioBrowserTests(PostgresFixture postgres, Chromium chromium)
{
    [Fact]
    public async Task Runs_are_listed_on_a_desk_and_on_a_phone_and_one_opens_by_a_click()
    {
        await using var server = await StartAsync();
        var id = await ExecuteAsync(server, "2026-10");
        foreach (var size in Chromium.Sizes)
        {
            await using var visit = await Visit.StartAsync(chromium, server, size, "/studio/instances", isStudio: true);
            await visit.Page.GetByText(id).First.WaitForAsync();
            await visit.KeepAsync("studio-instances");
            await visit.Page.GetByText(id).First.ClickAsync();
            await visit.Page.WaitForURLAsync($"**/studio/instances/{id}");
            await visit.SeesAsync("Sub status");
            await visit.Page.GetByText("Started").First.WaitForAsync();
            await visit.KeepAsync("studio-instance");
            Assert.Equal($"/runs/{id}", await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Attempts, log, lineage, rerun" }).GetAttributeAsync("href"));
            await visit.Page.GoBackAsync();
            await visit.Page.WaitForURLAsync("**/studio/instances*");
            await visit.SeesAsync("Rows Per Page");
        }
    }

    [Fact]
    public async Task Running_run_is_followed_live_until_it_has_ended()
    {
        await using var server = await StartAsync();
        var release = new TaskCompletionSource();
        server.Work["B1"] = context => release.Task.WaitAsync(context.CancellationToken);
        var id = await ExecuteAsync(server, "2026-10");
        await using var visit = await Visit.StartAsync(chromium, server, Chromium.Sizes[0], $"/studio/instances/{id}", isStudio: true);
        var status = visit.Page.Locator("tr, .mud-table-row, div").Filter(new() { HasText = "Sub status" }).Last;
        await visit.SeesAsync("Executing");
        await visit.Page.EvaluateAsync("window.kept = true");
        await visit.KeepAsync("studio-running");
        release.SetResult();
        await visit.Page.GetByText("Executing", new() { Exact = true }).First.WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await status.GetByText("Finished").First.WaitForAsync();
        Assert.True(await visit.Page.EvaluateAsync<bool>("window.kept"), "The page was loaded again.");
        await visit.KeepAsync("studio-finished");
    }

    [Fact]
    public async Task Failed_run_shows_its_incident_with_message()
    {
        await using var server = await StartAsync();
        server.Work["B1"] = _ => throw new ActivityFailedException("test.till_closed", "The till of store S-0012 is closed.", isRetryable: false);
        var id = await ExecuteAsync(server, "2026-10");
        await using var visit = await Visit.StartAsync(chromium, server, Chromium.Sizes[0], $"/studio/instances/{id}", isStudio: true);
        await visit.SeesAsync("Faulted");
        await visit.Page.Locator(".mud-tab").Filter(new() { HasText = "Incidents" }).First.ClickAsync();
        // The state of the whole run, on the tab before, has the message as well.
        await visit.Page.GetByText("Sub status").First.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await visit.SeesAsync("The till of store S-0012 is closed.");
        await visit.KeepAsync("studio-incident");
    }

    [Fact]
    public async Task Workflow_that_works_on_a_month_is_not_run_before_the_month_is_chosen()
    {
        await using var server = await StartAsync();
        server.AddDefinition("monthly", RuntimeHarness.FlowchartOf("Test.MonthJob", "A1 -> B1").Replace("\"definitionId\":\"test\"", "\"definitionId\":\"monthly\"", StringComparison.Ordinal));
        await using var visit = await Visit.StartAsync(chromium, server, Chromium.Sizes[0], "/studio/definitions", isStudio: true);
        await visit.Page.GetByText("monthly", new() { Exact = true }).First.ClickAsync();
        await visit.Page.WaitForURLAsync("**/studio/definitions/monthly");
        await visit.SeesAsync("Auto-save");
        await visit.Page.Locator(".x6-node").First.WaitForAsync();
        await visit.KeepAsync("studio-editor");
        visit.Expects(400, "/execute");
        await visit.Page.Locator(".mud-icon-button.mud-success-text, button:has(.mud-success-text)").First.ClickAsync();
        await visit.SeesAsync("Nothing was started. Test works on a month, and Run cannot ask for one.");
        await visit.SeesAsync("The workflow cannot be started");
        Assert.Equal(0, await visit.Page.GetByText("Successfully started workflow").CountAsync());
        await visit.KeepAsync("studio-run-asks");
        await visit.Page.ReloadAsync();
        await visit.SeesAsync("Auto-save");
        await visit.ClickAsync(AriaRole.Link, "Run for a month…");
        await visit.SeesHeadingAsync("Run Test for a month");
        await visit.Page.GetByLabel("Month").FillAsync("2026-09");
        await visit.KeepAsync("studio-run-form");
        await visit.ClickAsync(AriaRole.Button, "Run for the month");
        await visit.Page.WaitForURLAsync("**/runs/*");
        await visit.SeesHeadingAsync("2026-09");
    }

    [Fact]
    public async Task Person_logs_in_works_in_the_studio_and_is_told_when_the_login_has_ended()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);
        await server.AddUserAsync(AccessRole.Author);
        await using var visit = await Visit.StartAsync(chromium, server, Chromium.Sizes[0], "/studio/definitions");
        visit.Page.Context.SetDefaultTimeout(90_000);
        await visit.Page.GetByLabel("User").FillAsync("author");
        await visit.Page.GetByLabel("Password").FillAsync(AccessScene.Password);
        await visit.ClickAsync(AriaRole.Button, "Log in");
        await visit.SeesAsync("Rows Per Page");
        Assert.EndsWith("/studio/definitions", new Uri(visit.Page.Url).AbsolutePath, StringComparison.Ordinal);
        Assert.DoesNotContain("studio_", visit.Page.Url, StringComparison.Ordinal);
    }

    async Task<ServerHarness> StartAsync()
    {
        var server = await ServerHarness.StartAsync(postgres);
        server.AddWorkflow("monthly", "A1 -> B1", "B1 -> C1");
        return server;
    }

    static async Task<string> ExecuteAsync(ServerHarness server, string month)
    {
        var (_, answer, headers) = await server.SendAsync(HttpMethod.Post, "/elsa/api/workflow-definitions/monthly/execute", new { input = new { partition = month } });
        Assert.True(headers.TryGetValues("x-elsa-workflow-instance-id", out var ids), $"Nothing was started: {answer}");
        return ids.Single();
    }
}
