using Microsoft.AspNetCore.SignalR;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Elsa;

/// <summary>
/// Tells those who watch a run what changed in it, at most a few times a second. Runs that this process drives wake it; of those that another process drives it
/// looks at the length of the journal.
/// </summary>
sealed partial class InstanceUpdates(
    IHubContext<InstanceHub, IInstanceClient> hub, RunStore runs, InstanceViews views, RunFeed feed, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<InstanceUpdates> log)
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400), Poll = TimeSpan.FromMilliseconds(800);

    readonly Lock gate = new();
    readonly Dictionary<Guid, int> watchers = [];

    /// <summary>Whether there is such a run.</summary>
    public async Task<bool> IsThereAsync(Guid run, CancellationToken cancellationToken) => await runs.FindAsync(run, cancellationToken) is not null;

    /// <summary>Somebody watches a run from now on.</summary>
    public void Watch(Guid run)
    {
        lock (gate)
        {
            watchers[run] = watchers.GetValueOrDefault(run) + 1;
            if (watchers[run] > 1) return;
        }
        _ = Task.Run(() => FollowAsync(run, lifetime.ApplicationStopping), CancellationToken.None);
    }

    /// <summary>Somebody watches it no more.</summary>
    public void Leave(Guid run)
    {
        lock (gate)
            if (watchers.TryGetValue(run, out var left)) watchers[run] = left - 1;
    }

    async Task FollowAsync(Guid run, CancellationToken cancellationToken)
    {
        using var watch = feed.Watch(run);
        var (seen, told) = (-1L, 0);
        while (IsWatched(run) && !cancellationToken.IsCancellationRequested)
        {
            var begun = time.GetTimestamp();
            try
            {
                var now = (await runs.ReadSequencesAsync([run], cancellationToken)).GetValueOrDefault(run, -1);
                if (now >= 0 && now != seen && await views.FindAsync(run, cancellationToken) is { } view)
                {
                    // At once as well: what happened after they read and before they watch is not lost.
                    await TellAsync(run, view, told);
                    (seen, told) = (now, view.History.Events.Count);
                }
                // A long journal takes longer to fold: it is told less often.
                var pause = time.GetElapsedTime(begun) * 4 is var slow && slow > Pause ? slow : Pause;
                await Task.Delay(pause, time, cancellationToken);
                await watch.WaitAsync(Poll, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The border of a background task: whoever watches reads again with the next change.
            catch (Exception error)
#pragma warning restore CA1031
            {
                NotTold(error, run);
                await Task.Delay(Poll, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task TellAsync(Guid run, InstanceView view, int told)
    {
        var clients = hub.Clients.Group(InstanceId.Of(run));
        var nodes = view.History.Events.Skip(told).Select(happened => happened.Number is { } number ? view.History.Find(number) : null).OfType<ExecutionHistory>()
            .Select(view.NodeIdOf).ToHashSet(StringComparer.Ordinal);
        if (nodes.Count > 0) await clients.ActivityExecutionLogUpdatedAsync(new(view.Stats(nodes)));
        await clients.WorkflowExecutionLogUpdatedAsync(new { });
        await clients.WorkflowInstanceUpdatedAsync(new(InstanceId.Of(run)));
    }

    bool IsWatched(Guid run)
    {
        lock (gate)
        {
            if (watchers.GetValueOrDefault(run) > 0) return true;
            watchers.Remove(run);
            return false;
        }
    }

    [LoggerMessage(4095, LogLevel.Warning, "Those who watch run {Run} could not be told what changed in it; they are with the next change.")]
    partial void NotTold(Exception error, Guid run);
}
