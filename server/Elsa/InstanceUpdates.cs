using Microsoft.AspNetCore.SignalR;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Elsa;

/// <summary>
/// Sends changes of a run to its watchers, at most a few times a second. Runs that this process drives signal changes; for other runs it
/// polls the length of the journal.
/// </summary>
sealed partial class InstanceUpdates(
    IHubContext<InstanceHub, IInstanceClient> hub, RunStore runs, InstanceViews views, RunFeed feed, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<InstanceUpdates> log)
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(400), Poll = TimeSpan.FromMilliseconds(800);

    readonly Lock gate = new();
    readonly Dictionary<Guid, Watchers> watchers = [];

    /// <summary>Whether a run exists.</summary>
    public async Task<bool> IsThereAsync(Guid run, CancellationToken cancellationToken) => await runs.FindAsync(run, cancellationToken) is not null;

    /// <summary>Adds a watcher of a run.</summary>
    public void Watch(Guid run)
    {
        lock (gate)
        {
            if (watchers.TryGetValue(run, out var before))
            {
                watchers[run] = new(before.Now + 1, before.Ever + 1);
                return;
            }
            watchers[run] = new(1, 1);
        }
        _ = Task.Run(() => FollowAsync(run, lifetime.ApplicationStopping), CancellationToken.None);
    }

    /// <summary>Removes a watcher of a run.</summary>
    public void Leave(Guid run)
    {
        lock (gate)
            if (watchers.TryGetValue(run, out var left)) watchers[run] = left with { Now = left.Now - 1 };
    }

    async Task FollowAsync(Guid run, CancellationToken cancellationToken)
    {
        using var watch = feed.Watch(run);
        var (seen, sent, sentTo) = (-1L, 0, 0);
        while (WatchersSoFar(run) is { } watched && !cancellationToken.IsCancellationRequested)
        {
            var begun = time.GetTimestamp();
            try
            {
                var now = (await runs.ReadSequencesAsync([run], cancellationToken)).GetValueOrDefault(run, -1);
                // New watchers get everything, so events between their read and their watch are not lost, not even the last one.
                if (now >= 0 && (now != seen || watched != sentTo) && await views.FindAsync(run, cancellationToken) is { } view)
                {
                    await NotifyAsync(run, view, watched == sentTo ? sent : 0);
                    (seen, sent, sentTo) = (now, view.History.Events.Count, watched);
                }
                // A long journal takes longer to fold, so its updates are sent less often.
                var pause = time.GetElapsedTime(begun) * 4 is var slow && slow > Pause ? slow : Pause;
                await Task.Delay(pause, time, cancellationToken);
                await watch.WaitAsync(Poll, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // The border of a background task: watchers read again with the next change.
            catch (Exception error)
#pragma warning restore CA1031
            {
                NotTold(error, run);
                await Task.Delay(Poll, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task NotifyAsync(Guid run, InstanceView view, int sent)
    {
        var clients = hub.Clients.Group(InstanceId.Of(run));
        var nodes = view.History.Events.Skip(sent)
            .Select(happened => happened.Number is { } number ? view.History.Find(number) : null).OfType<ExecutionHistory>()
            .Select(view.NodeIdOf).ToHashSet(StringComparer.Ordinal);
        if (nodes.Count > 0) await clients.ActivityExecutionLogUpdatedAsync(new(view.Stats(nodes)));
        await clients.WorkflowExecutionLogUpdatedAsync(new { });
        await clients.WorkflowInstanceUpdatedAsync(new(InstanceId.Of(run)));
    }

    // Number of watchers so far; null when all have left.
    int? WatchersSoFar(Guid run)
    {
        lock (gate)
        {
            if (watchers.TryGetValue(run, out var found) && found.Now > 0) return found.Ever;
            watchers.Remove(run);
            return null;
        }
    }

    /// <summary>Watchers of a run.</summary>
    /// <param name="Now">Current number.</param>
    /// <param name="Ever">Number of watchers since the first of them.</param>
    sealed record Watchers(int Now, int Ever);

    [LoggerMessage(4095, LogLevel.Warning, "Changes of run {Run} could not be sent to its watchers; they are sent with the next change.")]
    partial void NotTold(Exception error, Guid run);
}
