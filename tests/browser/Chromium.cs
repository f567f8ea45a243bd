using Microsoft.Playwright;
using Orchestrator.Tests.Integration.Support;

[assembly: AssemblyFixture(typeof(PostgresFixture))]
[assembly: AssemblyFixture(typeof(Orchestrator.Tests.Browser.Chromium))]

namespace Orchestrator.Tests.Browser;

/// <summary>
/// One headless Chromium for all tests: that of <c>ORCHESTRATOR_CHROMIUM</c>, else <c>/usr/bin/chromium</c>. Without one the tests are skipped,
/// and fail when <c>CI=true</c>.
/// </summary>
public sealed class Chromium : IAsyncDisposable
{
    /// <summary>Both sizes that pages are made for.</summary>
    public static readonly (int Width, int Height)[] Sizes = [(1440, 900), (390, 844)];

    IPlaywright? playwright;
    IBrowser? browser;

    /// <summary>An empty browser, as somebody who was never here has it.</summary>
    public async Task<IPage> OpenAsync((int Width, int Height) size)
    {
        var program = Environment.GetEnvironmentVariable("ORCHESTRATOR_CHROMIUM") ?? "/usr/bin/chromium";
        if (!File.Exists(program)) RequiredServer.Missing($"'{program}' is not there; install Debian's chromium, or name another in ORCHESTRATOR_CHROMIUM.");
        playwright ??= await Playwright.CreateAsync();
        browser ??= await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = program,
            Headless = true,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = size.Width, Height = size.Height }, Locale = "en-US" });
        context.SetDefaultTimeout(60_000);
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
    }
}
