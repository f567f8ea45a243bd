using System.Text.Json;

namespace Orchestrator.Workflows.Journal;

/// <summary>
/// What a rerun takes over from an earlier run instead of executing it. It is part of the run's first event: the source is not read again.
/// </summary>
/// <param name="Executions">What is taken over; the k-th execution of an activity takes the place of its k-th execution here.</param>
/// <param name="Redone">Of what executes again: when it ended in the source, so that what is taken over ends before and after it as it did
/// there.</param>
/// <param name="Never">Ids of the activities that never execute in this run.</param>
/// <param name="IsOnly">Whether what follows an activity that executes is taken over nonetheless.</param>
sealed record Reuse(
    IReadOnlyList<ReusedExecution> Executions, IReadOnlyList<RedoneExecution> Redone, IReadOnlyList<string> Never, bool IsOnly = false);

/// <summary>An execution of the source whose effects count again.</summary>
/// <param name="ActivityId">The activity.</param>
/// <param name="Ordinal">Which of its executions in the source, from 1.</param>
/// <param name="Order">Place of its end among all ends of the source, ascending.</param>
/// <param name="FromRun">The run in which it really executed: of a rerun of a rerun the first one.</param>
/// <param name="FromNumber">Its number there.</param>
/// <param name="At">When it ended there.</param>
/// <param name="IsCancelled">Whether it ended because another activity that is taken over, such as the winner of a race, ended it.</param>
/// <param name="Inputs">Its evaluated inputs; <see langword="null"/> for none.</param>
/// <param name="StartVariables">What evaluating them wrote; <see langword="null"/> for nothing.</param>
/// <param name="Outcomes">Its outcomes; <see langword="null"/> for <c>Done</c>.</param>
/// <param name="Outputs">Its outputs; <see langword="null"/> for none.</param>
/// <param name="Variables">What completing wrote; <see langword="null"/> for nothing.</param>
/// <param name="Metrics">Its figures; <see langword="null"/> for none.</param>
/// <param name="Materializations">What became visible with it; <see langword="null"/> for nothing.</param>
/// <param name="CodeVersion">Version of the code that executed it.</param>
/// <param name="EndsRun">Whether the run ended with it.</param>
/// <param name="HasWaited">Whether it waited for something outside: others went on meanwhile, and what cancelled it ended it at
/// once.</param>
sealed record ReusedExecution(
    string ActivityId, int Ordinal, long Order, Guid FromRun, int FromNumber, DateTimeOffset At, bool IsCancelled = false, IReadOnlyDictionary<string, JsonElement>? Inputs = null,
    IReadOnlyDictionary<string, JsonElement>? StartVariables = null, IReadOnlyList<string>? Outcomes = null,
    IReadOnlyDictionary<string, JsonElement>? Outputs = null, IReadOnlyDictionary<string, JsonElement>? Variables = null,
    IReadOnlyDictionary<string, decimal>? Metrics = null, IReadOnlyList<Guid>? Materializations = null, string? CodeVersion = null, bool EndsRun = false, bool HasWaited = false);

/// <summary>An execution of the source that is not taken over.</summary>
/// <param name="ActivityId">The activity.</param>
/// <param name="Ordinal">Which of its executions in the source, from 1.</param>
/// <param name="Order">Place of its end among all ends of the source, ascending.</param>
sealed record RedoneExecution(string ActivityId, int Ordinal, long Order);
