using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Orchestrator.Server.Composition;
using Orchestrator.Tests.Integration.Support;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Control;

namespace Orchestrator.Tests.Browser.Studio;

/// <summary>One server and one browser for the stories of a class. Whoever opens the Studio again has its files already, as people do.</summary>
public class StudioScene(PostgresFixture postgres, Chromium chromium) : IAsyncLifetime
{
    /// <summary>A desk.</summary>
    public static readonly (int Width, int Height) Desk = Chromium.Sizes[0];

    /// <summary>A phone.</summary>
    public static readonly (int Width, int Height) Phone = Chromium.Sizes[1];

    /// <summary>Address of the API that the Studio asks.</summary>
    public const string Api = "/elsa/api";

    readonly Dictionary<(int Width, int Height), IBrowserContext> contexts = [];

    /// <summary>The server.</summary>
    public ServerHarness Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await StartAsync(postgres);

    /// <summary>Starts the server: here with activities of the tests.</summary>
    protected virtual Task<ServerHarness> StartAsync(PostgresFixture database) => ServerHarness.StartAsync(database, workers: 8, services: all =>
    {
        var registry = ControlActivities.NewRegistry().Add<ServerJob>().Add<EveryEditor>();
        all.AddSingleton(registry).AddSingleton(provider => new DefinitionLibrary(registry, Path.Combine(provider.GetRequiredService<ServerHarness>().Folder, "definitions")));
    });

    /// <summary>Opens a page of the Studio.</summary>
    internal async Task<Visit> OpenAsync(string path, (int Width, int Height)? size = null)
    {
        var wanted = size ?? Desk;
        if (!contexts.TryGetValue(wanted, out var context))
        {
            var first = await chromium.OpenAsync(wanted);
            contexts[wanted] = context = first.Context;
            await first.CloseAsync();
        }
        return await Visit.StartAsync(context, Server, path);
    }

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var context in contexts.Values) await context.CloseAsync();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>An activity with an input for each editor.</summary>
[Activity("Test", "Editors", "Has an input for each editor.")]
public sealed class EveryEditor : CodeActivity
{
    [Input(Description = "A line.")]
    public Input<string> Line { get; set; } = default!;

    [Input(Description = "Some lines.", UIHint = UIHints.MultiLine)]
    public Input<string> Lines { get; set; } = default!;

    [Input(Description = "A script.", UIHint = UIHints.CodeEditor)]
    public Input<string> Script { get; set; } = default!;

    [Input(Description = "Yes or no.")]
    public Input<bool> Sure { get; set; } = default!;

    [Input(Description = "One of three.", Options = ["Red", "Green", "Blue"])]
    public Input<string> Colour { get; set; } = default!;

    [Input(Description = "A day.", UIHint = UIHints.DateTimePicker)]
    public Input<DateTime> Day { get; set; } = default!;

    [Input(Description = "A document.", UIHint = UIHints.JsonEditor)]
    public Input<object> Document { get; set; } = default!;

    protected override ValueTask ExecuteAsync(ActivityExecutionContext context) => ValueTask.CompletedTask;
}
