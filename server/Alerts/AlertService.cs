using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Alerts;

/// <summary>Tells what is to be told, again and again until the receiver has taken it. Any number of servers share the work.</summary>
sealed partial class AlertService(
    AlertOutbox outbox, AlertWebhook webhook, RunStore runs, IOptions<AlertOptions> options, IOptions<TelemetryOptions> addresses, JitterSource jitter,
    ServerShutdown shutdown, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<AlertService> log) : BackgroundWork(lifetime)
{
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1), Kept = TimeSpan.FromDays(30), Housekeeping = TimeSpan.FromHours(1), LateCheck = TimeSpan.FromSeconds(10);

    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        // What drains waits for this; the next server tells the rest.
        var (ends, tidied, looked) = (shutdown.Drain, DateTimeOffset.MinValue, DateTimeOffset.MinValue);
        while (!ends.IsCancellationRequested)
        {
            try
            {
                if (time.GetUtcNow() - tidied > Housekeeping)
                {
                    await outbox.ForgetAsync(Kept, ends);
                    tidied = time.GetUtcNow();
                }
                if (options.Value is { Url: not null } settings)
                {
                    if (time.GetUtcNow() - looked > LateCheck)
                    {
                        await outbox.NoteLateAsync(settings.NotStartedAfter, settings.NotFinishedAfter, settings.Within, ends);
                        looked = time.GetUtcNow();
                    }
                    await TellAsync(ends);
                }
            }
            catch (NpgsqlException away)
            {
                StoreAway(away.Message);
            }
            catch (OperationCanceledException) when (ends.IsCancellationRequested)
            {
                return;
            }
            await Task.Delay(options.Value.Url is null ? Housekeeping : Poll, time, ends).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task TellAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        while (await outbox.TakeAsync(settings.Timeout * 2, settings.Within, cancellationToken) is { Count: > 0 } alerts)
            await Task.WhenAll(alerts.Select(alert => TellAsync(alert, settings, cancellationToken)));
    }

    async Task TellAsync(Alert alert, AlertOptions settings, CancellationToken cancellationToken)
    {
        var message = AlertMessage.Of(alert, await FindAsync(alert.RunId, cancellationToken), await FindAsync(alert.PreviousRunId, cancellationToken), addresses.Value);
        if (await webhook.PostAsync(message, cancellationToken) is not { } error)
        {
            await outbox.DeliveredAsync(alert, cancellationToken);
            Told(alert.Event, alert.Id, alert.RunId, alert.Attempt);
            return;
        }
        var delay = alert.Attempt < settings.Attempts ? DelayAfter(alert.Attempt, settings) : default(TimeSpan?);
        await outbox.FailedAsync(alert, error, delay, cancellationToken);
        if (delay is { } wait) NotTold(alert.Event, alert.Id, alert.Attempt, error, wait);
        else GivenUp(alert.Event, alert.Id, alert.RunId, alert.Attempt, error);
    }

    // Doubled each time, and spread over its second half, so that a receiver that comes back is not met by all at once.
    TimeSpan DelayAfter(int attempt, AlertOptions settings)
    {
        var longest = Math.Min(settings.FirstDelay.TotalSeconds * Math.Pow(2, attempt - 1), settings.LongestDelay.TotalSeconds);
        return TimeSpan.FromSeconds(longest * (0.5 + (jitter.Next() / 2)));
    }

    async Task<Run?> FindAsync(Guid? runId, CancellationToken cancellationToken) => runId is { } id ? await runs.FindAsync(id, cancellationToken) : null;

    [LoggerMessage(4060, LogLevel.Information, "Told the receiver of {Event} {AlertId} about run {RunId} in attempt {Attempt}.")]
    partial void Told(string @event, Guid alertId, Guid? runId, int attempt);

    [LoggerMessage(4061, LogLevel.Warning, "Attempt {Attempt} to tell of {Event} {AlertId} failed: {Reason} Trying again in {Delay}.")]
    partial void NotTold(string @event, Guid alertId, int attempt, string reason, TimeSpan delay);

    [LoggerMessage(4062, LogLevel.Error, "Nobody could be told of {Event} {AlertId} about run {RunId} in {Attempt} attempts: {Reason} Look at Alerts:Url and its receiver.")]
    partial void GivenUp(string @event, Guid alertId, Guid? runId, int attempt, string reason);

    [LoggerMessage(4063, LogLevel.Warning, "What is to be told waits: PostgreSQL is away: {Reason}")]
    partial void StoreAway(string reason);
}
