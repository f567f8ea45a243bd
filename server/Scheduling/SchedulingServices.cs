namespace Orchestrator.Server.Scheduling;

/// <summary>Registration of the role scheduler.</summary>
static class SchedulingServices
{
    public static IServiceCollection AddScheduling(this IServiceCollection services) =>
        services.AddSingleton<ShippedSchedules>().AddHostedService<SchedulingService>();
}
