using System.Text.Json;

namespace Orchestrator.Workflows.Runs;

sealed partial class RunState
{
    /// <summary>Folds one more event.</summary>
    public void Apply(JournalEntry entry)
    {
        Sequence++;
        var at = entry.At;
        switch (entry.Event)
        {
            case RunCreated happened: Create(happened); break;
            case RunStarted happened:
                (Status, TraceParent, Worker) = (RunStatus.Running, happened.TraceParent, happened.Worker);
                StartedAt ??= at;
                break;
            case RunRecovered happened: Recover(happened); break;
            case RunHandedOver: isHandedOver = true; break;
            case RunCancelRequested happened: CancelReason ??= happened.Reason; break;
            case RunSuspended happened: Status = RunStatus.Suspended; SuspendedReason = happened.Reason; break;
            case RunFinished happened: Finish(happened, at); break;
            case ActivityScheduled happened: Schedule(happened.Number, happened.ActivityId, happened.Parent, trigger: null, at); break;
            case ActivityStarted happened:
                Start(happened.Number, happened.Inputs, happened.Variables, happened.Error, at);
                this[happened.Number].Secrets = happened.Secrets;
                Write(happened.OfRun);
                break;
            case ActivityReused happened: Start(happened.Number, happened.Inputs, happened.Variables, error: null, at); break;
            case AttemptStarted happened: Attempt(Touch(happened.Number), happened.Attempt); break;
            case SlotAwaited happened: Touch(happened.Number).AwaitsSlot = true; break;
            case SlotTaken happened: Touch(happened.Number).AwaitsSlot = false; break;
            case AttemptFailed happened: Fail(Touch(happened.Number), happened, at); break;
            case AttemptCompleted happened: Answer(Touch(happened.Number), happened); break;
            case CheckpointSaved happened: (Touch(happened.Number).Checkpoint, Deaths) = (happened.State, 0); break;
            case ActivityCompleted happened: Complete(Touch(happened.Number), happened, at); break;
            case ActivityFaulted happened: Fault(Touch(happened.Number), happened.Error, at); break;
            case ActivityCanceled happened: Cancel(happened.Number, at); break;
            case ContainerAdvanced happened: Advance(Touch(happened.Number), happened, at); break;
            case ContainerEvaluated happened: Evaluate(Touch(happened.Number), happened); break;
            case ActivitySuspended happened: Suspend(Touch(happened.Number), happened); break;
            case ActivityResumed happened: Resume(Touch(happened.Number), happened); break;
            default: throw new InvalidOperationException($"The journal has an event {entry.Event.GetType().Name} that nothing folds. Fold it in RunState.");
        }
        foreach (var number in touched) Place(this[number]);
        touched.Clear();
        while (queue.TryPeek(out var head) && this[head].Status.IsFinal) queue.Dequeue();
    }

    /// <summary>Keeps at hand what may go on, so that nobody looks through everything that is open.</summary>
    void Place(ExecutionState execution)
    {
        var isTrying = !execution.Status.IsFinal && (execution.IsAttemptOpen || execution.RetryAt is not null);
        var isResting = execution.IsAttemptOpen || execution is { Suspension: not null, Resumption: null }
            || execution is { IsOpened: true, Completing: null, Error: null, OpenChildren: > 0 };
        Put(trying, execution.Number, isTrying);
        Put(waiting, execution.Number, execution is { Status: ActivityStatus.Suspended, Suspension: not null, Resumption: null });
        Put(unrested, execution.Number, !isResting && live.Contains(execution.Number));

        static void Put(SortedSet<int> set, int number, bool isIn) => _ = isIn ? set.Add(number) : set.Remove(number);
    }

    void Recover(RunRecovered happened)
    {
        // A worker that was told to end, left a suspended run, only waited, or goes on itself did not die of it.
        if (!isHandedOver && Status is RunStatus.Running && !OnlyAwaitsSlots && happened.Worker != Worker) Deaths++;
        isHandedOver = false;
        (Status, SuspendedReason, TraceParent, Worker) = (RunStatus.Running, null, happened.TraceParent, happened.Worker);
    }

    ExecutionState Touch(int number)
    {
        changed.Add(number);
        touched.Add(number);
        // Containers only follow what is in them.
        if (!this[number].IsOpened) LastTouched = number;
        return this[number];
    }

    /// <param name="trigger">Number of the execution that it follows; null for what a container opens with.</param>
    void Schedule(int number, string activityId, int? parent, int? trigger, DateTimeOffset at)
    {
        if (number != executions.Count + 1)
            throw new InvalidOperationException($"The journal schedules execution {number} of {activityId}, but {executions.Count + 1} is next.");
        var ordinal = lastOrdinals[activityId] = lastOrdinals.GetValueOrDefault(activityId) + 1;
        executions.Add(new(number, activityId, parent, at) { Ordinal = ordinal, Reused = FindReused(activityId, ordinal, parent, trigger) });
        changed.Add(number);
        queue.Enqueue(number);
        if (parent is not { } container) return;
        this[container].OpenChildren++;
        this[container].Children++;
        touched.Add(container);
    }

    void Start(int number, IReadOnlyDictionary<string, JsonElement>? inputs, IReadOnlyDictionary<string, JsonElement>? written, RunError? error, DateTimeOffset at)
    {
        var execution = Touch(number);
        while (queue.TryDequeue(out var head) && head != number) { }
        (execution.Status, execution.StartedAt) = (ActivityStatus.Running, at);
        live.Add(number);
        execution.Error = error;
        if (inputs is not null) execution.Inputs = inputs;
        Write(number, written);
        NoteExecuted(execution);
    }

    void Evaluate(ExecutionState container, ContainerEvaluated happened)
    {
        (container.Error, container.IsEvaluated) = (happened.Error, true);
        if (happened.Inputs is not null) container.Inputs = happened.Inputs;
        Write(container.Number, happened.Variables);
        Write(happened.OfRun);
    }

    void Suspend(ExecutionState execution, ActivitySuspended happened)
    {
        (execution.Suspension, execution.Resumption, execution.Status) = (happened, null, ActivityStatus.Suspended);
        HasWaited = true;
    }

    void Resume(ExecutionState execution, ActivityResumed happened)
    {
        (execution.Resumption, execution.Status) = (happened, ActivityStatus.Running);
        Deaths = 0;
    }

    void Attempt(ExecutionState execution, int attempt)
    {
        execution.Attempts.Add(attempt);
        lastAttempts[execution.ActivityId] = attempt;
        (execution.IsAttemptOpen, execution.AwaitsSlot, execution.RetryAt, execution.Status, execution.Error) = (true, false, null, ActivityStatus.Running, null);
    }

    void Fail(ExecutionState execution, AttemptFailed happened, DateTimeOffset at)
    {
        if (happened.Kind is not (AttemptFailure.Lost or AttemptFailure.Interrupted)) Deaths = 0;
        execution.IsAttemptOpen = false;
        execution.Failures[(int)happened.Kind]++;
        execution.Error = happened.Error;
        if (happened.RetryAfter is { } delay) (execution.RetryAt, execution.Status) = (at + delay, ActivityStatus.Retrying);
    }

    void Answer(ExecutionState execution, AttemptCompleted happened)
    {
        (execution.IsAttemptOpen, execution.IsAnswered, execution.Error) = (false, true, null);
        (execution.Outcomes, execution.Metrics) = (happened.Outcomes, happened.Metrics);
        if (happened.Outputs is not null) execution.Outputs = happened.Outputs;
        Write(execution.Number, happened.Variables);
        lastSucceeded[execution.ActivityId] = execution.Number;
        LastCompleted = execution;
        Deaths = 0;
    }

    void Complete(ExecutionState execution, ActivityCompleted happened, DateTimeOffset at)
    {
        (execution.Outcomes, execution.Metrics) = (happened.Outcomes, happened.Metrics ?? execution.Metrics);
        if (happened.Outputs is not null) execution.Outputs = happened.Outputs;
        Write(execution.Number, happened.Variables);
        Write(happened.OfRun);
        End(execution, ActivityStatus.Succeeded, at);
        (execution.Error, execution.Completing) = (null, null);
        lastSucceeded[execution.ActivityId] = execution.Number;
        LastCompleted = execution;
        Deaths = 0;
        if (happened.EndsRun) (IsFinishRequested, Outcomes) = (true, happened.Outcomes ?? Outcomes);
        AwaitSettlement(execution);
    }

    void Cancel(int number, DateTimeOffset at)
    {
        End(this[number], ActivityStatus.Cancelled, at);
        AwaitSettlement(this[number]);
    }

    void AwaitSettlement(ExecutionState execution)
    {
        if (execution.Parent is { } parent && this[parent].Status is ActivityStatus.Running) unsettled.Enqueue(execution.Number);
    }

    void Fault(ExecutionState execution, RunError error, DateTimeOffset at)
    {
        execution.Error = error;
        Error ??= error;
        Incidents++;
        if (execution.Parent is { } parent) this[parent].FailedChildren++;
        End(execution, ActivityStatus.Failed, at);
    }

    void End(ExecutionState execution, ActivityStatus status, DateTimeOffset at)
    {
        if (execution.Parent is { } parent && !execution.Status.IsFinal)
        {
            this[parent].OpenChildren--;
            touched.Add(parent);
        }
        changed.Add(execution.Number);
        touched.Add(execution.Number);
        (execution.Status, execution.FinishedAt) = (status, at);
        (execution.IsAttemptOpen, execution.RetryAt) = (false, null);
        live.Remove(execution.Number);
        NoteExecuted(execution);
    }

    void Advance(ExecutionState container, ContainerAdvanced happened, DateTimeOffset at)
    {
        if (happened.Child is { } child) Settle(child);
        else container.IsOpened = true;
        container.Tokens.Apply(happened);
        container.Completing = happened.Completes;
        (container.IsBreaking, container.IsEvaluated) = (happened.Breaks, false);
        if (happened.Locals is { } declared) container.Locals = Join(container.Locals, declared);
        Write(container.Number, happened.Variables);
        foreach (var number in happened.Canceled ?? []) RequestCancel(this[number], at);
        foreach (var next in happened.Scheduled ?? [])
        {
            Schedule(next.Number, next.ActivityId, container.Number, happened.Child, at);
            if (next.Variables is { } given) this[next.Number].Locals = Join(null, given);
        }
    }

    static Dictionary<string, JsonElement> Join(Dictionary<string, JsonElement>? locals, IReadOnlyDictionary<string, JsonElement> more)
    {
        var joined = locals ?? new(StringComparer.Ordinal);
        foreach (var (key, value) in more) joined[key] = value;
        return joined;
    }

    bool IsBelow(int number, int container)
    {
        for (var parent = this[number].Parent; parent is { } above; parent = this[above].Parent)
            if (above == container) return true;
        return false;
    }

    void Settle(int child)
    {
        if (unsettled.TryPeek(out var first) && first == child) unsettled.Dequeue();
    }

    void RequestCancel(ExecutionState execution, DateTimeOffset at)
    {
        if (execution.EndsAtOnce) End(execution, ActivityStatus.Cancelled, at);
        else execution.IsCancelRequested = true;
    }

    void Finish(RunFinished happened, DateTimeOffset at)
    {
        (Status, FinishedAt, Error, SuspendedReason) = (happened.Status, at, happened.Error, null);
        queue.Clear();
        unsettled.Clear();
        foreach (var execution in executions)
            if (!execution.Status.IsFinal) End(execution, ActivityStatus.Cancelled, at);
    }

    /// <summary>Writes where an execution sees the variable: in the innermost container that has it, else in the workflow.</summary>
    void Write(int? number, IReadOnlyDictionary<string, JsonElement>? values)
    {
        if (values is null) return;
        foreach (var (id, value) in values)
        {
            var scope = number;
            while (scope is { } inner && this[inner].Locals?.ContainsKey(id) is not true) scope = this[inner].Parent;
            (scope is { } found ? this[found].Locals! : variables)[id] = value;
        }
    }

    void Write(RunValues? values)
    {
        if (values is null) return;
        if (values.Name is { } name) Name = name.Length == 0 ? null : name;
        if (values.CorrelationId is { } correlation) CorrelationId = correlation.Length == 0 ? null : correlation;
        foreach (var (output, value) in values.Outputs ?? new Dictionary<string, JsonElement>()) outputs[output] = value;
    }
}
