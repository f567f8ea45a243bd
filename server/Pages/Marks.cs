using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Reruns;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Pages;

/// <summary>CSS class and word of each state.</summary>
static class Marks
{
    /// <summary>Returns class and word for a run.</summary>
    public static (string Kind, string Word) Of(Run run) => run.Status switch
    {
        RunStatus.Queued => ("queued", "Queued"),
        RunStatus.Running => ("running", run.IsCancelRequested ? "Running, to be cancelled" : "Running"),
        RunStatus.Suspended => ("suspended", "Suspended"),
        RunStatus.Succeeded => ("succeeded", "Succeeded"),
        RunStatus.Failed => ("failed", "Failed"),
        RunStatus.Cancelled => ("cancelled", "Cancelled"),
        _ => ("queued", run.Status.ToString()),
    };

    /// <summary>Returns class and word for a step.</summary>
    public static (string Kind, string Word) Of(StepState state) => state switch
    {
        StepState.NotRun => ("notrun", "Not run"),
        StepState.Queued => ("queued", "Queued"),
        StepState.Running => ("running", "Running"),
        StepState.Retrying => ("retrying", "Waits to retry"),
        StepState.Waiting => ("retrying", "Waits"),
        StepState.Succeeded => ("succeeded", "Succeeded"),
        StepState.Reused => ("reused", "Reused"),
        StepState.Failed => ("failed", "Failed"),
        StepState.Cancelled => ("cancelled", "Cancelled"),
        _ => ("notrun", state.ToString()),
    };

    /// <summary>Returns class and word for an activity in a plan.</summary>
    public static (string Kind, string Word) Of(RerunVerdict verdict) => verdict switch
    {
        RerunVerdict.Runs => ("running", "Runs"),
        RerunVerdict.Reused => ("reused", "Reused"),
        RerunVerdict.Depends => ("depends", "Depends"),
        RerunVerdict.NotReached => ("notrun", "Not reached"),
        _ => ("notrun", verdict.ToString()),
    };
}
