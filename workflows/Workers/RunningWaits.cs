using System.Text.Json;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Workflows.Workers;

/// <summary>Waits of the activities of one run: for times, for events, for runs that they start.</summary>
sealed class RunningWaits(Drive drive, RunWaits waits, ChildRuns childRuns, TimeProvider clock)
{
    // Releasing a run and claiming it again costs more than holding it for this long. While other branches execute, the store is checked
    // for signals this often.
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    readonly Run run = drive.Run;
    readonly RunRecorder recorder = drive.Recorder;

    // Executions whose runs were requested here.
    readonly HashSet<int> children = [];

    // Executions whose runs end with them.
    HashSet<int> awaited = [];

    // If branches race, the earliest due time must win, however late it is noticed.
    readonly bool isRacing = drive.Definition.Activities.Values.Any(node => node.MergeMode is MergeMode.Race);

    /// <summary>Records the signals and due times that have come for waiting activities.</summary>
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

    /// <summary>
    /// Starts the runs that activities ask for, once the request is durable; ends those whose parents no longer wait for them.
    /// </summary>
    /// <returns>Whether a next step may follow.</returns>
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
    /// Finds the executions that wait for runs which an earlier worker started, or that were ended by a worker which did not end those
    /// runs.
    /// </summary>
    public void Begin() => awaited = !recorder.State.HasWaited ? [] :
        [.. recorder.State.Executions.Where(execution => execution is { Suspension.Child.IsAwaited: true, Resumption: null })
            .Select(execution => execution.Number)];

    /// <summary>Whether a wait ends so soon that holding the run is better than releasing it.</summary>
    public bool IsSoonOver() => HasToStart || NextDue() <= clock.GetUtcNow() + Poll;

    /// <summary>Whether an activity requests a run that has not been started here.</summary>
    public bool HasToStart => ToStart().Any();

    IEnumerable<int> ToStart() => recorder.State.IsStopping ? [] : recorder.State.Waiting
        .Where(number => recorder.State[number].Suspension!.Child is not null && !children.Contains(number));

    static Dictionary<string, JsonElement>? ResultOf(RunSignal signal) =>
        signal.Payload is { } payload ? new() { ["Result"] = payload } : null;

    DateTimeOffset? NextDue() => recorder.State.Waiting.Min(number => recorder.State[number].Suspension!.DueAt);

    /// <summary>Returns the next time to check for due times and signals; <see langword="null"/> if nothing waits.</summary>
    public DateTimeOffset? NextLook()
    {
        var isPolling = recorder.State.Waiting.Any(number => recorder.State[number].Suspension!.DueAt is null);
        return new[] { NextDue(), isPolling ? clock.GetUtcNow() + Poll : null }.Min();
    }

    /// <summary>Keeps in the store only the waits of the run that are still open, so that nothing else can wake it.</summary>
    public async Task EndAsync()
    {
        var state = recorder.State;
        if (state.HasWaited) await waits.KeepAsync(run.Id, state.Status.IsFinal ? [] : state.Waiting, CancellationToken.None);
        await EndUnawaitedAsync();
    }
}
