using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Backfills;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Workflows.Schedules;

/// <summary>Registers schedules and backfills.</summary>
static class SchedulesServices
{
    // Their constructors take types that are internal, so the container cannot find them.
    public static IServiceCollection AddSchedules(this IServiceCollection services)
    {
        services.AddOptions<SchedulesOptions>();
        services.AddSingleton<IValidateOptions<SchedulesOptions>, SchedulesOptionsValidator>();
        services.TryAddSingleton<FindDefinition>(provider => provider.GetRequiredService<DefinitionStore>().FindPublishedAsync);
        services.AddSingleton<ScheduleLedger>();
        services.AddSingleton(provider => new ScheduleStore(
            provider.GetRequiredService<StoreDatabase>(), provider.GetRequiredService<StoreOutages>(), provider.GetRequiredService<ScheduleLedger>(),
            provider.GetRequiredService<FindDefinition>(), provider.GetRequiredService<PartitionRange>()));
        services.AddSingleton(CreateScheduleTicker);
        services.AddSingleton(provider => new BackfillStore(
            provider.GetRequiredService<StoreDatabase>(), provider.GetRequiredService<StoreOutages>(), provider.GetRequiredService<FindDefinition>(),
            provider.GetRequiredService<PartitionRange>()));
        services.AddSingleton(provider => new BackfillTicker(
            provider.GetRequiredService<StoreDatabase>(), provider.GetRequiredService<StoreOutages>(), provider.GetRequiredService<RunStore>(),
            provider.GetRequiredService<FindDefinition>(), provider.GetRequiredService<PartitionRange>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<BackfillTicker>>()));
        services.AddSingleton(provider => new Scheduler(
            provider.GetRequiredService<ScheduleTicker>(), provider.GetRequiredService<BackfillTicker>(), provider.GetRequiredService<StoreSignals>()));
        return services;
    }

    static ScheduleTicker CreateScheduleTicker(IServiceProvider provider) => new(
        provider.GetRequiredService<StoreDatabase>(), provider.GetRequiredService<StoreOutages>(), provider.GetRequiredService<ScheduleLedger>(),
        provider.GetRequiredService<RunStore>(), provider.GetRequiredService<FindDefinition>(), provider.GetRequiredService<PartitionRange>(),
        provider.GetRequiredService<CrashPoint>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ScheduleTicker>>());
}
