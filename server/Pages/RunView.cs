using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Pages;

/// <summary>Model of a run's page: a part of its steps and of its log.</summary>
/// <param name="Names">Id → label of an activity.</param>
/// <param name="Steps">Steps of the page: those that began, in that order, then the others in the order of the definition.</param>
/// <param name="FirstStep">Number of steps before the page.</param>
/// <param name="StepCount">Number of all steps.</param>
/// <param name="Log">Lines of the log, in order.</param>
/// <param name="OlderLog">Position in the log before which there are older lines; null for none.</param>
/// <param name="Chain">All runs of the chain of reruns, oldest first; only this run if there were none.</param>
/// <param name="Lineage">Materializations that the run wrote, each with those read for it.</param>
/// <param name="Now">Time at which the model was read.</param>
public sealed record RunView(
    Run Run, IReadOnlyDictionary<string, JsonElement> Inputs, IReadOnlyDictionary<string, string> Names, IReadOnlyList<StepView> Steps,
        int FirstStep, int StepCount,
    IReadOnlyList<ActivityLogLine> Log, long? OlderLog, IReadOnlyList<RecordedCheck> Checks,
    IReadOnlyList<(Materialization Written, IReadOnlyList<Materialization> Read)> Lineage, IReadOnlyList<Run> Chain, Uri? TraceUrl, DateTimeOffset Now)
{
    /// <summary>Start of the chart.</summary>
    public DateTimeOffset From => Run.StartedAt ?? Run.CreatedAt;

    /// <summary>End of the chart.</summary>
    public DateTimeOffset To => Run.FinishedAt ?? Now;

    /// <summary>Title of the run, such as <c>Monthly sales · 2026-10</c>.</summary>
    public string Title => Run.Partition is { } month ? $"{Run.DefinitionName} · {month}" : Run.DefinitionName;

    /// <summary>The step that failed.</summary>
    public StepView? Failed { get; init; }

    /// <summary>The step that was chosen; null for none.</summary>
    public StepView? Chosen { get; init; }

    /// <summary>Part of the run that is shown.</summary>
    public required RunPart Part { get; init; }

    /// <summary>Returns the label of an activity.</summary>
    public string NameOf(string activityId) => Names.GetValueOrDefault(activityId, activityId);

    /// <summary>Creates the step of an activity that began.</summary>
    public static StepView StepOf(ActivityExecution execution, IReadOnlyDictionary<string, string> names,
        IReadOnlyList<AttemptHistory> attempts) => new(
        execution.ActivityId, names[execution.ActivityId], execution.Type, StateOf(execution), execution.ReusedFrom is { } source
            ? $"Result of run {source}" : null, execution, attempts);

    /// <summary>Creates the step of an activity that did not begin, with the reason.</summary>
    public static StepView NotRun(Run run, ActivityNode node, IReadOnlyDictionary<string, string> names) => new(node.Id, names[node.Id],
        node.Type, StepState.NotRun, run.Status switch
        {
            RunStatus.Failed when run.Error?.ActivityId is { } failed => $"Because {names.GetValueOrDefault(failed, failed)} failed",
            RunStatus.Failed or RunStatus.Cancelled => "The run ended before it",
            RunStatus.Succeeded => "No branch led to it",
            RunStatus.Queued or RunStatus.Running or RunStatus.Suspended => "Not reached yet",
            _ => null,
        }, Execution: null, []);

    static StepState StateOf(ActivityExecution execution) => execution.ReusedFrom is not null ? StepState.Reused : execution.Status switch
    {
        ActivityStatus.Queued => StepState.Queued,
        ActivityStatus.Running => StepState.Running,
        ActivityStatus.Retrying => StepState.Retrying,
        ActivityStatus.Suspended => StepState.Waiting,
        ActivityStatus.Succeeded => StepState.Succeeded,
        ActivityStatus.Failed => StepState.Failed,
        ActivityStatus.Cancelled => StepState.Cancelled,
        _ => StepState.NotRun,
    };
}
