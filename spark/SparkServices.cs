using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orchestrator.Spark.Engines;
using Orchestrator.Spark.Models;

namespace Orchestrator.Spark;

/// <summary>What this assembly gives to a host.</summary>
public static class SparkServices
{
    extension(IServiceCollection services)
    {
        /// <summary>Adds the models and the embedded engine. The host adds an <see cref="IFileStaging"/>, and binds <see cref="DuckDbOptions"/> where it likes.</summary>
        public IServiceCollection AddSpark()
        {
            services.AddOptions<DuckDbOptions>();
            services.TryAddSingleton(TimeProvider.System);
            return services
                .AddSingleton<IValidateOptions<DuckDbOptions>, DuckDbOptionsValidator>()
                .AddSingleton(ModelCatalog.Load())
                .AddSingleton<ISqlEngine, DuckDbEngine>();
        }
    }
}
