using System.Text.Json;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Workflows.Workers;

/// <summary>What the activities of one run wait for: times, events, runs that they start.</summary>
sealed class RunningWaits(Drive drive, RunWaits waits, ChildRuns childRuns, TimeProvider clock)
{
    // To release a run and claim it again costs more than to hold it for so long. While other branches execute, the store is asked this
    // often for what has come.
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    readonly Run run = drive.Run;
    readonly RunRecorder recorder = drive.Recorder;

    // Executions whose runs were asked for here.
    readonly HashSet<int> children = [];

    // Executions whose runs are to end with them.
    HashSet<int> awaited = [];

    // Where branches race, what was due first must win, however late it is noticed.
    readonly bool isRacing = drive.Definition.Activities.Values.Any(node => node.MergeMode is MergeMode.Race);

    /// <summary>Takes over what has come for activities that wait.</summary>
    public async Task ReceiveAsync()
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
            recorder.Record(execution.Suspension!.Child is not null
                ? await childRuns.ResultAsync(run.Id, recorder.NodeOf(signal.Number), execution, CancellationToken.None)
                : new ActivityResumed(signal.Number, Outputs: ResultOf(signal)));
        }
    }

    /// <summary>Starts the runs that activities ask for, once that they do is durable; ends those that nobody waits for any more.</summary>
    /// <returns>Whether something may follow from it.</returns>
    public async Task<bool> StartChildrenAsync()
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
            return RunEngine.Undecidable(fault, recorder.State[number]);
        }
    }

    /// <summary>
    /// Finds the executions that wait for runs which an earlier worker started, or were ended by one that did not get to end those runs.
    /// </summary>
    public void Begin() => awaited = !recorder.State.HasWaited ? [] :
        [.. recorder.State.Executions.Where(execution => execution is { Suspension.Child.IsAwaited: true, Resumption: null })
            .Select(execution => execution.Number)];

    /// <summary>Whether a wait ends so soon that holding the run is better than releasing it.</summary>
    public bool IsSoonOver() => HasToStart || NextDue() <= clock.GetUtcNow() + Poll;

    /// <summary>Whether an activity asks for a run that has not been started here.</summary>
    public bool HasToStart => ToStart().Any();

    IEnumerable<int> ToStart() => recorder.State.IsStopping ? [] : recorder.State.Waiting
        .Where(number => recorder.State[number].Suspension!.Child is not null && !children.Contains(number));

    static Dictionary<string, JsonElement>? ResultOf(RunSignal signal) =>
        signal.Payload is { } payload ? new() { ["Result"] = payload } : null;

    DateTimeOffset? NextDue() => recorder.State.Waiting.Min(number => recorder.State[number].Suspension!.DueAt);

    /// <summary>When to look next for what is due or has come; <see langword="null"/> if nothing waits.</summary>
    public DateTimeOffset? NextLook()
    {
        var isPolling = recorder.State.Waiting.Any(number => recorder.State[number].Suspension!.DueAt is null);
        return new[] { NextDue(), isPolling ? clock.GetUtcNow() + Poll : null }.Min();
    }

    /// <summary>Keeps in the store only what the run still waits for, so that nothing else can wake it.</summary>
    public async Task EndAsync()
    {
        var state = recorder.State;
        if (state.HasWaited) await waits.KeepAsync(run.Id, state.Status.IsFinal ? [] : state.Waiting, CancellationToken.None);
        await EndUnawaitedAsync();
    }
}
