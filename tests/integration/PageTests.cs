using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Integration;

/// <summary>What pages promise without a browser; the rest is in the browser's tests.</summary>
public sealed class PageTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_form_that_is_not_ours_changes_nothing_and_no_page_takes_anything_from_elsewhere()
    {
        await using var server = await ServerHarness.StartAsync(postgres, Orchestrator.Server.Hosting.ServerRoles.Api);
        server.AddWorkflow("monthly", "A1");
        var runs = server.Services.GetRequiredService<RunStore>();
        var library = server.Services.GetRequiredService<Orchestrator.Server.Hosting.DefinitionLibrary>();
        var run = await runs.CreateAsync(new(Guid.CreateVersion7(), library.Read(library.TextOf("monthly")!), new(new(2026, 10, 1)), new Dictionary<string, System.Text.Json.JsonElement>()), Token);

        foreach (var action in new[] { "cancel", "rerun" })
        {
            using var form = new FormUrlEncodedContent([new("kind", "Whole")]);
            using var refused = await server.Client.PostAsync($"/runs/{run.Id}/{action}", form, Token);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
        Assert.False((await runs.FindAsync(run.Id, Token))!.IsCancelRequested);
        Assert.Single(await runs.ListAsync(new RunFilter(), Token));

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
