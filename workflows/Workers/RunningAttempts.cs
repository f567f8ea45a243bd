using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Workflows.Workers;

/// <summary>The attempts of one run that execute now.</summary>
sealed partial class RunningAttempts(Drive drive, AttemptRunner runner, ILogger log) : IAttemptObserver
{
    readonly Run run = drive.Run;
    readonly RunRecorder recorder = drive.Recorder;
    readonly IRunObserver observer = drive.Observer;
    readonly Dictionary<int, (ActivityAttempt Attempt, CancellationTokenSource Cancellation, Task Task)> running = [];

    /// <summary>Whether there is an attempt that has begun in the journal and is not executing yet.</summary>
    public bool HasToStart => ToStart().Any();

    /// <summary>Starts every attempt that has begun in the journal and is not executing yet.</summary>
    public void StartOpen()
    {
        foreach (var number in ToStart().ToList()) Start(recorder.State[number]);
    }

    IEnumerable<int> ToStart() => recorder.State.Trying.Where(number => recorder.State[number].IsAttemptOpen && !running.ContainsKey(number));

    void Start(ExecutionState execution)
    {
        var node = recorder.NodeOf(execution.Number);
        var number = execution.Attempts[^1];
        ActivityAttempt attempt = null!;
        attempt = new()
        {
            RunId = run.Id, ActivityId = node.Id, Attempt = number, FencingToken = recorder.Fence.Token, Partition = run.Partition,
            Observer = this, Checkpoint = execution.Checkpoint,
            WorkDirectory = runner.Folders.Of(run.Id, node.Id, number), HandoverDirectory = runner.Folders.HandoverOf(run.Id, node.Id, number),
            SaveCheckpointAsync = (state, token) => NoteAsync(new CheckpointSaved(execution.Number, attempt.Mask.Json(state)), token),
            IsHeldAsync = token => runner.IsHeldAsync(recorder.Fence, token),
            Reached = runner.Reached,
            MayBeRetried = FailureRules.OwnFailures(execution) + 1 < node.RetryPolicy.Attempts,
            HasWayFor = node.HasWayFor,
            IdOfStarted = workflow => ChildRuns.IdOf(run.Id, execution, workflow),
        };
        // The token source is released with the entry, by Remove.
        var cancellation = new CancellationTokenSource();
        // The event that requests its end may be in the same commit as its start.
        if (IsUnwanted(execution.Number)) cancellation.Cancel();
        runner.Folders.RemoveLitter(run.Id, node.Id, execution.Attempts.SkipLast(1));
        observer.OnActivityStarted(attempt);
        var (inputs, parent) = (new GivenInputs(execution.Inputs, execution.Secrets), drive.Spans.ParentOf(recorder.State, execution));
        var request = node.Pool is { } pool
            ? new SlotRequest(pool, recorder.Fence, execution.Number, node.Id, execution.Attempts.Count, run.Priority, run.CreatedAt)
            : null;
        running[execution.Number] = (attempt, cancellation, Task.Run(async () =>
        {
            var refused = request is null ? null : await TakeSlotAsync(request, attempt, cancellation.Token);
            var end = refused ?? await runner.RunAsync(node, inputs, attempt, parent, cancellation.Token);
            drive.Mailbox.Post(new RunMessage.AttemptEnded(execution.Number, attempt, end));
        }, CancellationToken.None));
    }

    /// <returns>How the attempt ended without a slot; null if it has one.</returns>
    async Task<AttemptEnd?> TakeSlotAsync(SlotRequest request, ActivityAttempt attempt, CancellationToken cancellationToken)
    {
        try
        {
            Task? awaited = null;
            attempt.HeldUntilCommit.Push(await runner.Slots.TakeAsync(request, () =>
            {
                observer.OnProgress(attempt, new(0, Step: $"waits for a slot of the pool '{request.Pool}'"));
                awaited = NoteAsync(new SlotAwaited(request.Number, attempt.Attempt, request.Pool), cancellationToken);
            }, cancellationToken));
            // Until this is durable a dead worker's attempt had not begun, so it must not begin before.
            if (awaited is not null) await NoteAsync(new SlotTaken(request.Number, attempt.Attempt), cancellationToken);
            return null;
        }
        catch (OperationCanceledException)
        {
            return new AttemptEnd.Cancelled();
        }
#pragma warning disable CA1031 // As in AttemptRunner: every end of an attempt is recorded in the journal.
        catch (Exception away)
#pragma warning restore CA1031
        {
            return new AttemptEnd.Failed(FailureRules.Classify(away, attempt.ActivityId));
        }
    }

    /// <summary>Asks the driver to add an event to the journal, and waits until it is durable.</summary>
    Task NoteAsync(RunEvent happened, CancellationToken cancellationToken)
    {
        var noted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        drive.Mailbox.Post(new RunMessage.Note(happened, noted));
        return noted.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Whether nothing executes.</summary>
    public bool IsEmpty => running.Count == 0;

    /// <summary>Cancels the attempts that are to end.</summary>
    public async Task CancelUnwantedAsync()
    {
        foreach (var (number, (_, cancellation, _)) in running)
            if (IsUnwanted(number) && !cancellation.IsCancellationRequested) await cancellation.CancelAsync();
    }

    /// <summary>Whether the run itself requires an attempt to end.</summary>
    public bool IsUnwanted(int number)
    {
        var state = recorder.State;
        return state.CancelReason is not null || state.IsFinishRequested || state[number].IsCancelRequested
            || (state.IsFailing && recorder.NodeOf(number).Kind is ActivityKind.Job);
    }

    /// <summary>Interrupts all attempts, so that another worker can begin them again.</summary>
    public async Task InterruptAsync()
    {
        foreach (var (_, cancellation, _) in running.Values) await cancellation.CancelAsync();
    }

    /// <summary>Removes an attempt that has ended.</summary>
    public void Remove(int number)
    {
        if (running.Remove(number, out var ended)) ended.Cancellation.Dispose();
    }

    /// <summary>
    /// Cancels all attempts and drops their results. An attempt that does not end within the time is abandoned: its results do not count.
    /// </summary>
    public async Task AbandonAsync(TimeSpan longest, TimeProvider clock)
    {
        await InterruptAsync();
        await Task.WhenAll(running.Values.Select(EndAsync)).WaitAsync(longest, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        running.Clear();
        async Task EndAsync((ActivityAttempt Attempt, CancellationTokenSource Cancellation, Task Task) abandoned)
        {
            await abandoned.Task;
            await ReleaseAsync(abandoned.Attempt);
            abandoned.Cancellation.Dispose();
        }
    }

    /// <summary>Releases the resources that an attempt held until its end was durable, last first.</summary>
    public async Task ReleaseAsync(ActivityAttempt attempt)
    {
        while (attempt.HeldUntilCommit.TryPop(out var held))
        {
            try
            {
                await held.DisposeAsync();
            }
#pragma warning disable CA1031 // The end of the attempt is durable; a failed release must not change it, nor prevent the other releases.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                ReleaseFailed(exception, attempt.ActivityId);
            }
        }
    }

    void IAttemptObserver.OnProgress(ActivityAttempt attempt, ActivityProgress progress) =>
        observer.OnProgress(attempt, progress.Step is { } step ? progress with { Step = attempt.Mask.Text(step) } : progress);

    void IAttemptObserver.OnLog(ActivityAttempt attempt, string eventName, string? message)
    {
        (eventName, message) = (attempt.Mask.Text(eventName), message is null ? null : attempt.Mask.Text(message));
        recorder.Log(attempt, eventName, message);
        observer.OnLog(attempt, eventName, message);
    }

    [LoggerMessage(1004, LogLevel.Warning, "Something that {ActivityId} held could not be released.")]
    partial void ReleaseFailed(Exception exception, string activityId);
}
