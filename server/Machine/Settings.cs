using Microsoft.Extensions.Options;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Machine;

/// <summary>The settings of the platform: <c>appsettings.json</c> beside the program, then the environment.</summary>
static class Settings
{
    // The configuration libraries have no exception types of their own.
    const string Binder = "Microsoft.Extensions.Configuration.Binder", LogLevels = "Microsoft.Extensions.Logging.Configuration";

    static Settings() => Durations.UseInSettings();

    /// <summary>Reads the settings. Environment variables are written such as <c>Runs__Lease=00:00:30</c>.</summary>
    /// <exception cref="PlatformException"><c>server.bad_setting</c>: the file is not JSON.</exception>
    public static IConfigurationRoot Read()
    {
        try
        {
            return new ConfigurationBuilder()
                .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true, reloadOnChange: false)
                .AddEnvironmentVariables()
                .Build();
        }
        catch (InvalidDataException unreadable)
        {
            throw new PlatformException("server.bad_setting",
                $"The settings cannot be read: {unreadable.Message} {unreadable.GetBaseException().Message} Correct the file.", unreadable);
        }
    }

    /// <summary>Creates the error for a person if the exception is about a setting; <see langword="null"/> otherwise.</summary>
    public static PlatformException? ProblemOf(Exception error) => error switch
    {
        OptionsValidationException wrong => Bad(wrong.Message, wrong),
        InvalidOperationException { Source: Binder } wrong => Bad(wrong.Message, wrong),
        InvalidOperationException { Source: LogLevels } wrong => Bad($"A level of the section Logging is wrong: {wrong.Message}", wrong),
        _ => null,
    };

    extension(IServiceCollection services)
    {
        /// <summary>Binds a section of the settings to its options. Their generated validator checks them at startup.</summary>
        public OptionsBuilder<TOptions> AddSettings<TOptions>(IConfiguration configuration, string section) where TOptions : class =>
            services.AddOptions<TOptions>().Bind(configuration.GetSection(section)).ValidateOnStart();

        /// <summary>Binds a section of the settings to its options and registers their validator.</summary>
        public void AddSettings<TOptions, TValidator>(IConfiguration configuration, string section)
            where TOptions : class where TValidator : class, IValidateOptions<TOptions> =>
            services.AddSingleton<IValidateOptions<TOptions>, TValidator>().AddSettings<TOptions>(configuration, section);
    }

    static PlatformException Bad(string message, Exception error) =>
        new("server.bad_setting", $"{message} Correct it in appsettings.json or in the environment.", error);
}
