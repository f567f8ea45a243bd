using Npgsql;
using Orchestrator.Activities;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Server.Postgres;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Hosting;

/// <summary>The running platform: PostgreSQL, the object store, and everything that works on them.</summary>
public sealed class Platform : IAsyncDisposable
{
    readonly ServiceProvider services;
    readonly EmbeddedPostgres? embedded;

    Platform(ServiceProvider services, EmbeddedPostgres? embedded) => (this.services, this.embedded) = (services, embedded);

    /// <summary>The activity types that definitions may use.</summary>
    public static ActivityRegistry Registry { get; } =
        (ActivityRegistry)new ServiceCollection().AddActivities().Last(service => service.ServiceType == typeof(ActivityRegistry)).ImplementationInstance!;

    /// <summary>Starts runs and shows them.</summary>
    public RunStore Runs => services.GetRequiredService<RunStore>();

    /// <summary>Drives runs.</summary>
    public RunWorker Worker => services.GetRequiredService<RunWorker>();

    /// <summary>Knows where the data is.</summary>
    public PostgresAssetCatalog Catalog => services.GetRequiredService<PostgresAssetCatalog>();

    /// <summary>The platform's own database.</summary>
    public StoreDatabase Store => services.GetRequiredService<StoreDatabase>();

    /// <summary>Answers the two business questions.</summary>
    public MartQueries Marts => services.GetRequiredService<MartQueries>();

    /// <summary>What index tuning found.</summary>
    public IndexReports IndexReports => services.GetRequiredService<IndexReports>();

    /// <summary>The files.</summary>
    public IObjectStore Objects => services.GetRequiredService<IObjectStore>();

    /// <summary>How to connect to PostgreSQL.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>Starts it: PostgreSQL where none is given, then the schemas, which are brought up to date.</summary>
    /// <param name="engine">The engine that runs the models.</param>
    /// <param name="notice">Takes sentences about the platform itself.</param>
    /// <exception cref="PlatformException">It cannot start, with what to do.</exception>
    public static async Task<Platform> StartAsync(
        PlatformOptions options, EnginePart engine, Action<string> notice, TimeProvider time, CancellationToken cancellationToken)
    {
        DataDirectory.EnsureWritable(options.DataDirectory, options.DataDirectory);
        var server = options.Postgres is null ? await EmbeddedPostgres.StartAsync(options.DataDirectory, options.PostgresPort, time, cancellationToken) : null;
        try
        {
            if (server is not null) server.Notice = notice;
            var connectionString = server?.ConnectionString ?? PostgresAddress.Read(options.Postgres!);
            if (server is null) await PostgresAddress.CheckAsync(connectionString, cancellationToken);
            // Neither knows of the other: they take as long as the slower one.
            await Task.WhenAll(
                Task.Run(() => StoreMigrations.Apply(connectionString), cancellationToken),
                Task.Run(() => WarehouseMigrations.Apply(connectionString), cancellationToken));
            return new(Compose(options, connectionString, engine, notice, time), server) { ConnectionString = connectionString };
        }
        catch
        {
            if (server is not null) await server.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        if (embedded is not null) await embedded.DisposeAsync();
    }

    static ServiceProvider Compose(
        PlatformOptions options, string connectionString, EnginePart engine, Action<string> notice, TimeProvider time)
    {
        var parts = new ServiceCollection();
        parts.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddProvider(new NoticeLoggerProvider(notice, time)));
        parts.AddSingleton(time);
        parts.AddWorkflows().AddActivities();
        engine.AddTo(parts);
        parts.Configure<RunOptions>(runs => runs.DataDirectory = options.DataDirectory);
        // Factories, so that the container disposes what it made.
        parts.AddSingleton(_ => new StoreConnections(StoreDatabase.Connect(connectionString)));
        parts.AddSingleton(_ => new WarehouseConnections(NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "orchestrator warehouse" })));
        parts.AddSingleton(provider => new StoreDatabase(provider.GetRequiredService<StoreConnections>().Source));
        parts.AddSingleton(provider => new WarehouseDatabase(provider.GetRequiredService<WarehouseConnections>().Source));
        parts.AddSingleton<IObjectStore>(_ => new FolderStore(options.StoreAddress));
        return parts.BuildServiceProvider();
    }

    sealed record StoreConnections(NpgsqlDataSource Source) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Source.DisposeAsync();
    }

    sealed record WarehouseConnections(NpgsqlDataSource Source) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Source.DisposeAsync();
    }
}
