using Microsoft.Extensions.Options;
using Orchestrator.Server.Access;
using Orchestrator.Server.Alerts;
using Orchestrator.Server.Api;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Elsa;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Pages;
using Orchestrator.Server.Scheduling;
using Orchestrator.Server.Studio;
using Orchestrator.Server.Telemetry;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Hosting;

/// <summary>Composition of the server: its services and its request pipeline.</summary>
static class ServerComposition
{
    /// <summary>Builds the server without starting anything.</summary>
    public static WebApplication Build(PlatformStorage storage, ServerOptions options, ServerParts parts, IConfiguration configuration, ServerShutdown shutdown)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, EnvironmentName = Environments.Production });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging.ClearProviders().AddConfiguration(configuration.GetSection("Logging"));
        parts.Logging(builder.Logging);
        // The command reports why the server cannot start; the log would repeat it with a stack trace.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.None).AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.Logging.AddTelemetry();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = kestrel.ApplicationServices.GetRequiredService<IOptions<ApiOptions>>().Value.LargestRequestBytes;
            if (options.Socket is { } socket) kestrel.ListenUnixSocket(socket);
        });

        var services = builder.Services;
        services.AddSingleton<IHostLifetime, CommandLifetime>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        services.AddSingleton(options);
        services.AddSingleton(shutdown);
        services.AddPlatform(storage, parts.Engine, configuration, parts.Time, options);
        services.AddApi(configuration);
        services.AddInstances();
        services.AddAccess(storage.Options, options, configuration);
        if (options is { Socket: null, Urls: [{ Port: not 0 } first, ..] })
            services.PostConfigure<TelemetryOptions>(telemetry => telemetry.RunUrlTemplate ??= $"{first.GetLeftPart(UriPartial.Authority)}/runs/{{runId}}");
        if (options.Roles.HasFlag(ServerRoles.Worker)) services.AddHostedService<WorkerService>();
        if (options.Roles.HasFlag(ServerRoles.Scheduler)) services.AddAlerts(configuration).AddScheduling().AddHostedService<RetentionService>();
        if (options.HasPages) services.AddPages().AddStudio();
        parts.Services(services);

        var app = builder.Build();
        app.Urls.Clear();
        if (options.Socket is null) foreach (var url in options.Urls) app.Urls.Add(url.GetLeftPart(UriPartial.Authority));
        if (options.CommandSocket is { } commands) app.Urls.Add($"{ServerHost.SocketScheme}{commands}");
        app.UseRouteNames();
        app.UseAccessHeaders();
        app.UseApi(options);
        app.UseAccess();
        if (options.Roles.HasFlag(ServerRoles.Api))
        {
            app.MapApi();
            app.MapElsa();
            app.MapApiReference();
        }
        app.MapHealth();
        if (options.Socket is null && options.Roles.HasFlag(ServerRoles.Api)) app.MapLogin();
        if (options.HasPages)
        {
            app.MapPages();
            app.MapStudio();
        }
        return app;
    }

    /// <summary>Host lifetime without signal handling: the command turns signals into <see cref="ServerShutdown"/>.</summary>
    sealed class CommandLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
