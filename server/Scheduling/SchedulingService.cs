using Microsoft.Extensions.Options;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Backfills;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Server.Scheduling;

/// <summary>Service that processes schedules and backfills: on an alarm, on a change, and periodically.</summary>
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
                    // Work that is due already is held by another node, or could not be recorded; the next pass tries again.
                    if (await scheduler.LookAsync(ending.Token) is { } next && next > TimeSpan.Zero) await alarm.SetAsync(next, ending.Token);
                }
#pragma warning disable CA1031 // The scheduler survives all failures of the store and tries again later.
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
            // Nothing is lost: the next node starts what is due.
        }
        finally
        {
            scheduler.Called -= OnCalled;
        }
    }

    /// <summary>Creates shipped schedules and those of triggers. A problem with one does not keep the others from running.</summary>
    /// <returns>Whether all exist; otherwise the import has to be repeated.</returns>
    async Task<bool> ImportAsync(CancellationToken cancellationToken)
    {
        try
        {
            await shipped.ImportAsync(cancellationToken);
            await definitions.ScheduleTriggersAsync(cancellationToken);
            return true;
        }
#pragma warning disable CA1031 // The scheduler continues with the existing schedules.
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
            // A signal is pending already.
        }
    }

    [LoggerMessage(4032, LogLevel.Warning, "Some schedules of files and published workflows could not be created; trying again.")]
    partial void ImportFailed(Exception error);

    [LoggerMessage(4030, LogLevel.Warning, "Schedules and backfills could not be processed; trying again.")]
    partial void LookFailed(Exception error);
}
