using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Reruns;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>A runtime on a database of its own, whose jobs do what the test says.</summary>
public sealed class RuntimeHarness : IRunObserver, IAsyncDisposable
{
    readonly ServiceProvider provider;

    RuntimeHarness(string connectionString, Action<RunOptions>? configure, Action<IServiceCollection>? services)
    {
        ConnectionString = connectionString;
        StoreMigrations.Apply(connectionString);
        var collection = new ServiceCollection().AddLogging(logging => logging.SetMinimumLevel(LogLevel.None))
            .AddSingleton(new StoreDatabase($"{connectionString};Maximum Pool Size=20"))
            .AddSingleton(ControlActivities.NewRegistry().Add<TestJob>().Add<TestStep>())
            .AddSingleton(this)
            .AddWorkflows()
            .Configure<RunOptions>(options =>
            {
                options.DataDirectory = Folder;
                options.Heartbeat = TimeSpan.FromMilliseconds(100);
                configure?.Invoke(options);
            });
        services?.Invoke(collection);
        provider = collection.BuildServiceProvider();
    }

    public string ConnectionString { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("orchestrator-runtime-").FullName;

    /// <summary>What each activity does, by id; one that is not here does nothing.</summary>
    public ConcurrentDictionary<string, Func<ActivityExecutionContext, Task>> Work { get; } = new();

    /// <summary>Attempts that began, in order, as <c>A1#1</c>.</summary>
    public ConcurrentQueue<string> Started { get; } = new();

    public ConcurrentQueue<(string ActivityId, RunError Error, TimeSpan Delay)> Retries { get; } = new();

    public ConcurrentQueue<ActivityExecution> Finished { get; } = new();

    public ActivityRegistry Registry => provider.GetRequiredService<ActivityRegistry>();
    public RunStore Store => provider.GetRequiredService<RunStore>();
    public RerunStore Reruns => provider.GetRequiredService<RerunStore>();
    public RunWorker Worker => provider.GetRequiredService<RunWorker>();
    public PostgresAssetCatalog Catalog => provider.GetRequiredService<PostgresAssetCatalog>();
    public Retention Retention => provider.GetRequiredService<Retention>();
    public StoreDatabase Database => provider.GetRequiredService<StoreDatabase>();
    internal RunJournal Journal => provider.GetRequiredService<RunJournal>();
    public EventPublisher Events => provider.GetRequiredService<EventPublisher>();
    public PoolStore Pools => provider.GetRequiredService<PoolStore>();
    public WorkFolders Folders => provider.GetRequiredService<WorkFolders>();
    public WorkerRegistry Workers => provider.GetRequiredService<WorkerRegistry>();
    public RunOptions Options => provider.GetRequiredService<IOptions<RunOptions>>().Value;
    internal RunLeases Leases => provider.GetRequiredService<RunLeases>();
    internal StoreOutages Outages => provider.GetRequiredService<StoreOutages>();

    public static async Task<RuntimeHarness> StartAsync(
        PostgresFixture postgres, Action<RunOptions>? configure = null, Action<IServiceCollection>? services = null) =>
        new(await postgres.CreateDatabaseAsync(), configure, services);

    public static RuntimeHarness On(string connectionString, Action<RunOptions>? configure = null) => new(connectionString, configure, services: null);

    /// <summary>A second worker in the same database, as another process would be.</summary>
    internal RunWorker CreateWorker(string name)
    {
        var worker = ActivatorUtilities.CreateInstance<RunWorker>(provider);
        worker.Name = name;
        return worker;
    }

    /// <summary>Workers that take whatever is next, as another process would have them.</summary>
    public RunWorkers CreateWorkers(string name)
    {
        var workers = ActivatorUtilities.CreateInstance<RunWorkers>(provider, CreateWorker(name));
        workers.Observer = this;
        return workers;
    }

    /// <summary>Has workers drive all that there is, until no run is open or only suspended ones are.</summary>
    public async Task DriveAllAsync(int workers = 1, int runsAtOnce = 8)
    {
        using var drain = new CancellationTokenSource();
        var working = Enumerable.Range(1, workers).Select(number => CreateWorkers($"worker {number}").RunAsync(runsAtOnce, drain.Token, CancellationToken.None)).ToList();
        await Eventually.IsAsync("all runs to have ended or be suspended", async () =>
            (await Store.ListUnfinishedAsync(TestContext.Current.CancellationToken)).All(run => run.Status is RunStatus.Suspended && !run.IsCancelRequested));
        await drain.CancelAsync();
        await Task.WhenAll(working);
    }

    /// <summary>Whether a worker of this runtime hears what the store calls out.</summary>
    public async Task<bool> IsHeardAsync()
    {
        await using var command = Database.DataSource.CreateCommand("select exists (select 1 from pg_stat_activity where datname = current_database() and query like 'listen %')");
        return (bool)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>What to start; jobs of it do what the test says.</summary>
    public StartRun Start(string definition, Partition? partition = null) =>
        new(Guid.CreateVersion7(), WorkflowDefinition.Parse(definition, provider.GetRequiredService<ActivityRegistry>()), partition, new Dictionary<string, JsonElement>());

    public Task<Run> CreateAsync(string definition, Partition? partition = null, Dictionary<string, JsonElement>? inputs = null) =>
        Store.CreateAsync(Start(definition, partition) with { Inputs = inputs ?? [] }, CancellationToken.None);

    public async Task<Run> RunAsync(string definition, Partition? partition = null) =>
        await Worker.DriveAsync((await CreateAsync(definition, partition)).Id, this, TestContext.Current.CancellationToken);

    /// <summary>An attempt of a run that nobody knows.</summary>
    public static ActivityAttempt Attempt(long fencingToken = 1) => new()
    {
        RunId = Guid.CreateVersion7(), ActivityId = "A1", Attempt = 1, FencingToken = fencingToken, WorkDirectory = "", Observer = new Silence(),
        SaveCheckpointAsync = (_, _) => Task.CompletedTask,
    };

    sealed class Silence : IAttemptObserver
    {
        public void OnProgress(ActivityAttempt attempt, ActivityProgress progress) { }
        public void OnLog(ActivityAttempt attempt, string eventName, string? message) { }
    }

    public static MaterializationDraft Draft(string asset, Partition? partition = null) =>
        new() { Asset = new(asset), Partition = partition, Location = $"{asset}/somewhere/", Rows = 3, Bytes = 17, CodeVersion = "test" };

    /// <summary>A flowchart of jobs; connections are written <c>A1 -> B1</c>, those behind a <c>!</c> lead to a merge.</summary>
    public static string Flowchart(params string[] connections) => FlowchartOf("Test.TestJob", connections);

    /// <summary>A flowchart of jobs that take slots of a pool.</summary>
    public static string InPool(string pool, params string[] connections) =>
        Flowchart(connections).Replace("\"mergeMode\":", $"\"pool\":\"{pool}\",\"mergeMode\":", StringComparison.Ordinal);

    /// <param name="type">Type of all activities.</param>
    public static string FlowchartOf(string type, params string[] connections)
    {
        var pairs = connections.Select(connection => connection.Replace("!", "", StringComparison.Ordinal).Split(" -> ")).ToList();
        var merges = connections.Where(connection => connection.EndsWith('!')).Select(connection => connection[..^1].Split(" -> ")[1]).ToHashSet();
        var activities = pairs.SelectMany(pair => pair).Distinct().Select(id => new
        {
            id,
            type,
            customProperties = new { mergeMode = merges.Contains(id) ? "Merge" : null, retryPolicy = new { attempts = 3, delay = "00:00:00.010" } },
        });
        return JsonSerializer.Serialize(new
        {
            definitionId = "test",
            name = "Test",
            version = 1,
            root = new
            {
                id = "Flowchart1",
                type = "Elsa.Flowchart",
                activities,
                connections = pairs.Where(pair => pair.Length == 2).Select(pair => new { source = new { activity = pair[0] }, target = new { activity = pair[1] } }),
            },
        });
    }

    internal async Task DoAsync(ActivityExecutionContext context)
    {
        var attempt = context.Attempt;
        if (Work.TryGetValue(attempt.ActivityId, out var work)) await work(context);
    }

    public void OnProgress(ActivityAttempt attempt, ActivityProgress progress) { }
    public void OnLog(ActivityAttempt attempt, string eventName, string? message) { }
    public void OnActivityStarted(ActivityAttempt attempt) => Started.Enqueue($"{attempt.ActivityId}#{attempt.Attempt}");
    public void OnActivityFinished(ActivityAttempt attempt, ActivityExecution execution) => Finished.Enqueue(execution);
    public void OnRetry(ActivityAttempt attempt, RunError error, TimeSpan delay) => Retries.Enqueue((attempt.ActivityId, error, delay));
    public void OnRunFinished(Run run) { }

    public async ValueTask DisposeAsync()
    {
        var database = Database;
        await provider.DisposeAsync();
        await database.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>A job that does what the test says.</summary>
[Activity("Test", "Test", "Does what the test says.", Kind = ActivityKind.Job)]
public sealed class TestJob : CodeActivity
{
    [Input(Description = "Anything.")]
    public Input<string> Text { get; set; } = default!;

    [Output(Description = "Anything.")]
    public Output<string> Result { get; set; } = default!;

    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        if (context.Get(Text) is { } text) context.Set(Result, text);
        await context.GetRequiredService<RuntimeHarness>().DoAsync(context);
    }
}

/// <summary>An inline activity that does what the test says.</summary>
[Activity("Test", "Test", "Does what the test says, inline.")]
public sealed class TestStep : CodeActivity
{
    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context) =>
        await context.GetRequiredService<RuntimeHarness>().DoAsync(context);
}
