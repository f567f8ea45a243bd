using Orchestrator.Server.Machine;

namespace Orchestrator.Server.Alerts;

/// <summary>Registers what tells others.</summary>
static class AlertServices
{
    extension(IServiceCollection services)
    {
        /// <summary>Adds the webhook, and the work behind it.</summary>
        public IServiceCollection AddAlerts(IConfiguration configuration)
        {
            services.AddSettings<AlertOptions, AlertOptionsValidator>(configuration, AlertOptions.Section);
            services.AddSingleton<AlertOutbox>();
            services.AddSingleton<AlertWebhook>();
            return services.AddHostedService<AlertService>();
        }
    }
}
