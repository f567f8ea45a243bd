using System.Collections.Concurrent;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Orchestrator.Tests.Integration.Support;

namespace Orchestrator.Tests.Browser;

/// <summary>Somebody who looks at a server's pages. What the browser complains about, such as something the policy forbids, fails the test.</summary>
sealed class Visit : IAsyncDisposable
{
    readonly ConcurrentQueue<string> complaints = new();
    readonly ConcurrentQueue<string> refusals = new();
    readonly ConcurrentBag<string> seen = [];
    readonly bool ownsContext;
    bool isStudio;

    Visit(IPage page, bool ownsContext) => (Page, this.ownsContext) = (page, ownsContext);

    public IPage Page { get; }

    /// <param name="isStudio">Whether it begins in the Studio: that takes its time to start, and every answer has to be a good one.</param>
    public static async Task<Visit> StartAsync(Chromium chromium, ServerHarness server, (int Width, int Height) size, string path, bool isStudio = false)
    {
        var visit = new Visit(await chromium.OpenAsync(size), ownsContext: true);
        await visit.GoAsync(server, path, isStudio);
        return visit;
    }

    /// <summary>Somebody who has been in the Studio before: its files are there already.</summary>
    public static async Task<Visit> StartAsync(IBrowserContext before, ServerHarness server, string path)
    {
        var visit = new Visit(await before.NewPageAsync(), ownsContext: false);
        await visit.GoAsync(server, path, isStudio: true);
        return visit;
    }

    /// <summary>An answer that the story is about, such as that something cannot be published: no complaint, but it must come.</summary>
    public void Expects(int status, string pathEnd) => refusals.Enqueue($"{status} {pathEnd}");

    async Task GoAsync(ServerHarness server, string path, bool isStudio)
    {
        this.isStudio = isStudio;
        if (isStudio)
        {
            Page.Context.SetDefaultTimeout(90_000);
            Page.Response += (_, response) =>
            {
                if (response.Status >= 400 && !IsExpected(response)) complaints.Enqueue($"{response.Request.Method} {response.Url} gave {response.Status}");
            };
        }
        Page.Console += (_, message) =>
        {
            // The Studio's canvas warns where activities lie upon each other.
            if ((message.Type is "error" || (message.Type is "warning" && !isStudio)) && !IsAnnounced(message.Text)) complaints.Enqueue(message.Text);
        };
        Page.PageError += (_, error) => complaints.Enqueue(error);
        Page.Request += (_, request) =>
        {
            if (new Uri(request.Url) is { Scheme: not "blob" } address && address.Authority != server.Address.Authority) complaints.Enqueue($"asked {address}");
        };
        await Page.GotoAsync(new Uri(server.Address, path).ToString());
    }

    // Chromium writes each refusal to the console as well; the answers themselves are looked at where it is the Studio's.
    bool IsAnnounced(string text) =>
        text.Contains("the server responded with a status of 404", StringComparison.Ordinal) || refusals.Any(refusal => text.Contains($"the server responded with a status of {refusal[..3]}", StringComparison.Ordinal));

    bool IsExpected(IResponse response)
    {
        if (refusals.FirstOrDefault(refusal => $"{response.Status} {new Uri(response.Url).AbsolutePath}".EndsWith(refusal[4..], StringComparison.Ordinal)
            && refusal.StartsWith($"{response.Status} ", StringComparison.Ordinal)) is not { } expected) return false;
        seen.Add(expected);
        return true;
    }

    public Task SeesAsync(string text) => Page.GetByText(text).First.WaitForAsync();

    public Task SeesHeadingAsync(string text) => Page.GetByRole(AriaRole.Heading, new() { Name = text }).First.WaitForAsync();

    public Task ClickAsync(AriaRole role, string name) => Page.GetByRole(role, new() { Name = name, Exact = true }).First.ClickAsync();

    /// <summary>What is seen without scrolling and without a click.</summary>
    public async Task<bool> IsInViewAsync(ILocator thing) =>
        await thing.BoundingBoxAsync() is { } box && box.Y >= 0 && box.Y + box.Height <= Page.ViewportSize!.Height && box.X >= 0 && box.X + box.Width <= Page.ViewportSize.Width;

    /// <summary>Keeps a picture, to be looked at, and checks that the page fits its width and that people with disabilities can use it, in light and dark.</summary>
    public async Task KeepAsync(string name)
    {
        // The Studio's own markup is not ours. What is looked for does not depend on the size.
        var isLookedAt = !isStudio && Page.ViewportSize!.Width == Chromium.Sizes[0].Width;
        foreach (var scheme in isLookedAt ? new[] { ColorScheme.Dark, ColorScheme.Light } : [])
        {
            await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            var violations = (await Page.RunAxe()).Violations.SelectMany(rule => rule.Nodes, (rule, node) => $"{name}, {scheme}: {rule.Help}: {node.Html}").ToList();
            Assert.True(violations.Count == 0, string.Join('\n', violations));
        }
        var folder = Path.Combine(Repository.Root, "artifacts", "browser");
        await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{Page.ViewportSize!.Width}.png"), FullPage = true });
        Assert.True(await Page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= Page.ViewportSize.Width, $"The page {name} is wider than {Page.ViewportSize.Width} pixels.");
    }

    public async ValueTask DisposeAsync()
    {
        if (ownsContext) await Page.Context.CloseAsync();
        else await Page.CloseAsync();
        Assert.Empty(refusals.Except(seen));
        Assert.True(complaints.IsEmpty, string.Join('\n', complaints));
    }
}
