using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Exports;
using Orchestrator.Activities.Sales;
using Orchestrator.Activities.Star;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Spark.Engines;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Activities;

/// <summary>The table of contents of the steps.</summary>
public static class ActivitiesServices
{
    extension(IServiceCollection services)
    {
        /// <summary>
        /// Adds what activities take from the host's services. The host adds its <see cref="IObjectStore"/> and
        /// <see cref="WarehouseDatabase"/>.
        /// </summary>
        public IServiceCollection AddActivities()
        {
            services.AddSingleton(ControlActivities.NewRegistry()
                .Add<GenerateSales>()
                .Add<ImportSales>()
                .Add<UploadPartitions>()
                .Add<BuildStarSchema>()
                .Add<BuildMart>()
                .Add<CheckAssets>()
                .Add<LoadTables>()
                .Add<LoadDimensions>()
                .Add<ForgetMonth>()
                .Add<TuneIndexes>()
                .Add<ExportCoupons>()
                .Add<ExportIncentives>());
            services.AddOptions<GenerateSalesOptions>();
            services.AddOptions<ImportSalesOptions>();
            services.AddOptions<ImportFolderOptions>();
            services.AddOptions<UploadOptions>();
            services.AddOptions<LoadOptions>();
            services.AddOptions<TuningOptions>();
            services.AddSingleton<WarehouseFence>();
            services.AddSingleton<IRunFence>(provider => provider.GetRequiredService<WarehouseFence>());
            services.AddSingleton<MartQueries>();
            services.AddSingleton<IndexReports>();
            services.AddStoreStaging();
            services.AddSingleton<Vacuum>();
            return services;
        }

        /// <summary>Adds what brings files of the host's <see cref="IObjectStore"/> to this machine and takes them there.</summary>
        public IServiceCollection AddStoreStaging()
        {
            services.AddOptions<StagingOptions>();
            services.AddSingleton<StoreStaging>();
            services.AddSingleton<IFileStaging>(provider => provider.GetRequiredService<StoreStaging>());
            return services;
        }
    }
}
