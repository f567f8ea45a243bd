using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Alerts;

/// <summary>Delivers alerts, with retries until the receiver accepts them. Any number of servers share the work.</summary>
sealed partial class AlertService(
    AlertOutbox outbox, AlertWebhook webhook, RunStore runs, IOptions<AlertOptions> options, IOptions<TelemetryOptions> addresses, JitterSource jitter,
    ServerShutdown shutdown, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<AlertService> log) : BackgroundWork(lifetime)
{
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1), Kept = TimeSpan.FromDays(30), Housekeeping = TimeSpan.FromHours(1), LateCheck = TimeSpan.FromSeconds(10);

    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        // Draining waits for this; the next server delivers the rest.
        var (ends, lastCleanup, lastLateCheck) = (shutdown.Drain, DateTimeOffset.MinValue, DateTimeOffset.MinValue);
        while (!ends.IsCancellationRequested)
        {
            try
            {
                if (time.GetUtcNow() - lastCleanup > Housekeeping)
                {
                    await outbox.ForgetAsync(Kept, ends);
                    lastCleanup = time.GetUtcNow();
                }
                if (options.Value is { Url: not null } settings)
                {
                    if (time.GetUtcNow() - lastLateCheck > LateCheck)
                    {
                        await outbox.NoteLateAsync(settings.NotStartedAfter, settings.NotFinishedAfter, settings.Within, ends);
                        lastLateCheck = time.GetUtcNow();
                    }
                    await DeliverAsync(ends);
                }
            }
            catch (NpgsqlException unavailable)
            {
                StoreUnavailable(unavailable.Message);
            }
            catch (OperationCanceledException) when (ends.IsCancellationRequested)
            {
                return;
            }
            await Task.Delay(options.Value.Url is null ? Housekeeping : Poll, time, ends).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task DeliverAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        while (await outbox.TakeAsync(settings.Timeout * 2, settings.Within, cancellationToken) is { Count: > 0 } alerts)
            await Task.WhenAll(alerts.Select(alert => DeliverAsync(alert, settings, cancellationToken)));
    }

    async Task DeliverAsync(Alert alert, AlertOptions settings, CancellationToken cancellationToken)
    {
        var message = AlertMessage.Of(alert, await FindAsync(alert.RunId, cancellationToken), await FindAsync(alert.PreviousRunId, cancellationToken), addresses.Value);
        if (await webhook.PostAsync(message, cancellationToken) is not { } error)
        {
            await outbox.DeliveredAsync(alert, cancellationToken);
            Delivered(alert.Event, alert.Id, alert.RunId, alert.Attempt);
            return;
        }
        var delay = alert.Attempt < settings.Attempts ? DelayAfter(alert.Attempt, settings) : default(TimeSpan?);
        await outbox.FailedAsync(alert, error, delay, cancellationToken);
        if (delay is { } wait) NotDelivered(alert.Event, alert.Id, alert.Attempt, error, wait);
        else Dropped(alert.Event, alert.Id, alert.RunId, alert.Attempt, error);
    }

    // Doubles each time and varies over its second half, so that a receiver that returns does not get all alerts at once.
    TimeSpan DelayAfter(int attempt, AlertOptions settings)
    {
        var longest = Math.Min(settings.FirstDelay.TotalSeconds * Math.Pow(2, attempt - 1), settings.LongestDelay.TotalSeconds);
        return TimeSpan.FromSeconds(longest * (0.5 + (jitter.Next() / 2)));
    }

    async Task<Run?> FindAsync(Guid? runId, CancellationToken cancellationToken) => runId is { } id ? await runs.FindAsync(id, cancellationToken) : null;

    [LoggerMessage(4060, LogLevel.Information, "Delivered {Event} {AlertId} about run {RunId} in attempt {Attempt}.")]
    partial void Delivered(string @event, Guid alertId, Guid? runId, int attempt);

    [LoggerMessage(4061, LogLevel.Warning, "Attempt {Attempt} to deliver {Event} {AlertId} failed: {Reason} Trying again in {Delay}.")]
    partial void NotDelivered(string @event, Guid alertId, int attempt, string reason, TimeSpan delay);

    [LoggerMessage(4062, LogLevel.Error,
        "{Event} {AlertId} about run {RunId} was not delivered in {Attempt} attempts: {Reason} Check Alerts:Url and its receiver.")]
    partial void Dropped(string @event, Guid alertId, Guid? runId, int attempt, string reason);

    [LoggerMessage(4063, LogLevel.Warning, "Alerts are delayed: PostgreSQL is unavailable: {Reason}")]
    partial void StoreUnavailable(string reason);
}
