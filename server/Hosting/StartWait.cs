using System.Globalization;
using Npgsql;
using Orchestrator.Server.Api;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Postgres;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Hosting;

/// <summary>
/// Waits at the start of a server until PostgreSQL answers. Meanwhile <c>/healthz</c> reports a live process, so that its supervisor does
/// not kill it; all else is answered with 503.
/// </summary>
sealed partial class StartWait(ServerOptions options, IConfiguration configuration, TimeProvider time, ILogger<StartWait> log)
{
    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200), LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Retries the start until it succeeds; repeating it must be harmless.</summary>
    /// <exception cref="Exception">The start failed for another reason, or PostgreSQL was unavailable for longer than <see cref="ServerOptions.Wait"/>.</exception>
    public async Task StartAsync(Func<Task> start, CancellationToken cancellationToken)
    {
        var (began, pause) = (time.GetTimestamp(), FirstPause);
        WebApplication? room = null;
        try
        {
            while (true)
            {
                try
                {
                    await start();
                    return;
                }
                catch (Exception error) when (ReasonOf(error) is not null && time.GetElapsedTime(began) < options.Wait)
                {
                    if (room is null)
                    {
                        Waiting(log, options.Wait.TotalSeconds, ReasonOf(error)!);
                        room = await OpenAsync(cancellationToken);
                    }
                }
                await Task.Delay(pause, time, cancellationToken);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        finally
        {
            if (room is not null) await room.DisposeAsync();
        }
    }

    // A schema script that an outage interrupts fails with the outage as inner exception.
    static string? ReasonOf(Exception error) => error switch
    {
        PlatformException { Code: PostgresAddress.Unreachable } => error.Message,
        NpgsqlException unavailable when StoreOutages.IsOutage(unavailable) => error.Message,
        { InnerException: { } inner } => ReasonOf(inner),
        _ => null,
    };

    async Task<WebApplication> OpenAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, EnvironmentName = Environments.Production });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        var room = builder.Build();
        foreach (var url in options.Urls) room.Urls.Add(url.GetLeftPart(UriPartial.Authority));
        room.Run(AnswerAsync);
        try
        {
            await room.ListenAsync(options.Urls, cancellationToken);
            return room;
        }
        catch
        {
            await room.DisposeAsync();
            throw;
        }
    }

    static Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/healthz") return context.Response.WriteAsJsonAsync(new HealthResponse("alive"), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = ApiProblems.RetryDelay.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return context.Response.WriteAsJsonAsync(new ReadinessResponse("waiting for PostgreSQL", Checks: null), context.RequestAborted);
    }

    [LoggerMessage(4015, LogLevel.Warning, "PostgreSQL is unavailable, so the start waits for it, at most {Seconds} s: {Reason}")]
    static partial void Waiting(ILogger log, double seconds, string reason);
}
