using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;

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
            .AddSingleton(new StoreDatabase(StoreDatabase.Connect(connectionString)))
            .AddSingleton(new ActivityRegistry().Add<Step>())
            .AddSingleton(this)
            .AddWorkflows()
            .Configure<RunOptions>(options => options.DataDirectory = folder)
            .BuildServiceProvider();
        Definition = WorkflowDefinition.Parse(
            """{ "definitionId": "steps", "name": "Steps", "version": 1, "root": { "id": "Step1", "type": "Bench.Step" } }""", provider.GetRequiredService<ActivityRegistry>());
    }

    public string ConnectionString { get; }

    /// <summary>One job that does nothing.</summary>
    public WorkflowDefinition Definition { get; }

    public RunStore Runs => provider.GetRequiredService<RunStore>();
    public StoreDatabase Store => provider.GetRequiredService<StoreDatabase>();

    public Task<Run> CreateAsync() =>
        Runs.CreateAsync(new(Guid.CreateVersion7(), Definition, null, new Dictionary<string, System.Text.Json.JsonElement>()), CancellationToken.None);

    /// <summary>A new run, taken by a worker and ready to be driven.</summary>
    public async Task<RunRecorder> TakeAsync()
    {
        var run = await CreateAsync();
        var claim = await provider.GetRequiredService<RunLeases>().ClaimAsync(run.Id, "bench", null, TimeSpan.FromHours(1), CancellationToken.None);
        var recorder = new RunRecorder(provider.GetRequiredService<RunJournal>(), claim!.Fence, Definition, TimeProvider.System);
        await recorder.LoadAsync(CancellationToken.None);
        return recorder;
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
    public void OnActivityStarted(ActivityAttempt attempt) { }
    public void OnActivityFinished(ActivityAttempt attempt, ActivityExecution execution) { }
    public void OnRetry(ActivityAttempt attempt, RunError error, TimeSpan delay) { }
    public void OnRunFinished(Run run) { }

    public async ValueTask DisposeAsync()
    {
        await Store.DataSource.DisposeAsync();
        await provider.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>A job that does nothing.</summary>
[Activity("Bench", "Bench", "Does nothing.", Kind = ActivityKind.Job)]
sealed class Step : CodeActivity
{
    protected override ValueTask ExecuteAsync(ActivityExecutionContext context) => ValueTask.CompletedTask;
}
