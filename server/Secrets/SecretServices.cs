using Microsoft.Extensions.Options;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Secrets;

namespace Orchestrator.Server.Secrets;

/// <summary>Registration of secrets.</summary>
static class SecretServices
{
    /// <summary>Adds the store of secrets, and makes the runtime read from it.</summary>
    public static IServiceCollection AddSecrets(this IServiceCollection services, PlatformOptions platform, IConfiguration configuration)
    {
        services.AddSettings<SecretOptions>(configuration, SecretOptions.Section);
        services.AddSingleton(provider => new SecretKeys(Path.GetFullPath(
            provider.GetRequiredService<IOptions<SecretOptions>>().Value.KeyFolder is { Length: > 0 } folder ? folder : Path.Combine(platform.DataDirectory, "keys"))));
        services.AddSingleton<SecretStore>();
        services.AddSingleton<ReadSecrets>(provider => provider.GetRequiredService<SecretStore>().ReadValuesAsync);
        return services;
    }
}
