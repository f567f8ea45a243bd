using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>A runtime with workflows that find each other, and workers that come and go.</summary>
sealed class WaitScene : IAsyncDisposable
{
    readonly Dictionary<string, string> definitions = new(StringComparer.Ordinal);
    CancellationTokenSource? drain;
    Task working = Task.CompletedTask;

    WaitScene() { }

    public RuntimeHarness Runtime { get; private set; } = null!;

    public EventPublisher Events { get; private set; } = null!;

    public static async Task<WaitScene> StartAsync(PostgresFixture postgres, Action<RunOptions>? configure = null)
    {
        var scene = new WaitScene();
        scene.Runtime = await RuntimeHarness.StartAsync(postgres, configure, services => services
            .AddSingleton<FindDefinition>((id, _) => Task.FromResult(scene.definitions.TryGetValue(id, out var json) ? WorkflowDefinition.Parse(json, scene.Runtime.Registry) : null))
            .AddSingleton<ListDefinitions>(_ => Task.FromResult<IReadOnlyList<WorkflowDefinition>>(
                [.. scene.definitions.Values.Select(json => WorkflowDefinition.Parse(json, scene.Runtime.Registry))])));
        scene.Events = scene.Runtime.Events;
        return scene;
    }

    /// <summary>Publishes a workflow; activities and properties are given as JSON.</summary>
    public WaitScene Add(string id, params string[] activities)
    {
        definitions[id] = Workflow(id, activities);
        return this;
    }

    public WaitScene AddRoot(string id, string root)
    {
        definitions[id] = $$"""{"definitionId":"{{id}}","root":{{root}}}""";
        return this;
    }

    public static string Workflow(string id, params string[] activities) =>
        $$$"""{"definitionId":"{{{id}}}","root":{"id":"root","type":"Elsa.Sequence","activities":[{{{string.Join(',', activities)}}}]}}""";

    public static string Activity(string type, string id, params string[] inputs) =>
        $$"""{"id":"{{id}}","type":"{{type}}"{{string.Concat(inputs.Select(input => $",{input}"))}}}""";

    public static string Input(string name, string language, object? value) =>
        $$$"""
        "{{{name}}}":{"typeName":"Object","expression":{"type":"{{{language}}}","value":{{{JsonSerializer.Serialize(value)}}}}}
        """;

    /// <summary>Starts workers, where there are none.</summary>
    public void Work()
    {
        if (drain is not null) return;
        drain = new();
        working = Runtime.CreateWorkers($"worker {Guid.NewGuid()}").RunAsync(4, drain.Token, CancellationToken.None);
    }

    /// <summary>Lets the workers end, as a restart of the platform does.</summary>
    public async Task RestAsync()
    {
        if (drain is null) return;
        await drain.CancelAsync();
        await working;
        drain.Dispose();
        drain = null;
    }

    /// <summary>What to start of a workflow.</summary>
    public StartRun Start(string id) => Runtime.Start(definitions[id]);

    public async Task<Run> StartAsync(string id, string? correlationId = null)
    {
        var start = Runtime.Start(definitions[id]) with { CorrelationId = correlationId };
        return await Runtime.Store.CreateAsync(start, TestContext.Current.CancellationToken);
    }

    public Task<Run> UntilAsync(Run run, RunStatus status) => UntilAsync(run.Id, now => now.Status == status, $"is {status}");

    public Task<Run> UntilAsync(Guid runId, Func<Run, bool> isReached, string what)
    {
        Work();
        return Eventually.GivesAsync($"the run that {what}", async () => await Runtime.Store.FindAsync(runId, TestContext.Current.CancellationToken) is { } run && isReached(run) ? run : null);
    }

    public async Task<IReadOnlyList<Run>> RunsOfAsync(string definition) =>
        await Runtime.Store.ListAsync(new() { DefinitionIds = [definition], Limit = 100 }, TestContext.Current.CancellationToken);

    /// <summary>What activities wrote, in order.</summary>
    public async Task<IEnumerable<string?>> LinesAsync(Run run) => (await Runtime.Store.ListLogAsync(run.Id, TestContext.Current.CancellationToken)).Select(line => line.Message);

    /// <summary>The journal in short, such as <c>activity.suspended Delay1</c>.</summary>
    public async Task<IEnumerable<string>> JournalAsync(Run run) =>
        (await Runtime.Store.ListEventsAsync(run.Id, 0, 1_000, TestContext.Current.CancellationToken)).Where(line => line.ActivityId is not null && line.Type.StartsWith("activity.", StringComparison.Ordinal))
            .Select(line => $"{line.Type} {line.ActivityId}");

    public async ValueTask DisposeAsync()
    {
        await RestAsync();
        await Runtime.DisposeAsync();
    }
}
