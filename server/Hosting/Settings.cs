using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Server.Hosting;

/// <summary>The settings of the platform: <c>appsettings.json</c> beside the program, then the environment.</summary>
static class Settings
{
    static Settings() => Durations.UseInSettings();

    /// <summary>Reads them; a setting of the environment is written such as <c>Runs__Lease=00:00:30</c>.</summary>
    public static IConfigurationRoot Read() => new ConfigurationBuilder()
        .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true, reloadOnChange: false)
        .AddEnvironmentVariables()
        .Build();
}
