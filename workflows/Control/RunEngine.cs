using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Control;

/// <summary>
/// Decides how a run continues: a pure function of definition and state, without clock and without input or output. It gives one step at a
/// time, and each step leaves a state from which the next one follows, so a journal may be cut anywhere and continues in the same way.
/// </summary>
/// <remarks>
/// As in Elsa there is one queue, first in first out, and inline activities execute one at a time. Jobs overlap: once an attempt of a job
/// has begun, the queue continues. After a failure for good, inline activities that are queued and their successors still execute, as in
/// Elsa; jobs that execute are canceled and waited for, and no further job begins, since their outside work cannot help a failed run.
/// </remarks>
static class RunEngine
{
    /// <summary>The next step.</summary>
    public static Decision Decide(WorkflowDefinition definition, RunState state)
    {
        if (state.Status.IsFinal) return new Decision.Ended();
        if (state.CancelReason is not null || state.IsFinishRequested) return WindDown(state);
        if (state.Executions.Count == 0) return new Decision.Follow(new ActivityScheduled(1, definition.Root.Id, Parent: null));
        if (state.Unsettled is { } child)
            return new Decision.Follow(OrFault(state[child.Parent!.Value], () => Settle(definition, state, child))!);
        foreach (var number in state.Unrested)
        {
            var (execution, node) = (state[number], definition.Activities[state[number].ActivityId]);
            if (node.Control is ContainerActivity control && control.IsToEvaluate(node, execution)) return new Decision.Evaluate(execution);
            if (OrFault(execution, () => Advance(definition, node, execution, state)) is { } next) return new Decision.Follow(next);
        }
        var isQueueHeld = state.Trying.Concat(state.Unrested)
            .Any(number => HoldsQueue(definition.Activities[state[number].ActivityId], state[number]));
        if (!isQueueHeld && state.Next is { } queued) return Turn(definition.Activities[queued.ActivityId], queued, state);
        if (ReuseRules.End(definition, state) is { } end) return new Decision.Follow(end);
        return isQueueHeld ? new Decision.Wait() : Rest(definition, state);
    }

    /// <summary>Whether nothing else begins while an activity executes.</summary>
    static bool HoldsQueue(ActivityNode node, ExecutionState execution) => execution.Reused is not { HasWaited: true }
        && node.Kind is not ActivityKind.Job && (!node.IsContainer || (node.HasAttempts && !execution.IsOpened));

    /// <summary>Decides what happens to an activity whose turn has come.</summary>
    static Decision Turn(ActivityNode node, ExecutionState queued, RunState state)
    {
        if (ReuseRules.Turn(node, queued, state) is { } instead) return new Decision.Follow(instead);
        return state.IsFailing && node.Kind is ActivityKind.Job
            ? new Decision.Follow(new ActivityCanceled(queued.Number))
            : new Decision.Evaluate(queued);
    }

    /// <summary>Decides about an execution, and fails it if the decision throws: it would throw the next time too.</summary>
    static RunEvent? OrFault(ExecutionState execution, Func<RunEvent?> decide)
    {
        try
        {
            return decide();
        }
#pragma warning disable CA1031 // Exceptions of the rules come from the values of the activity, which the message shows.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return new ActivityFaulted(execution.Number, Undecidable(fault, execution));
        }
    }

    /// <summary>Returns the event that follows for one execution that has started; null if it waits for something.</summary>
    static RunEvent? Advance(WorkflowDefinition definition, ActivityNode node, ExecutionState execution, RunState state)
    {
        if (node.IsContainer) return AdvanceContainer(definition, node, execution, state);
        if (execution.Reused is not null || execution.IsAttemptOpen) return null;
        if (node.HasAttempts || execution.Error is not null) return TryOn(node, execution, state);
        if (execution.Suspension is not null && execution.Resumption is null) return null;
        var context = new ControlContext(definition, node, execution, state);
        if (execution.Resumption is { } resumed)
        {
            return resumed.Error is { } error ? new ActivityFaulted(execution.Number, error)
                : context.CompleteWith(resumed.Outcomes, resumed.Outputs);
        }
        return (node.Control as DecidingActivity)?.Execute(context)
            ?? context.Fail("activity.unknown_type", $"Activity type '{node.Type}' version '0' could not be found.");
    }

    /// <summary>Returns the next attempt, or the end if there is none; null while one executes or is waited for.</summary>
    static RunEvent? TryOn(ActivityNode node, ExecutionState execution, RunState state)
    {
        if (execution.IsAttemptOpen) return null;
        if (execution.IsCancelRequested) return new ActivityCanceled(execution.Number);
        if (execution is { Error: { } error, RetryAt: null }) return new ActivityFaulted(execution.Number, error);
        if (state.IsStopping && node.Kind is ActivityKind.Job) return new ActivityCanceled(execution.Number);
        return execution.RetryAt is null ? new AttemptStarted(execution.Number, state.NextAttempt(node.Id)) : null;
    }

    static RunEvent? AdvanceContainer(WorkflowDefinition definition, ActivityNode node, ExecutionState container, RunState state)
    {
        if (node.HasAttempts && container is { Reused: null, IsAnswered: false }) return TryOn(node, container, state);
        if (container is { Error: { } error }) return new ActivityFaulted(container.Number, error);
        var (control, context) = ((ContainerActivity)node.Control!, new ControlContext(definition, node, container, state));
        if (!container.IsOpened || container.IsEvaluated) return control.Open(context);
        if (container.Completing is not { } outcomes) return null;
        var outputs = control.OutputsOf(node, container);
        // The variables of an answer were written when it came; later steps may have written them since.
        return !node.HasAttempts ? context.CompleteWith(outcomes, outputs)
            : new ActivityCompleted(container.Number, outcomes, outputs,
                CodeVersion: container.Reused is null ? node.Descriptor!.CodeVersion : null);
    }

    static ContainerAdvanced Settle(WorkflowDefinition definition, RunState state, ExecutionState child)
    {
        var container = state[child.Parent!.Value];
        var node = definition.Activities[container.ActivityId];
        // A container that ended in between decides nothing any more.
        return container.Status is ActivityStatus.Running && container.Completing is null
            ? ((ContainerActivity)node.Control!)
                .Settle(new(definition, node, container, state), child, definition.Activities[child.ActivityId])
            : new(container.Number, child.Number, Completes: container.Completing, Breaks: container.IsBreaking,
                Changes: container.Tokens.IsEmpty ? null : new());
    }

    /// <summary>Ends the run: attempts are canceled and waited for, nothing else begins.</summary>
    static Decision WindDown(RunState state)
    {
        if (state.Trying.Any(number => state[number].IsAttemptOpen)) return new Decision.Wait();
        if (state.CancelReason is null) return new Decision.Follow(Finished(state, RunStatus.Succeeded));
        if (state.Live.Count > 0) return new Decision.Follow(new ActivityCanceled(state.Live.Max()));
        return state.Next is { } queued
            ? new Decision.Follow(new ActivityCanceled(queued.Number))
            : new Decision.Follow(new RunFinished(RunStatus.Cancelled, new("run.cancelled", state.CancelReason, ActivityId: null)));
    }

    /// <summary>Nothing is queued: the run waits for attempts, or it has ended.</summary>
    static Decision Rest(WorkflowDefinition definition, RunState state)
    {
        if (state.Trying.Count > 0) return new Decision.Wait();
        if (state.IsFailing || state[1].Status is ActivityStatus.Succeeded) return new Decision.Follow(Finished(state, RunStatus.Succeeded));
        // A rerun of this one activity was requested.
        if (state.Created is { Reuse.IsOnly: true } && state.Waiting.Count == 0) return new Decision.Follow(Finished(state, RunStatus.Succeeded));
        return state.Status is RunStatus.Suspended
            ? new Decision.Wait()
            : new Decision.Follow(new RunSuspended(DeadEnd.Describe(definition, state)));
    }

    /// <summary>Returns the error of an execution on which the rules cannot decide.</summary>
    public static RunError Undecidable(Exception fault, ExecutionState execution)
    {
        var given = execution.Inputs.Count == 0 ? "It has no inputs."
            : $"Its inputs are {string.Join(", ", execution.Inputs.Select(InWords))}. Correct them.";
        return new("activity.undecidable", $"How '{execution.ActivityId}' goes on cannot be decided: {Sentence(fault)} {given}",
            execution.ActivityId);

        static string InWords(KeyValuePair<string, JsonElement> input) => $"{input.Key} = {JsonCursor.Shorten(input.Value.GetRawText())}";
    }

    /// <summary>Returns an exception as a sentence on one line.</summary>
    public static string Sentence(Exception fault) =>
        $"{fault.GetType().Name}: {fault.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ')}.";

    static RunFinished Finished(RunState state, RunStatus otherwise) =>
        state is { IsFailing: true, Error: { } error } ? new(RunStatus.Failed, error) : new(otherwise, Error: null);
}

/// <summary>Decisions of <see cref="RunEngine"/>.</summary>
abstract record Decision
{
    /// <summary>This event follows from the recorded state.</summary>
    public sealed record Follow(RunEvent Event) : Decision;

    /// <summary>This activity has its turn: its inputs are evaluated and recorded by <see cref="ActivityStarted"/>.</summary>
    public sealed record Evaluate(ExecutionState Execution) : Decision;

    /// <summary>Nothing follows until an attempt ends, a retry is due or a request arrives.</summary>
    public sealed record Wait : Decision;

    /// <summary>The run has ended.</summary>
    public sealed record Ended : Decision;
}
