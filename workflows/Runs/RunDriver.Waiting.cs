using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Runs;

// What activities wait for outside of the run: times, events, runs that they start.
sealed partial class RunDriver
{
    // To let a run go and take it again costs more than to hold it for so long. While other branches execute, it is looked so often for what has come.
    static readonly TimeSpan Glance = TimeSpan.FromSeconds(1);

    // Executions whose runs were asked for here.
    readonly HashSet<int> children = [];

    // Executions whose runs are to end with them.
    HashSet<int> awaited = [];

    // Where branches race, what was due first must win, however late it is noticed.
    readonly bool isRacing = definition.Activities.Values.Any(node => node.MergeMode is MergeMode.Race);

    /// <summary>Takes over what has come for activities that wait.</summary>
    async Task ReceiveAsync()
    {
        var state = recorder.State;
        if (state.Waiting.Count == 0 || state.IsStopping || state.Status.IsFinal) return;
        var due = NextDue() is { } next && next <= clock.GetUtcNow() ? isRacing ? next : clock.GetUtcNow() : (DateTimeOffset?)null;
        foreach (var number in state.Waiting.ToArray())
            if (state[number].Suspension!.DueAt <= due) recorder.Record(new ActivityResumed(number));
        if (state.Waiting.All(number => state[number].Suspension!.DueAt is not null)) return;
        foreach (var signal in await waits.ReadAsync(run.Id, CancellationToken.None))
        {
            if (!state.Waiting.Contains(signal.Number)) continue;
            var execution = state[signal.Number];
            recorder.Record(execution.Suspension!.Child is not null ? await childRuns.ResultAsync(run.Id, recorder.NodeOf(signal.Number), execution, CancellationToken.None)
                : new ActivityResumed(signal.Number, Outputs: signal.Payload is { } payload ? new Dictionary<string, System.Text.Json.JsonElement> { ["Result"] = payload } : null));
        }
    }

    /// <summary>Starts the runs that activities ask for, once that they do is durable; ends those that nobody waits for any more.</summary>
    /// <returns>Whether something may follow from it.</returns>
    async Task<bool> StartChildrenAsync()
    {
        await EndUnawaitedAsync();
        var state = recorder.State;
        var asked = ToStart().ToList();
        foreach (var number in asked)
        {
            var child = state[number].Suspension!.Child!;
            if (await StartAsync(number, child) is { } error) recorder.Record(new ActivityResumed(number, Error: error));
            else if (!child.IsAwaited) recorder.Record(new ActivityResumed(number));
            else
            {
                children.Add(number);
                awaited.Add(number);
            }
        }
        return asked.Count > 0;
    }

    async Task EndUnawaitedAsync()
    {
        var state = recorder.State;
        foreach (var number in awaited.Where(number => state[number].Status is ActivityStatus.Cancelled).ToList())
        {
            awaited.Remove(number);
            await childRuns.CancelAsync(run.Id, state[number], CancellationToken.None);
        }
    }

    async Task<RunError?> StartAsync(int number, ChildRun child)
    {
        try
        {
            return await childRuns.StartAsync(run, recorder.State, recorder.State[number], child, CancellationToken.None);
        }
        catch (Exception fault) when (FailureRules.IsOfRun(fault))
        {
            return FailureRules.Undecidable(fault, recorder.State[number]);
        }
    }

    /// <summary>
    /// Executions that wait for runs which an earlier worker started, or were ended by one that did not get to end those runs.
    /// </summary>
    HashSet<int> FindAwaited() => !recorder.State.HasWaited ? [] :
        [.. recorder.State.Executions.Where(execution => execution is { Suspension.Child.IsAwaited: true, Resumption: null })
            .Select(execution => execution.Number)];

    IEnumerable<int> ToStart() => recorder.State.IsStopping ? [] : recorder.State.Waiting.Where(number => recorder.State[number].Suspension!.Child is not null && !children.Contains(number));

    /// <summary>Whether a run that waits is better held than let go.</summary>
    bool IsHeldWaiting() => ToStart().Any() || NextDue() <= clock.GetUtcNow() + Glance;

    DateTimeOffset? NextDue() => recorder.State.Waiting.Min(number => recorder.State[number].Suspension!.DueAt);

    /// <summary>When to look next for what is due or has come.</summary>
    DateTimeOffset? NextLook()
    {
        var isLooking = recorder.State.Waiting.Any(number => recorder.State[number].Suspension!.DueAt is null);
        return new[] { NextRetry(), NextDue(), isLooking ? clock.GetUtcNow() + Glance : null }.Min();
    }

    /// <summary>What the run does not wait for any more may not wake it.</summary>
    async Task<Run> LetGoAsync()
    {
        if (recorder.State.HasWaited) await waits.KeepAsync(run.Id, recorder.State.Status.IsFinal ? [] : recorder.State.Waiting, CancellationToken.None);
        await EndUnawaitedAsync();
        return Now();
    }
}
