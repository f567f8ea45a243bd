using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orchestrator.Spark.Connect;
using Orchestrator.Spark.Engines;
using Orchestrator.Spark.Models;

namespace Orchestrator.Spark;

/// <summary>Services that this assembly adds to a host.</summary>
public static class SparkServices
{
    extension(IServiceCollection services)
    {
        /// <summary>
        /// Adds the models and the engines, of which <see cref="EngineOptions"/> chooses. The host adds an <see cref="IFileStaging"/> and
        /// logging, and binds
        /// <see cref="EngineOptions"/>, <see cref="DuckDbOptions"/> and <see cref="SparkConnectOptions"/> where it likes.
        /// </summary>
        public IServiceCollection AddSpark()
        {
            services.AddLogging();
            services.AddOptions<EngineOptions>();
            services.AddOptions<DuckDbOptions>();
            services.AddOptions<SparkConnectOptions>();
            services.TryAddSingleton(TimeProvider.System);
            return services
                .AddSingleton<IValidateOptions<DuckDbOptions>, DuckDbOptionsValidator>()
                .AddSingleton<IValidateOptions<EngineOptions>, EngineOptionsValidator>()
                .AddSingleton<IValidateOptions<SparkConnectOptions>, SparkConnectOptionsValidator>()
                .AddSingleton(ModelCatalog.Load())
                .AddSingleton<DuckDbEngine>()
                .AddSingleton<SparkConnectEngine>()
                .AddSingleton<ISqlEngine>(provider => provider.GetRequiredService<IOptions<EngineOptions>>().Value.Engine == "spark"
                    ? provider.GetRequiredService<SparkConnectEngine>()
                    : provider.GetRequiredService<DuckDbEngine>());
        }
    }
}
