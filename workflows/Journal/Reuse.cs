using System.Text.Json;

namespace Orchestrator.Workflows.Journal;

/// <summary>
/// Executions that a rerun reuses from an earlier run instead of executing them. The run's first event contains them: the source is not
/// read again.
/// </summary>
/// <param name="Executions">The reused executions; each replaces the execution of its activity with the same ordinal in this run.</param>
/// <param name="Redone">Ends in the source of executions that execute again, so that reused ones end before and after them as they did
/// there.</param>
/// <param name="Never">Ids of the activities that never execute in this run.</param>
/// <param name="IsOnly">Whether successors of an activity that executes are reused too.</param>
sealed record Reuse(
    IReadOnlyList<ReusedExecution> Executions, IReadOnlyList<RedoneExecution> Redone, IReadOnlyList<string> Never, bool IsOnly = false);

/// <summary>An execution of the source whose effects count again.</summary>
/// <param name="ActivityId">The activity.</param>
/// <param name="Ordinal">Its position among the executions of the activity in the source, from 1.</param>
/// <param name="Order">Place of its end among all ends of the source, ascending.</param>
/// <param name="FromRun">The run that really executed it: for a rerun of a rerun the first one.</param>
/// <param name="FromNumber">Its number in that run.</param>
/// <param name="At">Time of its end in that run.</param>
/// <param name="IsCancelled">Whether it ended because another reused activity, such as the winner of a race, ended it.</param>
/// <param name="Inputs">Its evaluated inputs; <see langword="null"/> for none.</param>
/// <param name="StartVariables">Variables that the evaluation of the inputs wrote; <see langword="null"/> for none.</param>
/// <param name="Outcomes">Its outcomes; <see langword="null"/> for <c>Done</c>.</param>
/// <param name="Outputs">Its outputs; <see langword="null"/> for none.</param>
/// <param name="Variables">Variables that the completion wrote; <see langword="null"/> for none.</param>
/// <param name="Metrics">Its metrics by name; <see langword="null"/> for none.</param>
/// <param name="Materializations">Materializations that became visible with its end; <see langword="null"/> for none.</param>
/// <param name="CodeVersion">Version of the code that executed it.</param>
/// <param name="EndsRun">Whether it ended the run.</param>
/// <param name="HasWaited">Whether it waited for something outside: other activities continued meanwhile, and a cancellation ended it at
/// once.</param>
sealed record ReusedExecution(
    string ActivityId, int Ordinal, long Order, Guid FromRun, int FromNumber, DateTimeOffset At, bool IsCancelled = false, IReadOnlyDictionary<string, JsonElement>? Inputs = null,
    IReadOnlyDictionary<string, JsonElement>? StartVariables = null, IReadOnlyList<string>? Outcomes = null,
    IReadOnlyDictionary<string, JsonElement>? Outputs = null, IReadOnlyDictionary<string, JsonElement>? Variables = null,
    IReadOnlyDictionary<string, decimal>? Metrics = null, IReadOnlyList<Guid>? Materializations = null, string? CodeVersion = null, bool EndsRun = false, bool HasWaited = false);

/// <summary>An execution of the source that is not reused.</summary>
/// <param name="ActivityId">The activity.</param>
/// <param name="Ordinal">Its position among the executions of the activity in the source, from 1.</param>
/// <param name="Order">Place of its end among all ends of the source, ascending.</param>
sealed record RedoneExecution(string ActivityId, int Ordinal, long Order);
