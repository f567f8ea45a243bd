using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Sales;
using Orchestrator.Activities.Store;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Activities;

/// <summary>The table of contents of the steps.</summary>
public static class ActivitiesServices
{
    extension(IServiceCollection services)
    {
        /// <summary>Adds what activities take from the host's services. The host adds its <see cref="IObjectStore"/>.</summary>
        public IServiceCollection AddActivities()
        {
            services.AddSingleton(new ActivityRegistry()
                .Add<GenerateSales>()
                .Add<UploadPartitions>());
            services.AddOptions<GenerateSalesOptions>();
            services.AddSingleton<IFileStaging, StoreStaging>();
            return services;
        }
    }
}
