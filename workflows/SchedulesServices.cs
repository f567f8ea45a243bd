using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Backfills;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Workflows;

/// <summary>Registers schedules and backfills.</summary>
static class SchedulesServices
{
    public static IServiceCollection AddSchedules(this IServiceCollection services)
    {
        services.AddOptions<SchedulesOptions>();
        services.AddSingleton<IValidateOptions<SchedulesOptions>, SchedulesOptionsValidator>();
        services.TryAddSingleton<FindDefinition>(provider => provider.GetRequiredService<DefinitionStore>().FindPublishedAsync);
        services.AddSingleton<ScheduleLedger>();
        services.AddSingleton<ScheduleStore>();
        services.AddSingleton<ScheduleTicker>();
        services.AddSingleton<BackfillStore>();
        services.AddSingleton<BackfillTicker>();
        services.AddSingleton<Scheduler>();
        return services;
    }
}
