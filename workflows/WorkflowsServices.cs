using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Reruns;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Secrets;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Workflows;

/// <summary>Registers the services of this assembly.</summary>
public static class WorkflowsServices
{
    extension(IServiceCollection services)
    {
        /// <summary>
        /// Adds the runtime. The host provides a <see cref="StoreDatabase"/>, logging and an <see cref="ActivityRegistry"/>, and configures
        /// <see cref="RunOptions"/>.
        /// </summary>
        public IServiceCollection AddWorkflows()
        {
            services.AddOptions<RunOptions>();
            services.AddSingleton<IValidateOptions<RunOptions>, RunOptionsValidator>();
            services.AddOptions<TelemetryOptions>();
            services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryOptionsValidator>();
            services.TryAddSingleton(TimeProvider.System);
            services.TryAddSingleton(_ => new JitterSource(RandomNumberGenerator.GetInt32(int.MaxValue)));
            services.AddSingleton<StoreOutages>();
            services.AddOptions<RetentionOptions>();
            services.AddSingleton<IValidateOptions<RetentionOptions>, RetentionOptionsValidator>();
            services.AddSingleton<Retention>();
            services.AddOptions<PartitionOptions>().ValidateOnStart();
            services.AddSingleton<IValidateOptions<PartitionOptions>, PartitionOptionsValidator>();
            services.AddSingleton<PartitionRange>();
            services.AddSingleton<PostgresAssetCatalog>();
            services.AddSingleton<IAssetCatalog>(provider => provider.GetRequiredService<PostgresAssetCatalog>());
            services.AddSingleton<ExpressionEvaluator>();
            services.AddSingleton<InputEvaluation>();
            services.AddSingleton<CrashPoint>();
            services.AddSingleton<RunJournal>();
            services.AddSingleton<DefinitionCache>();
            services.AddSingleton<IRunFence, AssetLockFence>();
            services.AddSingleton<RunLeases>();
            services.AddSingleton<StoreSignals>();
            services.AddSingleton<HeldRuns>();
            services.AddSingleton<WorkerRegistry>();
            services.AddSingleton<PoolSlots>();
            services.AddSingleton<PoolStore>();
            services.AddSingleton<RunStore>();
            services.AddSingleton<RunWaits>();
            services.AddSingleton<RunWaker>();
            services.AddSingleton<ChildRuns>();
            services.TryAddSingleton<ListDefinitions>(provider => provider.GetRequiredService<DefinitionStore>().ListPublishedAsync);
            services.AddSingleton<EventPublisher>();
            services.AddSingleton<TellEvent>(provider => provider.GetRequiredService<EventPublisher>().PublishAsync);
            services.AddSingleton<RerunStore>();
            services.AddSingleton<StartRequests>();
            services.AddSingleton<DefinitionVersions>();
            services.AddSingleton<DefinitionStore>();
            services.AddSingleton<WorkFolders>();
            services.TryAddSingleton<ReadSecrets>(static (_, _) =>
                Task.FromResult<IReadOnlyDictionary<string, SecretValue>>(new Dictionary<string, SecretValue>()));
            services.AddSingleton<AttemptSecrets>();
            services.AddOptions<HttpOptions>().ValidateOnStart();
            services.AddSingleton<IValidateOptions<HttpOptions>, HttpOptionsValidator>();
            services.TryAddSingleton<ResolveHost>(static (host, token) => Dns.GetHostAddressesAsync(host, token));
            services.AddSingleton<HttpSender>();
            services.AddSingleton<AttemptRunner>();
            services.AddSingleton<RunDrivers>();
            services.AddSingleton<RunWorker>();
            services.AddSingleton<RunWorkers>();
            services.AddSchedules();
            services.AddScoped<CurrentAttempt>();
            services.AddScoped(provider => provider.GetRequiredService<CurrentAttempt>().Attempt
                ?? throw new InvalidOperationException("An ActivityAttempt is there only while an activity executes. Ask for it in the scope of an attempt."));
            return services;
        }
    }
}
