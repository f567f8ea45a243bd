using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Activities;
using Orchestrator.Activities.Sales;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Store.S3;
using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Secrets;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Composition;

/// <summary>Registration of the platform's services: the same for a command and for the server.</summary>
static class PlatformServices
{
    extension(IServiceCollection services)
    {
        /// <summary>Adds all services that work on the storage. The host adds logging.</summary>
        /// <param name="storage">May be started later, before the first service that needs it is asked for.</param>
        /// <param name="server">The server; <see langword="null"/> for a command.</param>
        public IServiceCollection AddPlatform(
            PlatformStorage storage, EnginePart engine, IConfiguration configuration, TimeProvider time, ServerOptions? server = null)
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
                ImportFolderSettings.Apply(folders, server, storage.Options, runs.Value.HandoverDirectory, configuration));
            services.PostConfigure<RunOptions>(runs =>
            {
                runs.DataDirectory = storage.Options.DataDirectory;
                // In a store on disk the staged files are already in place: an upload is a link, on any worker of the store.
                if (storage.Options.StoreAddress is { IsFile: true } folder) runs.HandoverDirectory ??= Path.Combine(folder.LocalPath, ".staged");
            });
            services.AddSingleton(new DefinitionLibrary(Platform.Registry, DefinitionLibrary.ShippedFolder));
            services.AddSingleton<ShippedDefinitions>();
            // Factories, so that the container disposes the instances.
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
            services.AddSettings<RunOptions>(configuration, RunOptions.Section);
            services.AddSettings<PartitionOptions>(configuration, PartitionOptions.Section);
            services.AddSettings<SchedulesOptions>(configuration, SchedulesOptions.Section);
            services.AddSettings<HttpOptions>(configuration, HttpOptions.Section);
            services.AddSettings<TelemetryOptions>(configuration, TelemetryOptions.Section);
            services.AddSettings<RetentionOptions>(configuration, RetentionOptions.Section);
            services.AddSettings<S3Options, S3OptionsValidator>(configuration, S3Options.Section);
            services.AddSettings<StagingOptions, StagingOptionsValidator>(configuration, StagingOptions.Section);
            services.AddSettings<GenerateSalesOptions, GenerateSalesOptionsValidator>(configuration, GenerateSalesOptions.Section);
            services.AddSettings<ImportSalesOptions, ImportSalesOptionsValidator>(configuration, ImportSalesOptions.Section);
            services.AddSettings<UploadOptions, UploadOptionsValidator>(configuration, UploadOptions.Section);
            services.AddSettings<LoadOptions, LoadOptionsValidator>(configuration, LoadOptions.Section);
            services.AddSettings<TuningOptions, TuningOptionsValidator>(configuration, TuningOptions.Section);
        }
    }

    sealed record WarehouseConnections(NpgsqlDataSource Source) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Source.DisposeAsync();
    }
}
