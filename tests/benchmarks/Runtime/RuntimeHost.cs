using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Benchmarks.Runtime;

/// <summary>The runtime on a database of its own, without anything around it.</summary>
sealed class RuntimeHost : IRunObserver, IAsyncDisposable
{
    readonly ServiceProvider provider;
    readonly string folder = Directory.CreateTempSubdirectory("orchestrator-bench-runtime-").FullName;

    public RuntimeHost(string connectionString)
    {
        ConnectionString = connectionString;
        StoreMigrations.Apply(connectionString);
        provider = new ServiceCollection().AddLogging(logging => logging.SetMinimumLevel(LogLevel.None))
            .AddSingleton(new StoreDatabase(connectionString))
            .AddSingleton(ControlActivities.NewRegistry().Add<Step>())
            .AddSingleton(this)
            .AddWorkflows()
            .Configure<RunOptions>(options => options.DataDirectory = folder)
            .BuildServiceProvider();
        Definition = Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "ten-jobs.json")));
    }

    public string ConnectionString { get; }

    /// <summary>Ten jobs in a row that pass a text on.</summary>
    public WorkflowDefinition Definition { get; }

    /// <summary>A definition whose jobs are steps.</summary>
    public WorkflowDefinition Parse(string json) => WorkflowDefinition.Parse(json, provider.GetRequiredService<ActivityRegistry>());

    /// <summary>Called when an activity starts.</summary>
    public Action<ActivityAttempt>? ActivityStarted { get; set; }

    public RunStore Runs => provider.GetRequiredService<RunStore>();
    public StoreDatabase Store => provider.GetRequiredService<StoreDatabase>();

    public Task<Run> CreateAsync() => CreateAsync(Definition);

    public Task<Run> CreateAsync(WorkflowDefinition definition) =>
        Runs.CreateAsync(new(Guid.CreateVersion7(), definition, null, new Dictionary<string, System.Text.Json.JsonElement>()), CancellationToken.None);

    /// <summary>Drives one run to its end.</summary>
    public Task<Run> DriveAsync(Guid runId) => provider.GetRequiredService<RunWorker>().DriveAsync(runId, this, CancellationToken.None);

    /// <summary>A new run, taken by a worker and ready to be driven.</summary>
    public async Task<RunRecorder> TakeAsync()
    {
        var run = await CreateAsync();
        var claim = await provider.GetRequiredService<RunLeases>().ClaimAsync(run.Id, "bench", null, TimeSpan.FromHours(1), CancellationToken.None);
        var recorder = new RunRecorder(provider.GetRequiredService<RunJournal>(), claim!.Fence, Definition, TimeProvider.System);
        await recorder.LoadAsync(CancellationToken.None);
        return recorder;
    }

    /// <summary>Drives all runs to their end.</summary>
    public async Task DriveAllAsync(int runsAtOnce)
    {
        using var drain = new CancellationTokenSource();
        var workers = provider.GetRequiredService<RunWorkers>();
        workers.Observer = this;
        var working = workers.RunAsync(runsAtOnce, drain.Token, CancellationToken.None);
        while (await ScalarAsync<bool>("select exists (select from orchestrator.run where finished_at is null and fencing_token = 0)")) await Task.Delay(50, CancellationToken.None);
        await drain.CancelAsync();
        await working;
    }

    public async Task ExecuteAsync(string statement)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string query)
    {
        await using var command = Store.DataSource.CreateCommand(query);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public void OnProgress(ActivityAttempt attempt, ActivityProgress progress) { }
    public void OnLog(ActivityAttempt attempt, string eventName, string? message) { }
    public void OnActivityStarted(ActivityAttempt attempt) => ActivityStarted?.Invoke(attempt);
    public void OnActivityFinished(ActivityAttempt attempt, ActivityExecution execution) { }
    public void OnRetry(ActivityAttempt attempt, RunError error, TimeSpan delay) { }
    public void OnRunFinished(Run run) { }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await provider.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>A job that passes a text on.</summary>
[Activity("Bench", "Bench", "Passes a text on.", Kind = ActivityKind.Job)]
sealed class Step : CodeActivity
{
    [Input(Description = "Any text.")]
    public Input<string> Text { get; set; } = default!;

    [Output(Description = "The same text.")]
    public Output<string> Result { get; set; } = default!;

    protected override ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        context.Set(Result, context.Get(Text) ?? "");
        return ValueTask.CompletedTask;
    }
}
