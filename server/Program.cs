using System.Globalization;
using Orchestrator.Server.CommandLine;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Telemetry;
using Orchestrator.Server.Texts;
using Orchestrator.Spark;
using Orchestrator.Spark.Connect;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Engines;

if (!Settings.Read().GetValue<bool>(PlatformOptions.StoreSharedSetting)) PrivateFolder.CloseNewFiles();
using var interruption = new Interruption();
using var telemetry = TelemetryExport.Start();
return await OrchestratorCommand.InvokeAsync(args, Terminal.OfProcess() with { ListenForSecond = interruption.ListenForSecond },
    new(AddEngine, ExamineEngineAsync), interruption.Token);

static void AddEngine(IServiceCollection services, PlatformOptions platform, IConfiguration settings)
{
    services.AddSpark();
    BindEngine(services, platform, settings);
}

static void BindEngine(IServiceCollection services, PlatformOptions platform, IConfiguration settings)
{
    CheckAddress(platform.Spark);
    services.AddSettings<EngineOptions>(settings, EngineOptions.Section).Configure(options => options.Engine = platform.Engine ?? options.Engine);
    services.AddSettings<DuckDbOptions>(settings, DuckDbOptions.Section);
    services.AddSettings<SparkConnectOptions>(settings, SparkConnectOptions.Section).Configure(options => options.Address = platform.Spark ?? options.Address);
}

// Errors of the command line are reported before anything starts.
static void CheckAddress(string? address)
{
    try
    {
        if (address is not null) SparkAddress.Parse(address);
    }
    catch (FormatException error)
    {
        throw new UsageException(error.Message);
    }
}

static async Task<IReadOnlyList<Finding>> ExamineEngineAsync(PlatformOptions platform, IConfiguration settings, CancellationToken cancellationToken)
{
    try
    {
        var probes = await EngineExamination.RunAsync(services => BindEngine(services, platform, settings), cancellationToken);
        return [.. probes.Select(probe => new Finding(probe.Check, true, string.Create(CultureInfo.InvariantCulture, $"{probe.Found} ({probe.Time.TotalMilliseconds:0} ms)")))];
    }
    catch (SqlEngineException error)
    {
        return [new("spark", false, error.Message, "Runs with --engine duckdb need no Spark.")];
    }
    catch (Exception error) when (error is DllNotFoundException or TypeInitializationException or BadImageFormatException)
    {
        return [new("engine", false, $"The engine's library cannot be loaded: {error.GetBaseException().Message}",
            "Build again with 'dotnet build'; on Linux it needs glibc and libstdc++.")];
    }
}
