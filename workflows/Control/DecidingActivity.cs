using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Control;

/// <summary>A control activity as a run carries it out.</summary>
abstract class DecidingActivity : ControlActivity
{
    /// <summary>Decides what follows when it is its turn and its inputs have been evaluated.</summary>
    public virtual RunEvent Execute(in ControlContext context) => context.Complete();

    /// <summary>The line that it leaves in the run's log when it completes; <see langword="null"/> for none.</summary>
    public virtual string? LogOf(ExecutionState execution) => null;
}
