using System.Text.Json;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Journal;

sealed partial class RunState
{
    /// <summary>Folds one more event.</summary>
    public void Apply(JournalEntry entry)
    {
        Sequence++;
        entry.Event.ApplyTo(this, entry);
        foreach (var number in touched) Place(this[number]);
        touched.Clear();
        while (queue.TryPeek(out var head) && this[head].Status.IsFinal) queue.Dequeue();
    }

    void IRunFold.Apply(RunCreated happened, JournalEntry entry) => Create(happened);

    void IRunFold.Apply(RunStarted happened, JournalEntry entry)
    {
        (Status, TraceParent, Worker) = (RunStatus.Running, happened.TraceParent, happened.Worker);
        StartedAt ??= entry.At;
    }

    void IRunFold.Apply(RunRecovered happened, JournalEntry entry)
    {
        // A worker that was asked to stop, left a suspended run, only waited, or continues itself did not die with the run.
        if (!isHandedOver && Status is RunStatus.Running && !OnlyAwaitsSlots && happened.Worker != Worker) Deaths++;
        isHandedOver = false;
        (Status, SuspendedReason, TraceParent, Worker) = (RunStatus.Running, null, happened.TraceParent, happened.Worker);
    }

    void IRunFold.Apply(RunHandedOver happened, JournalEntry entry) => isHandedOver = true;

    void IRunFold.Apply(RunCancelRequested happened, JournalEntry entry) => CancelReason ??= happened.Reason;

    void IRunFold.Apply(RunSuspended happened, JournalEntry entry) => (Status, SuspendedReason) = (RunStatus.Suspended, happened.Reason);

    void IRunFold.Apply(RunFinished happened, JournalEntry entry)
    {
        (Status, FinishedAt, Error, SuspendedReason) = (happened.Status, entry.At, happened.Error, null);
        queue.Clear();
        unsettled.Clear();
        foreach (var execution in executions)
            if (!execution.Status.IsFinal) End(execution, ActivityStatus.Cancelled, entry.At);
    }

    void IRunFold.Apply(ActivityScheduled happened, JournalEntry entry) =>
        Schedule(happened.Number, happened.ActivityId, happened.Parent, trigger: null, entry.At);

    void IRunFold.Apply(ActivityStarted happened, JournalEntry entry)
    {
        var execution = Start(happened.Number, happened.Inputs, happened.Variables, happened.Error, entry.At);
        execution.Secrets = happened.Secrets;
        Write(happened.OfRun);
    }

    void IRunFold.Apply(ActivityReused happened, JournalEntry entry) =>
        Start(happened.Number, happened.Inputs, happened.Variables, error: null, entry.At);

    void IRunFold.Apply(ContainerEvaluated happened, JournalEntry entry)
    {
        var container = Touch(happened.Number);
        (container.Error, container.IsEvaluated) = (happened.Error, true);
        if (happened.Inputs is not null) container.Inputs = happened.Inputs;
        Write(container.Number, happened.Variables);
        Write(happened.OfRun);
    }

    void IRunFold.Apply(ActivitySuspended happened, JournalEntry entry)
    {
        var execution = Touch(happened.Number);
        (execution.Suspension, execution.Resumption, execution.Status) = (happened, null, ActivityStatus.Suspended);
        HasWaited = true;
    }

    void IRunFold.Apply(ActivityResumed happened, JournalEntry entry)
    {
        var execution = Touch(happened.Number);
        (execution.Resumption, execution.Status) = (happened, ActivityStatus.Running);
        Deaths = 0;
    }

    void IRunFold.Apply(AttemptStarted happened, JournalEntry entry)
    {
        var execution = Touch(happened.Number);
        execution.Attempts.Add(happened.Attempt);
        lastAttempts[execution.ActivityId] = happened.Attempt;
        (execution.IsAttemptOpen, execution.AwaitsSlot, execution.RetryAt) = (true, false, null);
        (execution.Status, execution.Error) = (ActivityStatus.Running, null);
    }

    void IRunFold.Apply(SlotAwaited happened, JournalEntry entry) => Touch(happened.Number).AwaitsSlot = true;

    void IRunFold.Apply(SlotTaken happened, JournalEntry entry) => Touch(happened.Number).AwaitsSlot = false;

    void IRunFold.Apply(AttemptFailed happened, JournalEntry entry)
    {
        var execution = Touch(happened.Number);
        if (happened.Kind is not (AttemptFailure.Lost or AttemptFailure.Interrupted)) Deaths = 0;
        execution.IsAttemptOpen = false;
        execution.Failures[(int)happened.Kind]++;
        execution.Error = happened.Error;
        if (happened.RetryAfter is { } delay) (execution.RetryAt, execution.Status) = (entry.At + delay, ActivityStatus.Retrying);
    }

    void IRunFold.Apply(CheckpointSaved happened, JournalEntry entry) =>
        (Touch(happened.Number).Checkpoint, Deaths) = (happened.State, 0);

    void IRunFold.Apply(AttemptCompleted happened, JournalEntry entry)
    {
        var execution = Touch(happened.Number);
        (execution.IsAttemptOpen, execution.IsAnswered, execution.Error) = (false, true, null);
        (execution.Outcomes, execution.Metrics) = (happened.Outcomes, happened.Metrics);
        if (happened.Outputs is not null) execution.Outputs = happened.Outputs;
        Write(execution.Number, happened.Variables);
        Succeed(execution);
    }

    void IRunFold.Apply(ActivityCompleted happened, JournalEntry entry)
    {
        var execution = Touch(happened.Number);
        (execution.Outcomes, execution.Metrics) = (happened.Outcomes, happened.Metrics ?? execution.Metrics);
        if (happened.Outputs is not null) execution.Outputs = happened.Outputs;
        Write(execution.Number, happened.Variables);
        Write(happened.OfRun);
        End(execution, ActivityStatus.Succeeded, entry.At);
        (execution.Error, execution.Completing) = (null, null);
        Succeed(execution);
        if (happened.EndsRun) (IsFinishRequested, Outcomes) = (true, happened.Outcomes ?? Outcomes);
        AwaitSettlement(execution);
    }

    void IRunFold.Apply(ActivityFaulted happened, JournalEntry entry)
    {
        var execution = Touch(happened.Number);
        execution.Error = happened.Error;
        Error ??= happened.Error;
        Incidents++;
        if (execution.Parent is { } parent) this[parent].FailedChildren++;
        End(execution, ActivityStatus.Failed, entry.At);
    }

    void IRunFold.Apply(ActivityCanceled happened, JournalEntry entry)
    {
        End(this[happened.Number], ActivityStatus.Cancelled, entry.At);
        AwaitSettlement(this[happened.Number]);
    }

    void IRunFold.Apply(ContainerAdvanced happened, JournalEntry entry)
    {
        var container = Touch(happened.Number);
        if (happened.Child is { } child) Settle(child);
        else container.IsOpened = true;
        container.Tokens.Apply(happened);
        container.Completing = happened.Completes;
        (container.IsBreaking, container.IsEvaluated) = (happened.Breaks, false);
        if (happened.Locals is { } declared) container.Locals = Join(container.Locals, declared);
        Write(container.Number, happened.Variables);
        foreach (var number in happened.Canceled ?? []) RequestCancel(this[number], entry.At);
        foreach (var next in happened.Scheduled ?? [])
        {
            Schedule(next.Number, next.ActivityId, container.Number, happened.Child, entry.At);
            if (next.Variables is { } given) this[next.Number].Locals = Join(null, given);
        }
    }

    /// <summary>Maintains the sets of executions that may continue, so that no step scans everything that is open.</summary>
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

    ExecutionState Touch(int number)
    {
        changed.Add(number);
        touched.Add(number);
        // Containers follow from their contents.
        if (!this[number].IsOpened) LastTouched = number;
        return this[number];
    }

    /// <param name="trigger">Number of the execution that it follows; null for those with which a container opens.</param>
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

    ExecutionState Start(
        int number, IReadOnlyDictionary<string, JsonElement>? inputs, IReadOnlyDictionary<string, JsonElement>? written, RunError? error,
        DateTimeOffset at)
    {
        var execution = Touch(number);
        while (queue.TryDequeue(out var head) && head != number) { }
        (execution.Status, execution.StartedAt) = (ActivityStatus.Running, at);
        live.Add(number);
        execution.Error = error;
        if (inputs is not null) execution.Inputs = inputs;
        Write(number, written);
        NoteExecuted(execution);
        return execution;
    }

    void Succeed(ExecutionState execution)
    {
        lastSucceeded[execution.ActivityId] = execution.Number;
        LastCompleted = execution;
        Deaths = 0;
    }

    void AwaitSettlement(ExecutionState execution)
    {
        if (execution.Parent is { } parent && this[parent].Status is ActivityStatus.Running) unsettled.Enqueue(execution.Number);
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

    /// <summary>
    /// Writes to the variable that an execution sees: that of the innermost container that has it, otherwise that of the workflow.
    /// </summary>
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
