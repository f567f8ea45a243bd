using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Workflows.Workers;

/// <summary>Watches a run while a worker drives it; called from any thread, must return at once and never throw.</summary>
public interface IRunObserver : IAttemptObserver
{
    /// <summary>An attempt begins.</summary>
    void OnActivityStarted(ActivityAttempt attempt);

    /// <summary>An activity ended, and that is durable.</summary>
    void OnActivityFinished(ActivityAttempt attempt, ActivityExecution execution);

    /// <summary>Called when a result of an earlier run has replaced an execution, durably.</summary>
    void OnActivityReused(ActivityExecution execution)
    {
        // Most observers only watch what executes.
    }

    /// <summary>An attempt failed and there will be another one.</summary>
    void OnRetry(ActivityAttempt attempt, RunError error, TimeSpan delay);

    /// <summary>The run ended or was suspended, and that is durable.</summary>
    void OnRunFinished(Run run);
}
