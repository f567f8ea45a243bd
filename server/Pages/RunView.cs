using System.Text.Json;
using Orchestrator.Server.CommandLine;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Pages;

/// <summary>What the page of a run shows.</summary>
/// <param name="Chain">All runs at the same work, oldest first; this one alone where nothing was repeated.</param>
/// <param name="Lineage">What it wrote, each with what was read for it.</param>
/// <param name="Now">When it was read.</param>
public sealed record RunView(
    Run Run, IReadOnlyDictionary<string, JsonElement> Inputs, IReadOnlyList<StepView> Steps, IReadOnlyList<ActivityLogLine> Log, IReadOnlyList<RecordedCheck> Checks,
    IReadOnlyList<(Materialization Written, IReadOnlyList<Materialization> Read)> Lineage, IReadOnlyList<Run> Chain, Uri? TraceUrl, DateTimeOffset Now)
{
    /// <summary>Where the chart begins.</summary>
    public DateTimeOffset From => Run.StartedAt ?? Run.CreatedAt;

    /// <summary>Where the chart ends.</summary>
    public DateTimeOffset To => Run.FinishedAt ?? Now;

    /// <summary>What people call it, such as <c>Monthly sales · 2026-10</c>.</summary>
    public string Title => Run.Partition is { } month ? $"{Run.DefinitionName} · {month}" : Run.DefinitionName;

    /// <summary>The step that failed first.</summary>
    public StepView? Failed => Run.Error?.ActivityId is { } id ? Steps.LastOrDefault(step => step.ActivityId == id) : null;

    /// <summary>The step of an activity.</summary>
    public StepView? Step(string? activityId) => Steps.LastOrDefault(step => step.ActivityId == activityId);

    /// <summary>Puts the steps in the order of work: what was begun as it began, then what was not, as the connections have it.</summary>
    public static IReadOnlyList<StepView> Order(Run run, WorkflowDefinition definition, IReadOnlyList<ActivityExecution> executions, IReadOnlyList<AttemptHistory> attempts)
    {
        var labels = ActivityLabels.Of(definition.Steps.Select(step => (step.Id, definition.NameOf(step.Id))));
        var containers = executions.Select(execution => execution.Parent).OfType<int>().ToHashSet();
        var tries = attempts.ToLookup(attempt => attempt.Number);
        var begun = from execution in executions
                    where !containers.Contains(execution.Number) && labels.ContainsKey(execution.ActivityId)
                    orderby execution.StartedAt ?? DateTimeOffset.MaxValue, execution.Number
                    select new StepView(execution.ActivityId, labels[execution.ActivityId], execution.Type, StateOf(execution),
                        execution.ReusedFrom is { } source ? $"Result of run {source}" : null, execution, [.. tries[execution.Number]]);
        var steps = begun.ToList();
        var reached = steps.Select(step => step.ActivityId).ToHashSet(StringComparer.Ordinal);
        var why = run.Status switch
        {
            RunStatus.Failed when run.Error?.ActivityId is { } failed => $"Because {labels.GetValueOrDefault(failed, failed)} failed",
            RunStatus.Failed or RunStatus.Cancelled => "The run ended before it",
            RunStatus.Succeeded => "No branch led to it",
            RunStatus.Queued or RunStatus.Running or RunStatus.Suspended => "Not reached yet",
            _ => null,
        };
        steps.AddRange(definition.Steps.Where(node => !reached.Contains(node.Id))
            .Select(node => new StepView(node.Id, labels[node.Id], node.Type, StepState.NotRun, why, Execution: null, [])));
        return steps;
    }

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
