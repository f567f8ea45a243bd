using Microsoft.Extensions.Options;
using Orchestrator.Activities;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Telemetry;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Composition;

/// <summary>The platform in the process of a command: PostgreSQL, the object store, and all services.</summary>
public sealed class Platform : IAsyncDisposable
{
    readonly ServiceProvider services;
    readonly PlatformStorage storage;

    Platform(ServiceProvider services, PlatformStorage storage) => (this.services, this.storage) = (services, storage);

    /// <summary>The activity types that definitions may use.</summary>
    public static ActivityRegistry Registry { get; } =
        (ActivityRegistry)new ServiceCollection().AddActivities().Last(service => service.ServiceType == typeof(ActivityRegistry)).ImplementationInstance!;

    /// <summary>Store of runs.</summary>
    public RunStore Runs => services.GetRequiredService<RunStore>();

    /// <summary>Store of workflow definitions.</summary>
    public DefinitionStore Definitions => services.GetRequiredService<DefinitionStore>();

    /// <summary>Worker that drives runs.</summary>
    public RunWorker Worker => services.GetRequiredService<RunWorker>();

    /// <summary>Catalog of assets and materializations.</summary>
    public PostgresAssetCatalog Catalog => services.GetRequiredService<PostgresAssetCatalog>();

    /// <summary>The platform's own database.</summary>
    public StoreDatabase Store => services.GetRequiredService<StoreDatabase>();

    /// <summary>Queries of the two business questions.</summary>
    public MartQueries Marts => services.GetRequiredService<MartQueries>();

    /// <summary>Reports of index tuning.</summary>
    public IndexReports IndexReports => services.GetRequiredService<IndexReports>();

    /// <summary>Addresses of runs and traces.</summary>
    public TelemetryOptions Telemetry => services.GetRequiredService<IOptions<TelemetryOptions>>().Value;

    /// <summary>The object store.</summary>
    public IObjectStore Objects => services.GetRequiredService<IObjectStore>();

    /// <summary>Connection string of PostgreSQL.</summary>
    public string ConnectionString => storage.ConnectionString;

    /// <summary>Starts the platform: PostgreSQL if none is given, then the schemas, which are upgraded.</summary>
    /// <param name="engine">The engine that runs the models.</param>
    /// <param name="notice">Receives messages about the platform itself.</param>
    /// <exception cref="PlatformException">The platform cannot start; the message says what to do.</exception>
    public static async Task<Platform> StartAsync(
        PlatformOptions options, EnginePart engine, Action<string> notice, TimeProvider time, CancellationToken cancellationToken)
    {
        var stores = new PlatformStorage(options, notice, time);
        var parts = new ServiceCollection();
        parts.AddLogging(logging => logging.AddProvider(new NoticeLoggerProvider(notice, time)).AddFilter<NoticeLoggerProvider>(level => level >= LogLevel.Warning).AddTelemetry());
        parts.AddPlatform(stores, engine, Settings.Read(), time);
        var platform = new Platform(parts.BuildServiceProvider(), stores);
        try
        {
            platform.services.GetRequiredService<IStartupValidator>().Validate();
            await stores.StartAsync(cancellationToken);
            await platform.services.GetRequiredService<ShippedDefinitions>().ImportAsync(cancellationToken);
            return platform;
        }
        catch (Exception error)
        {
            await platform.DisposeAsync();
            if (Settings.ProblemOf(error) is { } problem) throw problem;
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        await storage.DisposeAsync();
    }
}
