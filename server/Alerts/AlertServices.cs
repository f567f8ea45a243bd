using Microsoft.Extensions.Options;

namespace Orchestrator.Server.Alerts;

/// <summary>Registers what tells others.</summary>
static class AlertServices
{
    extension(IServiceCollection services)
    {
        /// <summary>Adds the webhook, and the work behind it.</summary>
        public IServiceCollection AddAlerts(IConfiguration configuration)
        {
            services.AddOptions<AlertOptions>().Bind(configuration.GetSection(AlertOptions.Section)).ValidateOnStart();
            services.AddSingleton<IValidateOptions<AlertOptions>, AlertOptionsValidator>();
            services.AddSingleton<AlertOutbox>();
            services.AddSingleton<AlertWebhook>();
            return services.AddHostedService<AlertService>();
        }
    }
}
