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
    readonly Dictionary<Guid, Watchers> watchers = [];

    /// <summary>Whether there is such a run.</summary>
    public async Task<bool> IsThereAsync(Guid run, CancellationToken cancellationToken) => await runs.FindAsync(run, cancellationToken) is not null;

    /// <summary>Somebody watches a run from now on.</summary>
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

    /// <summary>Somebody watches it no more.</summary>
    public void Leave(Guid run)
    {
        lock (gate)
            if (watchers.TryGetValue(run, out var left)) watchers[run] = left with { Now = left.Now - 1 };
    }

    async Task FollowAsync(Guid run, CancellationToken cancellationToken)
    {
        using var watch = feed.Watch(run);
        var (seen, told, greeted) = (-1L, 0, 0);
        while (EverWatched(run) is { } watched && !cancellationToken.IsCancellationRequested)
        {
            var begun = time.GetTimestamp();
            try
            {
                var now = (await runs.ReadSequencesAsync([run], cancellationToken)).GetValueOrDefault(run, -1);
                // Whoever came is told all: what happened after it read and before it watches is not lost, be it the end.
                if (now >= 0 && (now != seen || watched != greeted) && await views.FindAsync(run, cancellationToken) is { } view)
                {
                    await TellAsync(run, view, watched == greeted ? told : 0);
                    (seen, told, greeted) = (now, view.History.Events.Count, watched);
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

    // How many have come; null when all have left.
    int? EverWatched(Guid run)
    {
        lock (gate)
        {
            if (watchers.TryGetValue(run, out var found) && found.Now > 0) return found.Ever;
            watchers.Remove(run);
            return null;
        }
    }

    /// <summary>Who watches a run.</summary>
    /// <param name="Now">How many.</param>
    /// <param name="Ever">How many have come since somebody began to.</param>
    sealed record Watchers(int Now, int Ever);

    [LoggerMessage(4095, LogLevel.Warning, "Those who watch run {Run} could not be told what changed in it; they are with the next change.")]
    partial void NotTold(Exception error, Guid run);
}
