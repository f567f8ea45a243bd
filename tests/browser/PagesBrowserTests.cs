using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Orchestrator.Tests.Integration.Support;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Browser;

public sealed class PagesBrowserTests(PostgresFixture postgres, Chromium chromium)
{
    static readonly Partition October = new(new(2026, 10, 1));

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Failed_run_shows_its_message_and_code_without_a_click_on_a_desk_and_on_a_phone()
    {
        await using var server = await StartAsync();
        server.Work["B1"] = context =>
        {
            context.AddExecutionLogEntry("Asked", "The till was asked for its sales.");
            throw new ActivityFailedException("test.till_closed", "The till of store S-0012 is closed. Open it, then rerun.", isRetryable: true);
        };
        var id = await FinishAsync(server, October);
        foreach (var size in Chromium.Sizes)
        {
            await using var visit = await Visit.StartAsync(chromium, server, size, "/");
            await visit.SeesAsync("The till of store S-0012 is closed.");
            await visit.KeepAsync("runs");
            await visit.ClickAsync(AriaRole.Link, "2026-10");

            var message = visit.Page.GetByRole(AriaRole.Alert).GetByText("The till of store S-0012 is closed. Open it, then rerun.");
            Assert.True(await visit.IsInViewAsync(message.First), "The message is not seen without scrolling.");
            await visit.SeesAsync("test.till_closed");
            Assert.Equal(3, await visit.Page.GetByRole(AriaRole.Alert).GetByRole(AriaRole.Listitem).CountAsync());
            await visit.SeesAsync("Because Server Job B1 failed");
            await visit.KeepAsync("run-failed");

            await visit.ClickAsync(AriaRole.Link, "Server Job B1");
            Assert.EndsWith($"/runs/{id}?activity=B1", visit.Page.Url, StringComparison.Ordinal);
            await visit.SeesHeadingAsync("Log of Server Job B1");
            await visit.SeesAsync("Asked: The till was asked for its sales.");
            Assert.Equal(0, await visit.Page.GetByText("Began: A1 began.").CountAsync());
        }
    }

    [Fact]
    public async Task Attempt_that_failed_before_one_that_succeeded_shows_its_message_and_a_cancelled_run_is_no_alarm()
    {
        await using var server = await StartAsync();
        var attempts = 0;
        server.Work["B1"] = context => ++attempts < 2
            ? throw new ActivityFailedException("test.till_busy", "The till of store S-0012 is busy.", isRetryable: true)
            : Task.CompletedTask;
        server.Work["C1"] = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        var id = await CreateAsync(server, October);
        var runs = server.Services.GetRequiredService<RunStore>();
        await Eventually.IsAsync("the start of C1", async () => (await runs.ListExecutionsAsync(id, Token)).Any(execution => execution is { ActivityId: "C1", StartedAt: not null }));
        await runs.RequestCancelAsync(id, "No longer needed.", Token);
        await Eventually.IsAsync($"the end of run {id}", async () => (await runs.FindAsync(id, Token))!.Status.IsFinal);
        foreach (var size in Chromium.Sizes)
        {
            await using var visit = await Visit.StartAsync(chromium, server, size, $"/runs/{id}");
            await visit.SeesHeadingAsync("The run was cancelled");
            Assert.Equal(0, await visit.Page.GetByRole(AriaRole.Alert).CountAsync());
            var failed = visit.Page.GetByRole(AriaRole.List, new() { Name = "Failed attempts of Server Job B1" });
            Assert.Contains("The till of store S-0012 is busy.", await failed.InnerTextAsync(), StringComparison.Ordinal);
            await visit.KeepAsync("run-cancelled");
            await visit.Page.GotoAsync(new Uri(server.Address, "/").ToString());
            await visit.SeesAsync("No longer needed.");
            Assert.Equal(0, await visit.Page.Locator("td.error.bad").CountAsync());
            await visit.KeepAsync("runs-cancelled");
        }
    }

    [Fact]
    public async Task Login_an_empty_list_and_an_unknown_address_are_pages_that_everybody_can_use()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        await using var open = await ServerHarness.StartAsync(postgres, login: true);
        foreach (var size in Chromium.Sizes)
        {
            await using var visit = await Visit.StartAsync(chromium, server, size, "/");
            await visit.SeesAsync("There are no runs yet.");
            await visit.KeepAsync("runs-empty");
            await visit.Page.GotoAsync(new Uri(server.Address, "/nothing/here").ToString());
            await visit.SeesHeadingAsync("There is nothing here");
            await visit.KeepAsync("nothing-here");
            await visit.ClickAsync(AriaRole.Link, "All runs");
            await visit.SeesHeadingAsync("Runs");
            await using var guest = await Visit.StartAsync(chromium, open, size, "/");
            await guest.SeesHeadingAsync("Log in");
            await guest.KeepAsync("login");
        }
    }

    [Fact]
    public async Task Running_run_is_followed_without_a_reload_and_keeps_the_place()
    {
        await using var server = await StartAsync();
        var release = new TaskCompletionSource();
        server.Work["B1"] = context => release.Task.WaitAsync(context.CancellationToken);
        var id = await CreateAsync(server, October);
        await using var visit = await Visit.StartAsync(chromium, server, Chromium.Sizes[1], $"/runs/{id}");
        await visit.Page.GetByText("Running").First.WaitForAsync();
        await visit.Page.EvaluateAsync("window.kept = true; window.scrollTo(0, 90)");
        release.SetResult();
        await visit.Page.GetByText("See the plan…").WaitForAsync();
        Assert.Equal("true 90", await visit.Page.EvaluateAsync<string>("`${window.kept} ${Math.round(window.scrollY)}`"));
        await visit.KeepAsync("run-succeeded");
    }

    [Fact]
    public async Task Run_is_cancelled_by_its_button()
    {
        await using var server = await StartAsync();
        server.Work["B1"] = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        var id = await CreateAsync(server, October);
        await using var visit = await Visit.StartAsync(chromium, server, Chromium.Sizes[0], $"/runs/{id}");
        await visit.ClickAsync(AriaRole.Button, "Cancel");
        await visit.SeesHeadingAsync("The run was cancelled");
        Assert.Equal(RunStatus.Cancelled, (await server.Services.GetRequiredService<RunStore>().FindAsync(id, Token))!.Status);
    }

    [Fact]
    public async Task Failed_run_is_rerun_by_its_plan_and_only_what_the_plan_says_executes()
    {
        await using var server = await StartAsync();
        var done = new ConcurrentQueue<string>();
        var isBroken = true;
        foreach (var activity in new[] { "A1", "B1", "C1" })
        {
            server.Work[activity] = _ =>
            {
                if (activity == "B1" && isBroken) throw new ActivityFailedException("test.broken", "It broke.", isRetryable: false);
                done.Enqueue(activity);
                return Task.CompletedTask;
            };
        }
        var id = await FinishAsync(server, October);
        (isBroken, done) = (false, new());
        await using var visit = await Visit.StartAsync(chromium, server, Chromium.Sizes[0], $"/runs/{id}");
        await visit.ClickAsync(AriaRole.Button, "See the plan…");
        await visit.SeesHeadingAsync("Rerun monthly for 2026-10");
        Assert.Equal(["Server Job A1 Reused", "Server Job B1 Runs", "Server Job C1 Runs"], await Task.WhenAll(
            (await visit.Page.Locator("tbody tr").AllAsync()).Select(async row => $"{await row.Locator("th").InnerTextAsync()} {await row.Locator("td").First.InnerTextAsync()}")));
        Assert.Empty(done);
        await visit.KeepAsync("plan");

        await visit.ClickAsync(AriaRole.Button, "Rerun for 2026-10");
        await visit.SeesHeadingAsync("Reruns");
        await visit.Page.GetByText("See the plan…").WaitForAsync();
        Assert.Equal(["B1", "C1"], done);
        await visit.SeesAsync($"Result of run {id}");
        await visit.KeepAsync("rerun");
        await visit.ClickAsync(AriaRole.Link, "first run");
        Assert.EndsWith($"/runs/{id}", visit.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_are_filtered_and_paged_by_the_address_and_an_unknown_one_says_so()
    {
        await using var server = await StartAsync();
        var runs = server.Services.GetRequiredService<RunStore>();
        for (var month = 0; month < 60; month++) await CreateAsync(server, new(new DateOnly(2020, 1, 1).AddMonths(month)));
        await Eventually.IsAsync("the end of all runs", async () => (await runs.ListUnfinishedAsync(Token)).Count == 0);
        await using var visit = await Visit.StartAsync(chromium, server, Chromium.Sizes[0], "/");
        Assert.Equal(50, await visit.Page.Locator("tbody tr").CountAsync());
        var seen = await visit.Page.Locator("tbody tr").AllAsync();
        Assert.True(await visit.IsInViewAsync(seen[14]), "Fewer than 15 runs are seen at once.");
        await visit.ClickAsync(AriaRole.Link, "Older");
        await visit.SeesAsync("2020-01");
        Assert.Equal(10, await visit.Page.Locator("tbody tr").CountAsync());

        await visit.Page.GetByLabel("State").SelectOptionAsync("Failed");
        await visit.ClickAsync(AriaRole.Button, "Filter");
        await visit.SeesAsync("No run matches the filter.");
        await visit.Page.GotoAsync(new Uri(server.Address, "/?month=2024-11&state=Succeeded").ToString());
        await visit.SeesAsync("2024-11");
        Assert.Equal(1, await visit.Page.Locator("tbody tr").CountAsync());

        var answer = await visit.Page.GotoAsync(new Uri(server.Address, "/runs/0193aaaa-0000-7000-8000-000000000000").ToString());
        Assert.Equal(404, answer!.Status);
        await visit.SeesHeadingAsync("No such run");
        await visit.ClickAsync(AriaRole.Link, "All runs");
        await visit.SeesHeadingAsync("Runs");
    }

    async Task<ServerHarness> StartAsync()
    {
        var server = await ServerHarness.StartAsync(postgres);
        server.AddWorkflow("monthly", "A1 -> B1", "B1 -> C1");
        server.Work["A1"] = context =>
        {
            context.AddExecutionLogEntry("Began", "A1 began.");
            return Task.CompletedTask;
        };
        return server;
    }

    static async Task<Guid> CreateAsync(ServerHarness server, Partition month) => (await server.Services.GetRequiredService<RunStore>().CreateAsync(
        new(Guid.CreateVersion7(), await server.FindAsync("monthly"), month, new Dictionary<string, JsonElement>()), Token)).Id;

    static async Task<Guid> FinishAsync(ServerHarness server, Partition month)
    {
        var id = await CreateAsync(server, month);
        var runs = server.Services.GetRequiredService<RunStore>();
        await Eventually.IsAsync($"the end of run {id}", async () => (await runs.FindAsync(id, Token))!.Status.IsFinal);
        return id;
    }
}
