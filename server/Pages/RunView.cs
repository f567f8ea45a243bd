using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Pages;

/// <summary>What the page of a run shows: a part of its steps and of its log.</summary>
/// <param name="Names">What people call each activity, by id.</param>
/// <param name="Steps">Steps of the page, in the order of work: what was begun as it began, then what was not, as the definition has
/// it.</param>
/// <param name="FirstStep">How many steps are before them.</param>
/// <param name="StepCount">How many there are.</param>
/// <param name="Log">Lines of the log, in order.</param>
/// <param name="OlderLog">Place in the log before which older lines are; null for none.</param>
/// <param name="Chain">All runs at the same work, oldest first; this one alone where nothing was repeated.</param>
/// <param name="Lineage">What it wrote, each with what was read for it.</param>
/// <param name="Now">When it was read.</param>
public sealed record RunView(
    Run Run, IReadOnlyDictionary<string, JsonElement> Inputs, IReadOnlyDictionary<string, string> Names, IReadOnlyList<StepView> Steps,
        int FirstStep, int StepCount,
    IReadOnlyList<ActivityLogLine> Log, long? OlderLog, IReadOnlyList<RecordedCheck> Checks,
    IReadOnlyList<(Materialization Written, IReadOnlyList<Materialization> Read)> Lineage, IReadOnlyList<Run> Chain, Uri? TraceUrl, DateTimeOffset Now)
{
    /// <summary>Where the chart begins.</summary>
    public DateTimeOffset From => Run.StartedAt ?? Run.CreatedAt;

    /// <summary>Where the chart ends.</summary>
    public DateTimeOffset To => Run.FinishedAt ?? Now;

    /// <summary>What people call it, such as <c>Monthly sales · 2026-10</c>.</summary>
    public string Title => Run.Partition is { } month ? $"{Run.DefinitionName} · {month}" : Run.DefinitionName;

    /// <summary>The step that failed.</summary>
    public StepView? Failed { get; init; }

    /// <summary>The step that was chosen; null for none.</summary>
    public StepView? Chosen { get; init; }

    /// <summary>Which part is shown.</summary>
    public required RunPart Part { get; init; }

    /// <summary>What people call an activity.</summary>
    public string NameOf(string activityId) => Names.GetValueOrDefault(activityId, activityId);

    /// <summary>An activity that was begun.</summary>
    public static StepView StepOf(ActivityExecution execution, IReadOnlyDictionary<string, string> names,
        IReadOnlyList<AttemptHistory> attempts) => new(
        execution.ActivityId, names[execution.ActivityId], execution.Type, StateOf(execution), execution.ReusedFrom is { } source
            ? $"Result of run {source}" : null, execution, attempts);

    /// <summary>An activity that was not begun, with the reason.</summary>
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
