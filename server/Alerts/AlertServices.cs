using Orchestrator.Server.Machine;

namespace Orchestrator.Server.Alerts;

/// <summary>Registration of alerts.</summary>
static class AlertServices
{
    extension(IServiceCollection services)
    {
        /// <summary>Adds the webhook and the background service that delivers alerts.</summary>
        public IServiceCollection AddAlerts(IConfiguration configuration)
        {
            services.AddSettings<AlertOptions, AlertOptionsValidator>(configuration, AlertOptions.Section);
            services.AddSingleton<AlertOutbox>();
            services.AddSingleton<AlertWebhook>();
            return services.AddHostedService<AlertService>();
        }
    }
}
