using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Workers;

/// <summary>Creates the drivers of runs that were claimed.</summary>
public sealed class RunDrivers(
    RunJournal journal, InputEvaluation inputs, AttemptRunner runner, RunWaits waits, ChildRuns childRuns, IOptions<RunOptions> options,
    JitterSource jitter, TimeProvider clock, ILogger<RunDrivers> log)
{
    /// <summary>Creates the driver of a run, for one lease.</summary>
    internal RunDriver Create(Claim claim, WorkflowDefinition definition, RunSpans spans, IRunObserver observer)
    {
        var recorder = new RunRecorder(journal, claim.Fence, definition, clock);
        var drive = new Drive(claim.Run, definition, recorder, new(clock), spans, observer);
        return new(drive, new(drive, runner, log), new(drive, waits, childRuns, clock), inputs, options.Value, jitter, clock, log);
    }

    /// <summary>Ends a run whose definition this version does not accept any more: no worker of this version could drive it.</summary>
    internal async Task<Run> EndUnreadableAsync(Claim claim)
    {
        var run = claim.Run;
        var state = RunState.Of(await journal.ReadAsync(run.Id, CancellationToken.None));
        var expected = state.Sequence;
        var error = new RunError("run.unreadable_definition",
            $"The definition of the run cannot be read by this version: {claim.Unreadable} " +
            "Correct the workflow, publish it and start the run again.", ActivityId: null);
        var ended = new JournalEntry(expected + 1, JournalClock.Now(clock), new RunFinished(RunStatus.Failed, error));
        state.Apply(ended);
        await journal.AppendAsync(new(claim.Fence, expected, [ended], RunRow.Of(state), [], [], [], []), CancellationToken.None);
        return run with { Status = state.Status, FinishedAt = state.FinishedAt, Error = error, SuspendedReason = null, LeaseOwner = null };
    }
}
