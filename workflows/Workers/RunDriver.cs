using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Workers;

/// <summary>Drives one run under one lease: asks the engine for the next step, makes it durable, executes it.</summary>
sealed partial class RunDriver(
    Drive drive, RunningAttempts attempts, RunningWaits waits, InputEvaluation inputs, RunOptions options, JitterSource jitter,
    TimeProvider clock, ILogger log)
{
    // A loop of inline activities may never end; it can still be canceled, and its journal does not pile up in memory.
    const int MostStepsPerCommit = 500;

    // Checks for due retries and for signals at least this often.
    const int MostCommitsAhead = 20;

    // Time that attempts may take to end after their cancellation.
    static readonly TimeSpan Ending = TimeSpan.FromSeconds(2);

    readonly Run run = drive.Run;
    readonly RunRecorder recorder = drive.Recorder;
    readonly RunMailbox mailbox = drive.Mailbox;
    readonly List<Action> afterCommit = [];

    int stepsPerCommit = MostStepsPerCommit;

    // When the run is handed over, whatever still executes; null while it is not to be.
    DateTimeOffset? handOverAt;

    /// <summary>The run that is driven.</summary>
    public Drive Drive => drive;

    /// <summary>Drives the run until it has ended or waits for something that this process cannot provide.</summary>
    /// <param name="cancelReason">Reason to cancel the run before anything begins; null if it is not canceled.</param>
    /// <exception cref="LeaseLostException">Another worker has the run; nothing that was not durable happened.</exception>
    public async Task<Run> DriveAsync(string worker, string? cancelReason)
    {
        await recorder.LoadAsync(CancellationToken.None);
        try
        {
            try
            {
                return await DriveToEndAsync(worker, cancelReason);
            }
            catch (CommitRefusedException) when (attempts.IsEmpty)
            {
                // Committing each step by itself shows which one is at fault.
                stepsPerCommit = 1;
                await ForgetAsync();
            }
            return await DriveToEndAsync(worker, cancelReason);
        }
        catch (Exception fault) when (FailureRules.IsOfRun(fault))
        {
            return await EndBrokenAsync(fault);
        }
        finally
        {
            await attempts.AbandonAsync(Ending, clock);
            mailbox.Close();
        }
    }

    async Task<Run> DriveToEndAsync(string worker, string? cancelReason)
    {
        waits.Begin();
        Begin(worker, cancelReason);
        await waits.ReceiveAsync();
        while (true)
        {
            var isMore = await AdvanceAsync();
            if (recorder.State.Status.IsFinal || recorder.State.Status is RunStatus.Suspended) return await ReleaseAsync();
            if (await HandOverAsync(worker)) return Now();
            if (handOverAt is null && await waits.StartChildrenAsync()) continue;
            await attempts.CancelUnwantedAsync();
            if (handOverAt is null) attempts.StartOpen();
            var until = isMore ? clock.GetUtcNow() : handOverAt ?? new[] { NextRetry(), waits.NextLook() }.Min();
            await HandleAsync(await mailbox.TakeAsync(until));
        }
    }

    /// <summary>Ends a run that cannot be driven any further: another worker would fail in the same way.</summary>
    async Task<Run> EndBrokenAsync(Exception fault)
    {
        var last = recorder.State.LastTouched is { } touched ? recorder.State[touched] : null;
        await ForgetAsync();
        var state = recorder.State;
        if (!state.Status.IsFinal)
        {
            var error = FailureRules.Broken(fault, last?.ActivityId);
            RunBroken(fault, run.Id, error.Code, error.Message);
            if (last is not null && state.Live.Contains(last.Number)) recorder.Record(new ActivityFaulted(last.Number, error));
            recorder.Record(new RunFinished(RunStatus.Failed, error));
            await CommitAsync();
        }
        return await ReleaseAsync();
    }

    async Task ForgetAsync()
    {
        afterCommit.Clear();
        await recorder.LoadAsync(CancellationToken.None, keepsLog: false);
    }

    void Begin(string worker, string? cancelReason)
    {
        var state = recorder.State;
        var isOwn = state.Worker == worker;
        drive.Spans.Continue(state.TraceParent);
        var traceParent = drive.Spans.TraceParent;
        recorder.Record(state.StartedAt is null ? new RunStarted(worker, traceParent) : new RunRecovered(worker, traceParent));
        if (cancelReason is not null && state.CancelReason is null) recorder.Record(new RunCancelRequested(cancelReason));
        var open = state.Live.Where(number => state[number].IsAttemptOpen).ToList();
        var poisoned = FailureRules.Poisoned(state, options);
        foreach (var number in open)
        {
            var lost = isOwn ? FailureRules.Dropped(state[number].ActivityId) : FailureRules.Lost(state[number], options);
            Fail(number, poisoned is null ? lost : new(AttemptFailure.Lost, poisoned, IsRetryable: false), attempt: null);
            if (poisoned is not null) recorder.Record(new ActivityFaulted(number, poisoned));
        }
        if (poisoned is not null) recorder.Record(new RunFinished(RunStatus.Failed, poisoned));
    }

    /// <summary>Releases the run that is to be handed over once nothing executes any more, or once the time is up.</summary>
    async Task<bool> HandOverAsync(string worker)
    {
        if (handOverAt is not { } latest || (!attempts.IsEmpty && clock.GetUtcNow() < latest)) return false;
        foreach (var number in recorder.State.Live.ToArray())
        {
            if (recorder.State[number].IsAttemptOpen)
                Fail(number, FailureRules.Interrupted(recorder.State[number].ActivityId), attempt: null);
        }
        recorder.Record(new RunHandedOver(worker));
        await CommitAsync();
        return true;
    }

    /// <summary>
    /// Records the next steps and makes them durable, until something outside is needed. Inline activities have no effects outside, so the
    /// next one is evaluated while the store writes the last; no observer learns of a step before it is durable.
    /// </summary>
    /// <returns>Whether more follows.</returns>
    async Task<bool> AdvanceAsync()
    {
        var isMore = Follow();
        for (var commits = 1; commits < MostCommitsAhead && isMore && IsInlineOnly(); commits++)
        {
            var (writing, announcements) = (recorder.CommitAsync(), afterCommit.ToList());
            afterCommit.Clear();
            try
            {
                isMore = Follow();
            }
            finally
            {
                await writing;
            }
            foreach (var announce in announcements) announce();
        }
        await CommitAsync();
        return isMore;
    }

    /// <summary>Whether the next step may be evaluated while the store writes the last.</summary>
    bool IsInlineOnly() => stepsPerCommit > 1 && mailbox.IsEmpty && !attempts.HasToStart && !waits.HasToStart;

    /// <summary>Records the next steps, until something outside is needed or it is time to commit.</summary>
    /// <returns>Whether more follows.</returns>
    bool Follow()
    {
        // The next worker continues from this point.
        if (handOverAt is not null) return false;
        for (var step = 0; step < stepsPerCommit; step++)
        {
            switch (RunEngine.Decide(drive.Definition, recorder.State))
            {
                case Decision.Follow(RunSuspended) when waits.IsSoonOver(): return false;
                case Decision.Follow(var happened):
                    if (IsTooMuch(happened) is { } error) happened = new RunFinished(RunStatus.Failed, error);
                    recorder.Record(happened);
                    if (happened is ActivityCompleted { Number: var number } && recorder.State[number].Reused is not null)
                        AnnounceReuse(number);
                    break;
                case Decision.Evaluate(var execution):
                    var node = recorder.NodeOf(execution.Number);
                    recorder.Record(inputs.Evaluate(run.Id, drive.Definition, node, recorder.State, execution.Number));
                    break;
                case Decision.Wait or Decision.Ended: return false;
            }
        }
        return true;
    }

    /// <returns>Why the run ends instead; null if it stays within its limit.</returns>
    RunError? IsTooMuch(RunEvent happened)
    {
        if (happened is not ContainerAdvanced { Scheduled: [.., var last] scheduled }) return null;
        var executions = (long)recorder.State.Executions.Count + scheduled.Count;
        return executions > options.MaximumExecutions ? FailureRules.TooManyExecutions(last.ActivityId, executions, options) : null;
    }

    async Task CommitAsync()
    {
        await recorder.CommitAsync();
        drive.Spans.EndFinished(recorder.State);
        foreach (var action in afterCommit) action();
        afterCommit.Clear();
    }

    async Task HandleAsync(RunMessage message)
    {
        switch (message)
        {
            case RunMessage.AttemptEnded ended: await EndAsync(ended); break;
            case RunMessage.Note(var happened, var noted):
                recorder.Record(happened);
                afterCommit.Add(() => noted.TrySetResult());
                break;
            case RunMessage.Cancel(var reason) when recorder.State.CancelReason is null:
                recorder.Record(new RunCancelRequested(reason));
                break;
            case RunMessage.LeaseLost: throw new LeaseLostException(run.Id);
            case RunMessage.HandOver:
                handOverAt ??= clock.GetUtcNow() + Ending;
                await attempts.InterruptAsync();
                break;
            case RunMessage.Tick when handOverAt is null:
                StartDueRetries();
                await waits.ReceiveAsync();
                break;
        }
    }

    /// <summary>Records the end of an attempt, together with all that follows from it, in one commit.</summary>
    async Task EndAsync(RunMessage.AttemptEnded ended)
    {
        attempts.Remove(ended.Number);
        recorder.AddChecks(ended.Attempt);
        try
        {
            Record(ended);
            Follow();
            await CommitAsync();
        }
        catch (CommitRefusedException refused)
        {
            afterCommit.Clear();
            await recorder.LoadAsync(CancellationToken.None);
            // The store may refuse one of the checks.
            if (refused.IsRetryable) recorder.AddChecks(ended.Attempt);
            var error = new RunError(refused.Code, refused.Message, ended.Attempt.ActivityId);
            Fail(ended.Number, new(AttemptFailure.Failed, error, refused.IsRetryable), ended.Attempt);
            Follow();
            await CommitAsync();
        }
        finally
        {
            await attempts.ReleaseAsync(ended.Attempt);
        }
    }

    void Record(RunMessage.AttemptEnded ended)
    {
        switch (ended.End)
        {
            case AttemptEnd.Completed completed: Complete(ended.Number, ended.Attempt, completed); break;
            case AttemptEnd.Failed(var failure): Fail(ended.Number, failure, ended.Attempt); break;
            case AttemptEnd.Cancelled when handOverAt is not null && !attempts.IsUnwanted(ended.Number):
                Fail(ended.Number, FailureRules.Interrupted(ended.Attempt.ActivityId), attempt: null);
                break;
            case AttemptEnd.Cancelled:
                recorder.Record(new ActivityCanceled(ended.Number));
                AnnounceEnd(ended.Number, ended.Attempt);
                break;
        }
    }

    void Complete(int number, ActivityAttempt attempt, AttemptEnd.Completed completed)
    {
        try
        {
            var node = recorder.NodeOf(number);
            var variables = VariablesInScope.Written(drive.Definition, node, completed.Outputs);
            var outcomes = completed.Outcomes is ["Done"] ? null : completed.Outcomes;
            var outputs = completed.Outputs.Count == 0 ? null : completed.Outputs;
            var metrics = attempt.Metrics.Count == 0 ? null : attempt.Metrics;
            recorder.Record(node.IsContainer
                ? new AttemptCompleted(number, outcomes, outputs, variables, metrics)
                : new ActivityCompleted(number, outcomes, outputs, variables, metrics, recorder.AddMaterializations(attempt),
                    CodeVersion: node.Descriptor?.CodeVersion));
            afterCommit.Add(() => RunMetrics.Written(attempt));
            AnnounceEnd(number, attempt);
        }
        catch (ActivityFailedException unfit)
        {
            var error = new RunError(unfit.Code, unfit.Message, attempt.ActivityId);
            Fail(number, new(AttemptFailure.Failed, error, IsRetryable: false), attempt);
        }
    }

    /// <param name="attempt">Null for an attempt of a worker that died.</param>
    void Fail(int number, Failure failure, ActivityAttempt? attempt)
    {
        var execution = recorder.State[number];
        var delay = FailureRules.DelayAfter(failure, execution, recorder.NodeOf(number).RetryPolicy, options, jitter.Next());
        recorder.Record(new AttemptFailed(number, execution.Attempts[^1], failure.Kind, failure.Error, delay));
        if (attempt is null) return;
        if (delay is { } wait) afterCommit.Add(() => Retry(attempt, failure.Error, wait));
        else AnnounceEnd(number, attempt);
    }

    void Retry(ActivityAttempt attempt, RunError error, TimeSpan delay)
    {
        AttemptRetried(run.Id, attempt.ActivityId, attempt.Attempt, error.Code, error.Message, delay);
        drive.Observer.OnRetry(attempt, error, delay);
    }

    void AnnounceEnd(int number, ActivityAttempt attempt) =>
        afterCommit.Add(() => drive.Observer.OnActivityFinished(attempt, ExecutionOf(number)));

    void AnnounceReuse(int number) => afterCommit.Add(() => drive.Observer.OnActivityReused(ExecutionOf(number)));

    ActivityExecution ExecutionOf(int number) =>
        ExecutionRow.Of(run.Id, recorder.NodeOf(number), recorder.State[number]).ToExecution();

    DateTimeOffset? NextRetry() => recorder.State.Trying.Min(number => recorder.State[number].RetryAt);

    void StartDueRetries()
    {
        var (state, now) = (recorder.State, clock.GetUtcNow());
        foreach (var number in state.Trying.ToArray())
            if (state[number].RetryAt <= now) recorder.Record(new AttemptStarted(number, state.NextAttempt(state[number].ActivityId)));
    }

    async Task<Run> ReleaseAsync()
    {
        await waits.EndAsync();
        return Now();
    }

    Run Now()
    {
        var state = recorder.State;
        return run with
        {
            Status = state.Status,
            StartedAt = state.StartedAt,
            FinishedAt = state.FinishedAt,
            Error = state.Error,
            SuspendedReason = state.SuspendedReason,
            IsCancelRequested = state.CancelReason is not null,
            LeaseOwner = null,
            Name = state.Name,
            CorrelationId = state.CorrelationId,
        };
    }

    [LoggerMessage(1016, LogLevel.Error, "Run {RunId} is ended with {Code}: {Message}")]
    partial void RunBroken(Exception fault, Guid runId, string code, string message);

    [LoggerMessage(1005, LogLevel.Warning,
        "Run {RunId}: attempt {Attempt} of {ActivityId} failed with {Code}: {Message} Trying again in {Delay}.")]
    partial void AttemptRetried(Guid runId, string activityId, int attempt, string code, string message, TimeSpan delay);
}
