using System.Collections.Concurrent;
using Microsoft.Playwright;
using Orchestrator.Tests.Integration;

namespace Orchestrator.Tests.Browser;

/// <summary>Somebody who looks at a server's pages. What the browser complains about, such as something the policy forbids, fails the test.</summary>
sealed class Visit : IAsyncDisposable
{
    readonly ConcurrentQueue<string> complaints = new();

    Visit(IPage page) => Page = page;

    public IPage Page { get; }

    /// <param name="isStudio">Whether it begins in the Studio: that takes its time to start, and every answer has to be a good one.</param>
    public static async Task<Visit> StartAsync(Chromium chromium, ServerHarness server, (int Width, int Height) size, string path, bool isStudio = false)
    {
        var visit = new Visit(await chromium.OpenAsync(size));
        if (isStudio)
        {
            visit.Page.Context.SetDefaultTimeout(90_000);
            visit.Page.Response += (_, response) =>
            {
                if (response.Status >= 400) visit.complaints.Enqueue($"{response.Request.Method} {response.Url} gave {response.Status}");
            };
        }
        visit.Page.Console += (_, message) =>
        {
            // The Studio's canvas warns where activities lie upon each other.
            if ((message.Type is "error" || (message.Type is "warning" && !isStudio)) && !message.Text.Contains("the server responded with a status of 404", StringComparison.Ordinal)) visit.complaints.Enqueue(message.Text);
        };
        visit.Page.PageError += (_, error) => visit.complaints.Enqueue(error);
        visit.Page.Request += (_, request) =>
        {
            if (new Uri(request.Url) is { Scheme: not "blob" } address && address.Authority != server.Address.Authority) visit.complaints.Enqueue($"asked {address}");
        };
        await visit.Page.GotoAsync(new Uri(server.Address, path).ToString());
        return visit;
    }

    public Task SeesAsync(string text) => Page.GetByText(text).First.WaitForAsync();

    public Task SeesHeadingAsync(string text) => Page.GetByRole(AriaRole.Heading, new() { Name = text }).First.WaitForAsync();

    public Task ClickAsync(AriaRole role, string name) => Page.GetByRole(role, new() { Name = name, Exact = true }).First.ClickAsync();

    /// <summary>What is seen without scrolling and without a click.</summary>
    public async Task<bool> IsInViewAsync(ILocator thing) =>
        await thing.BoundingBoxAsync() is { } box && box.Y >= 0 && box.Y + box.Height <= Page.ViewportSize!.Height && box.X >= 0 && box.X + box.Width <= Page.ViewportSize.Width;

    /// <summary>Keeps a picture, to be looked at, and checks that the page fits its width.</summary>
    public async Task KeepAsync(string name)
    {
        var folder = Path.Combine(Repository.Root, "artifacts", "browser");
        await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{Page.ViewportSize!.Width}.png"), FullPage = true });
        Assert.True(await Page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= Page.ViewportSize.Width, $"The page {name} is wider than {Page.ViewportSize.Width} pixels.");
    }

    public async ValueTask DisposeAsync()
    {
        await Page.Context.CloseAsync();
        Assert.True(complaints.IsEmpty, string.Join('\n', complaints));
    }
}
