using Microsoft.Extensions.Options;
using Orchestrator.Activities;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Server.Access;
using Orchestrator.Server.Telemetry;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Hosting;

/// <summary>The platform in the process of a command: PostgreSQL, the object store, and everything that works on them.</summary>
public sealed class Platform : IAsyncDisposable
{
    readonly ServiceProvider services;
    readonly PlatformStorage storage;

    Platform(ServiceProvider services, PlatformStorage storage) => (this.services, this.storage) = (services, storage);

    /// <summary>The activity types that definitions may use.</summary>
    public static ActivityRegistry Registry { get; } =
        (ActivityRegistry)new ServiceCollection().AddActivities().Last(service => service.ServiceType == typeof(ActivityRegistry)).ImplementationInstance!;

    /// <summary>Starts runs and shows them.</summary>
    public RunStore Runs => services.GetRequiredService<RunStore>();

    /// <summary>What can be run.</summary>
    public DefinitionStore Definitions => services.GetRequiredService<DefinitionStore>();

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

    /// <summary>Where runs and traces are shown.</summary>
    public TelemetryOptions Telemetry => services.GetRequiredService<IOptions<TelemetryOptions>>().Value;

    /// <summary>Those who may log in, changed by whoever gives a command.</summary>
    internal UserStore Users => new(Store, services.GetRequiredService<PasswordHashing>(), Time, By);

    /// <summary>API tokens, changed by whoever gives a command.</summary>
    internal TokenStore Tokens => new(Store, Time, By);

    /// <summary>Who asked for which change.</summary>
    internal AuditLog Audit => new(Store, Time);

    TimeProvider Time => services.GetRequiredService<TimeProvider>();

    static (string Who, string Address) By => (Caller.CommandLine(Environment.UserName).Who,
        $"{Environment.UserName}@{Environment.MachineName}");

    /// <summary>The files.</summary>
    public IObjectStore Objects => services.GetRequiredService<IObjectStore>();

    /// <summary>How to connect to PostgreSQL.</summary>
    public string ConnectionString => storage.ConnectionString;

    /// <summary>Starts it: PostgreSQL where none is given, then the schemas, which are brought up to date.</summary>
    /// <param name="engine">The engine that runs the models.</param>
    /// <param name="notice">Takes sentences about the platform itself.</param>
    /// <exception cref="PlatformException">It cannot start, with what to do.</exception>
    public static async Task<Platform> StartAsync(
        PlatformOptions options, EnginePart engine, Action<string> notice, TimeProvider time, CancellationToken cancellationToken)
    {
        var stores = new PlatformStorage(options, notice, time);
        await stores.StartAsync(cancellationToken);
        var parts = new ServiceCollection();
        parts.AddLogging(logging => logging.AddProvider(new NoticeLoggerProvider(notice, time)).AddFilter<NoticeLoggerProvider>(level => level >= LogLevel.Warning).AddTelemetry());
        parts.AddSingleton<PasswordHashing>();
        parts.AddPlatform(stores, engine, Settings.Read(), time);
        var platform = new Platform(parts.BuildServiceProvider(), stores);
        await platform.services.GetRequiredService<ShippedDefinitions>().ImportAsync(cancellationToken);
        return platform;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        await storage.DisposeAsync();
    }
}
