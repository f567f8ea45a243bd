namespace Orchestrator.Server.Scheduling;

/// <summary>Registers what the role scheduler brings.</summary>
static class SchedulingServices
{
    public static IServiceCollection AddScheduling(this IServiceCollection services) =>
        services.AddSingleton<ShippedSchedules>().AddHostedService<SchedulingService>();
}
