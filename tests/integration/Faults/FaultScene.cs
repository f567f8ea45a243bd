using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orchestrator.Activities;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Postgres;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Backfills;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration.Faults;

/// <summary>Folders, a PostgreSQL of its own that can be killed, and the runs that are asked for.</summary>
sealed class FaultScene : IAsyncDisposable
{
    readonly EmbeddedPostgres postgres;
    readonly List<ServiceProvider> providers = [];

    FaultScene(string folder, EmbeddedPostgres postgres) => (Folder, this.postgres) = (folder, postgres);

    /// <summary>Everything lies below it.</summary>
    public string Folder { get; }

    /// <summary>Where PostgreSQL listens.</summary>
    public int PostgresPort => postgres.Port;

    public static async Task<FaultScene> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("orchestrator-faults-").FullName;
        // As root the server runs as another user, who has to get in.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute);
        try
        {
            return new(folder, await EmbeddedPostgres.StartAsync(folder, port: null, TimeProvider.System, TestContext.Current.CancellationToken));
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>A fresh database.</summary>
    public async Task<string> CreateDatabaseAsync(string name)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"create database {name} template template0", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var database = new NpgsqlConnectionStringBuilder(postgres.ConnectionString) { Database = name }.ConnectionString;
        StoreMigrations.Apply(database);
        return database;
    }

    /// <summary>Ends PostgreSQL; it is started again within a second, at the same place.</summary>
    /// <param name="signal">KILL, QUIT (no checkpoint) or INT (in order).</param>
    public void EndPostgres(string signal)
    {
        var file = Path.Combine(postgres.DataDirectory, "postmaster.pid");
        if (File.Exists(file)) OrchestratorProcess.Signal(signal, int.Parse(File.ReadLines(file).First(), CultureInfo.InvariantCulture));
    }

    /// <summary>What accepts runs and backfills in a database.</summary>
    public (RunStore Runs, BackfillStore Backfills) StoreOf(string database)
    {
        var provider = new ServiceCollection().AddLogging(logging => logging.SetMinimumLevel(LogLevel.None))
            .AddSingleton(_ => new StoreDatabase(database))
            .AddActivities().AddWorkflows().BuildServiceProvider();
        providers.Add(provider);
        return (provider.GetRequiredService<RunStore>(), provider.GetRequiredService<BackfillStore>());
    }

    /// <summary>A small month.</summary>
    public static StartRun Month(Partition month, int rows) =>
        new(Guid.CreateVersion7(), Definition, month, Definition.CompleteInputs(Inputs(rows))) { StartedBy = "fault harness" };

    /// <summary>All months at once, again.</summary>
    public static BackfillPlan Backfill(Partition first, Partition last, int rows) => new(Definition.DefinitionId, first, last)
    {
        MaxParallel = 10, Reprocess = Reprocess.All, Inputs = Inputs(rows),
    };

    static Dictionary<string, JsonElement> Inputs(int rows) => new(StringComparer.Ordinal)
    {
        ["Rows"] = Number(rows), ["Customers"] = Number(80), ["Stores"] = Number(5), ["SalesPeople"] = Number(10),
    };

    static WorkflowDefinition Definition { get; } =
        WorkflowDefinition.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "workflows", "monthly-sales.json")), Platform.Registry);

    static JsonElement Number(int value) => JsonSerializer.SerializeToElement(value);

    public async ValueTask DisposeAsync()
    {
        foreach (var provider in providers) await provider.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        await postgres.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
