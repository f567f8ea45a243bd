using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Activities;
using Orchestrator.Activities.Sales;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Store.S3;
using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Server.Secrets;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Http;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Hosting;

/// <summary>The composition of the platform: the same for a command and for the server.</summary>
static class PlatformServices
{
    extension(IServiceCollection services)
    {
        /// <summary>Adds all that works on the storage. The host adds logging.</summary>
        /// <param name="storage">May be started later, before the first service that needs it is asked for.</param>
        public IServiceCollection AddPlatform(PlatformStorage storage, EnginePart engine, IConfiguration configuration, TimeProvider time)
        {
            services.AddSingleton(time);
            services.AddSingleton(storage);
            services.AddSingleton(engine);
            services.AddWorkflows().AddActivities();
            services.AddSecrets(storage.Options, configuration);
            engine.AddTo(services, storage.Options, configuration);
            services.Configure<StagingOptions>(staging => staging.Folder = Path.Combine(Path.GetFullPath(storage.Options.DataDirectory), "cache"));
            services.AddOptionsFrom(configuration);
            services.AddOptions<ImportFolderOptions>().Configure<IOptions<RunOptions>>((folders, runs) =>
                ImportFolderSettings.Apply(folders, storage.Options, runs.Value.HandoverDirectory, configuration));
            services.PostConfigure<RunOptions>(runs =>
            {
                runs.DataDirectory = storage.Options.DataDirectory;
                // In a store on disk the staged files are already where they are to be: uploading them is a link, on any worker of the store.
                if (storage.Options.StoreAddress is { IsFile: true } folder) runs.HandoverDirectory ??= Path.Combine(folder.LocalPath, ".staged");
            });
            services.AddSingleton(new DefinitionLibrary(Platform.Registry, DefinitionLibrary.ShippedFolder));
            services.AddSingleton<ShippedDefinitions>();
            // Factories, so that the container disposes what it made.
            services.AddSingleton(_ => new StoreDatabase(storage.ConnectionString));
            services.AddSingleton(_ => new WarehouseConnections(NpgsqlDataSource.Create(
                new NpgsqlConnectionStringBuilder(storage.ConnectionString) { ApplicationName = "orchestrator warehouse", CancellationTimeout = 1_000 })));
            services.AddSingleton(provider => new WarehouseDatabase(provider.GetRequiredService<WarehouseConnections>().Source));
            services.AddSingleton<IObjectStore>(provider => ObjectStores.Open(
                storage.Options.StoreAddress, provider.GetRequiredService<IOptions<S3Options>>().Value, time, provider.GetRequiredService<JitterSource>()));
            return services;
        }

        void AddOptionsFrom(IConfiguration configuration)
        {
            services.AddOptions<RunOptions>().Bind(configuration.GetSection(RunOptions.Section));
            services.AddOptions<SchedulesOptions>().Bind(configuration.GetSection(SchedulesOptions.Section));
            services.AddOptions<HttpOptions>().Bind(configuration.GetSection(HttpOptions.Section));
            services.AddOptions<TelemetryOptions>().Bind(configuration.GetSection(TelemetryOptions.Section));
            services.AddOptions<RetentionOptions>().Bind(configuration.GetSection(RetentionOptions.Section)).ValidateOnStart();
            services.AddOptions<S3Options>().Bind(configuration.GetSection(S3Options.Section)).ValidateDataAnnotations();
            services.AddOptions<StagingOptions>().Bind(configuration.GetSection(StagingOptions.Section)).ValidateDataAnnotations();
            services.AddOptions<GenerateSalesOptions>().Bind(configuration.GetSection(GenerateSalesOptions.Section)).ValidateDataAnnotations();
            services.AddOptions<ImportSalesOptions>().Bind(configuration.GetSection(ImportSalesOptions.Section)).ValidateDataAnnotations();
            services.AddOptions<UploadOptions>().Bind(configuration.GetSection(UploadOptions.Section)).ValidateDataAnnotations();
            services.AddOptions<LoadOptions>().Bind(configuration.GetSection(LoadOptions.Section)).ValidateDataAnnotations();
            services.AddOptions<TuningOptions>().Bind(configuration.GetSection(TuningOptions.Section)).ValidateDataAnnotations();
        }
    }

    sealed record WarehouseConnections(NpgsqlDataSource Source) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Source.DisposeAsync();
    }
}
