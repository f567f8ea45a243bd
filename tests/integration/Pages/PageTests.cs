using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Integration.Pages;

/// <summary>What pages promise without a browser; the rest is in the browser's tests.</summary>
public sealed class PageTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/nothing/here", 404, "There is nothing here", "/", "All runs")]
    [InlineData("GET", "/runs/01a22bef-6106-75ea-8f54-8748282338e5/what", 404, "There is nothing here", "/", "All runs")]
    [InlineData("GET", "/?before=yesterday", 400, "That cannot be done", "/", "All runs")]
    [InlineData("GET", "/runs/nonsense/rerun", 400, "That cannot be done", "/", "All runs")]
    [InlineData("DELETE", "/runs/01a22bef-6106-75ea-8f54-8748282338e5/cancel", 405, "That cannot be done", "/runs/01a22bef-6106-75ea-8f54-8748282338e5", "Back to the run")]
    [InlineData("POST", "/runs/01a22bef-6106-75ea-8f54-8748282338e5/cancel", 400, "Nothing was done", "/runs/01a22bef-6106-75ea-8f54-8748282338e5", "Go back")]
    public async Task Refusal_is_a_page_with_a_way_back_for_a_browser_and_a_document_for_a_program(
        string method, string path, int status, string title, string back, string text)
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api);
        using var asked = new HttpRequestMessage(new(method), path);
        asked.Headers.Accept.ParseAdd("text/html,application/xhtml+xml,*/*;q=0.8");
        using var answer = await server.Client.SendAsync(asked, Token);
        var html = await answer.Content.ReadAsStringAsync(Token);
        Assert.Equal((status, "text/html"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains($"<h1>{title}</h1>", html, StringComparison.Ordinal);
        Assert.Contains($"<a href=\"{back}\">{text}</a>", html, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        if (title is "Nothing was done") return;

        using var program = new HttpRequestMessage(new(method), path);
        using var document = await server.Client.SendAsync(program, Token);
        Assert.Equal((status, "application/problem+json"), ((int)document.StatusCode, document.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task Refused_role_is_a_page_with_a_way_back()
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api, login: true);
        await server.AddUserAsync(Orchestrator.Server.Access.AccessRole.Viewer);
        using var browser = new Browser(server.Address);
        using var login = await browser.LogInAsync("viewer");
        using var refused = await browser.PostAsync("/runs/01a22bef-6106-75ea-8f54-8748282338e5/cancel");
        var html = await refused.Content.ReadAsStringAsync(Token);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("<h1>Not allowed</h1>", html, StringComparison.Ordinal);
        Assert.Contains("needs the role operator, but person viewer has viewer", html, StringComparison.Ordinal);
        Assert.Contains("Back to the run</a>", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_that_is_not_ours_changes_nothing_and_no_page_takes_anything_from_elsewhere()
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api);
        server.AddWorkflow("monthly", "A1");
        var runs = server.Services.GetRequiredService<RunStore>();
        var library = server.Services.GetRequiredService<DefinitionLibrary>();
        var run = await runs.CreateAsync(new(Guid.CreateVersion7(), library.Read(library.TextOf("monthly")!), new(new(2026, 10, 1)), new Dictionary<string, System.Text.Json.JsonElement>()), Token);

        foreach (var action in new[] { "cancel", "rerun" })
        {
            using var form = new FormUrlEncodedContent([new("kind", "Whole")]);
            using var refused = await server.Client.PostAsync($"/runs/{run.Id}/{action}", form, Token);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
        Assert.False((await runs.FindAsync(run.Id, Token))!.IsCancelRequested);
        Assert.Single(await runs.ListAsync(new(), Token));

        using var page = await server.Client.GetAsync($"/runs/{run.Id}", Token);
        var html = await page.Content.ReadAsStringAsync(Token);
        Assert.Contains("Waits for a worker since", html, StringComparison.Ordinal);
        Assert.StartsWith("default-src 'none'; style-src 'self'; script-src 'self'", Assert.Single(page.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.DoesNotContain("://", html.Replace("http://www.w3.org/", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("style=", html, StringComparison.Ordinal);
        using var unknown = await server.Client.GetAsync("/runs/nonsense", Token);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("There is no run &#x27;nonsense&#x27;", await unknown.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }
}
