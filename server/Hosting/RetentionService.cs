using Npgsql;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Hosting;

/// <summary>Service that removes old data and prepares the partitions of coming months: shortly after the start, then daily.</summary>
sealed partial class RetentionService(
    Retention retention, ServerShutdown shutdown, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<RetentionService> log) : BackgroundWork(lifetime)
{
    static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(1), Interval = TimeSpan.FromDays(1);

    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, shutdown.Drain);
        try
        {
            for (var wait = AfterStart; ; wait = Interval)
            {
                await Task.Delay(wait, time, either.Token);
                await ApplyAsync(either.Token);
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    async Task ApplyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await retention.ApplyAsync(cancellationToken);
        }
        catch (NpgsqlException failure)
        {
            Failed(failure.Message, Interval);
        }
    }

    [LoggerMessage(4040, LogLevel.Error, "Retention failed: {Reason} Trying again in {Interval}.")]
    partial void Failed(string reason, TimeSpan interval);
}
