using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Workers;

/// <summary>Claims runs and drives them to their end. One object serves any number of runs at once.</summary>
public sealed partial class RunWorker(
    RunStore store, RunLeases leases, HeldRuns held, RunDrivers drivers, WorkFolders folders, IOptions<RunOptions> options,
    IOptions<TelemetryOptions> telemetry, TimeProvider clock, ILogger<RunWorker> log)
{
    const string Stopped = "The platform was asked to stop the run.";

    static readonly Func<ILogger, Guid, string?, IDisposable?> LogScope = LoggerMessage.DefineScope<Guid, string?>("run {RunId} partition {Partition}");

    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    /// <summary>Name of this worker in leases. Tests give each worker its own.</summary>
    internal string Name { get; set; } = WorkerIdentity.Current;

    /// <summary>
    /// Claims a run, waiting while another worker has it, and drives it until it has ended or is suspended. Durable work is not repeated.
    /// </summary>
    /// <param name="cancellationToken">Cancels the run: attempts end, the journal records it, and the canceled run is returned.</param>
    /// <returns>The run after its end; at once if it had ended before.</returns>
    /// <exception cref="InvalidOperationException">There is no such run.</exception>
    /// <exception cref="NpgsqlException">The store was unavailable for too long; the run continues when a worker claims it
    /// again.</exception>
    public async Task<Run> DriveAsync(Guid runId, IRunObserver observer, CancellationToken cancellationToken)
    {
        string? deadOwner = null;
        while (true)
        {
            if (await leases.ClaimAsync(runId, Name, deadOwner, options.Value.LeaseTaken, CancellationToken.None) is { } claim)
            {
                try
                {
                    return await DriveAsync(claim, observer, cancellationToken, CancellationToken.None);
                }
                catch (LeaseLostException lost)
                {
                    LeaseLost(lost.Message);
                }
                catch
                {
                    // This process lives, so no worker would claim the run before the lease ends.
                    await LetGoAsync(claim.Fence);
                    throw;
                }
            }
            var run = await store.FindAsync(runId, CancellationToken.None)
                ?? throw new InvalidOperationException($"There is no run {runId}. List the runs to see their ids.");
            if (run.Status.IsFinal) return run;
            deadOwner = run.LeaseOwner is { } owner && WorkerIdentity.IsDead(owner) ? owner : null;
            if (deadOwner is null) await Task.Delay(Poll, clock, cancellationToken);
        }
    }

    /// <summary>
    /// Requests the end of a run. If no living worker drives it, it is ended here; otherwise its worker reacts within two seconds.
    /// </summary>
    /// <param name="reason">Person or component that requests it, in words.</param>
    /// <returns>The run after that.</returns>
    /// <exception cref="InvalidOperationException">There is no such run.</exception>
    public async Task<Run> CancelAsync(Guid runId, string reason, IRunObserver observer, CancellationToken cancellationToken)
    {
        await store.RequestCancelAsync(runId, reason, cancellationToken);
        var run = await store.FindAsync(runId, cancellationToken)
            ?? throw new InvalidOperationException($"There is no run {runId}. List the runs to see their ids.");
        return run.Status.IsFinal || (run.LeaseOwner is { } owner && !WorkerIdentity.IsDead(owner)) ? run
            : await DriveAsync(runId, observer, cancellationToken);
    }

    /// <summary>Drives a claimed run, until it has ended, is suspended or handed over.</summary>
    /// <param name="cancel">Cancels the run.</param>
    /// <param name="handOver">Releases the run, so that another worker can continue it at once.</param>
    internal async Task<Run> DriveAsync(Claim claim, IRunObserver observer, CancellationToken cancel, CancellationToken handOver)
    {
        var run = claim.Run;
        if (claim.Definition is not { } definition) return await EndUnreadableAsync(claim, observer);
        using var logScope = LogScope(log, run.Id, run.Partition?.ToString());
        using var span = RunTelemetry.StartRun(run, telemetry.Value.RunAddress(run.Id));
        using var spans = new RunSpans(span, definition);
        if (span is { Recorded: true } && run.TraceParent is null) await leases.TraceAsync(claim.Fence, span.Id!, CancellationToken.None);
        var driver = drivers.Create(claim, definition, spans, observer);
        var mailbox = driver.Drive.Mailbox;
        RunMetrics.RunTaken(run);
        Run result;
        using (held.Keep(claim.Fence, mailbox, driver.Drive.Recorder))
        await using (cancel.Register(() => mailbox.Post(new RunMessage.Cancel(Stopped))))
        await using (handOver.Register(() => mailbox.Post(new RunMessage.HandOver())))
        {
            try
            {
                await leases.TakeOverAsync(claim, CancellationToken.None);
                result = await driver.DriveAsync(Name, claim.CancelReason ?? (cancel.IsCancellationRequested ? Stopped : null));
            }
            finally
            {
                RunMetrics.RunLetGo(run);
            }
        }
        RunMetrics.RunEnded(result);
        span?.SetTag(RunTags.RunStatus, result.Status.ToString());
        if (result is { Status: RunStatus.Failed, Error: { } error }) span.Fail(error);
        if (result.Status.IsFinal) folders.RemoveRun(run.Id);
        else await leases.ReleaseAsync(claim.Fence, CancellationToken.None);
        RunEnded(run.Id, run.DefinitionId, result.Status);
        observer.OnRunFinished(result);
        return result;
    }

    async Task<Run> EndUnreadableAsync(Claim claim, IRunObserver observer)
    {
        var ended = await drivers.EndUnreadableAsync(claim);
        folders.RemoveRun(ended.Id);
        RunEnded(ended.Id, ended.DefinitionId, ended.Status);
        observer.OnRunFinished(ended);
        return ended;
    }

    async Task LetGoAsync(Fence fence)
    {
        try
        {
            await leases.ReleaseAsync(fence, CancellationToken.None);
        }
        catch (NpgsqlException away)
        {
            LettingGoFailed(fence.RunId, away.Message);
        }
    }

    [LoggerMessage(1006, LogLevel.Warning, "{Reason}")]
    partial void LeaseLost(string reason);

    [LoggerMessage(1009, LogLevel.Warning, "Run {RunId} could not be let go, so nobody takes it before its lease ends: {Reason}")]
    partial void LettingGoFailed(Guid runId, string reason);

    [LoggerMessage(1008, LogLevel.Information, "Run {RunId} of {DefinitionId} is {Status}.")]
    partial void RunEnded(Guid runId, string definitionId, RunStatus status);
}
