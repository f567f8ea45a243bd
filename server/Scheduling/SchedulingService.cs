using Microsoft.Extensions.Options;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Backfills;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Server.Scheduling;

/// <summary>Looks after schedules and backfills: when the alarm rings, when something changed, and now and then by itself.</summary>
sealed partial class SchedulingService(
    Scheduler scheduler, ShippedSchedules shipped, DefinitionStore definitions, IOptions<SchedulesOptions> options, ServerShutdown shutdown,
    IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SchedulingService> log) : BackgroundWork(lifetime)
{
    readonly SemaphoreSlim call = new(0, 1);

    /// <inheritdoc/>
    public override void Dispose()
    {
        call.Dispose();
        base.Dispose();
    }

    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(shutdown.Drain, stoppingToken);
        await using var alarm = await AlarmClock.StartAsync(Call, time, ending.Token);
        scheduler.Called += OnCalled;
        scheduler.Listen();
        try
        {
            var isImported = false;
            while (true)
            {
                try
                {
                    isImported = isImported || await ImportAsync(ending.Token);
                    // What is due already is another node's, which holds it; or it cannot be noted, and the next look tries again.
                    if (await scheduler.LookAsync(ending.Token) is { } next && next > TimeSpan.Zero) await alarm.SetAsync(next, ending.Token);
                }
#pragma warning disable CA1031 // The scheduler lives through everything that the store may do; it looks again after a while.
                catch (Exception error) when (!ending.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    LookFailed(error);
                }
                await call.WaitAsync(options.Value.Poll, ending.Token);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // Nothing is lost: what is due later is started by the next node that looks.
        }
        finally
        {
            scheduler.Called -= OnCalled;
        }
    }

    /// <summary>Makes the schedules that ship, and those of triggers. Whatever is wrong with one keeps no other from running.</summary>
    /// <returns>Whether all are there; else it is to be tried again.</returns>
    async Task<bool> ImportAsync(CancellationToken cancellationToken)
    {
        try
        {
            await shipped.ImportAsync(cancellationToken);
            await definitions.ScheduleTriggersAsync(cancellationToken);
            return true;
        }
#pragma warning disable CA1031 // The scheduler goes on with the schedules that are there.
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            ImportFailed(error);
            return false;
        }
    }

    void OnCalled(object? sender, EventArgs call) => Call();

    void Call()
    {
        try
        {
            call.Release();
        }
        catch (SemaphoreFullException)
        {
            // It was called already and has not looked yet.
        }
    }

    [LoggerMessage(4032, LogLevel.Warning, "Not all schedules of files and published workflows could be made; it is tried again.")]
    partial void ImportFailed(Exception error);

    [LoggerMessage(4030, LogLevel.Warning, "Schedules and backfills could not be looked after; it is tried again.")]
    partial void LookFailed(Exception error);
}
