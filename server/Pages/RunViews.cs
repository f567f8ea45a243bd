using Microsoft.Extensions.Options;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Reruns;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Pages;

/// <summary>Part of a run that a page shows.</summary>
/// <param name="Activity">The selected activity; <see langword="null"/> for none.</param>
/// <param name="FirstStep">Number of steps before the page.</param>
/// <param name="LogBefore">Position in the log before which lines are shown; <see langword="null"/> for the newest.</param>
public sealed record RunPart(string? Activity, int FirstStep, long? LogBefore);

/// <summary>Reader of run pages: one part of a run, however long the run is.</summary>
sealed class RunViews(RunStore runs, RerunStore reruns, PostgresAssetCatalog catalog, IOptions<TelemetryOptions> telemetry, TimeProvider time)
{
    const int Steps = 50, Lines = 100, Materializations = 100;

    /// <summary>Reads a part of a run; <see langword="null"/> if there is no run with this id.</summary>
    public async Task<RunView?> FindAsync(Guid id, RunPart part, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(id, cancellationToken) is not { } run) return null;
        var definition = await runs.GetDefinitionAsync(id, cancellationToken);
        var names = ActivityLabels.Of(definition.Steps.Select(step => (step.Id, definition.NameOf(step.Id))));
        var counts = await runs.CountExecutionsAsync(id, cancellationToken);
        var missing = definition.Steps.Where(node => counts.GetValueOrDefault(node.Id) == 0).ToList();
        var begun = names.Keys.Sum(activity => counts.GetValueOrDefault(activity));
        var first = Math.Clamp(part.FirstStep, 0, Math.Max(begun + missing.Count - 1, 0));

        var executions = first < begun ? await runs.ListStepsAsync(id, [.. names.Keys], first, Steps, cancellationToken) : [];
        var chosen = await FindLastAsync(id, names, part.Activity, cancellationToken);
        var failed = await FindLastAsync(id, names, run.Error?.ActivityId, cancellationToken);
        var tries = (await runs.ListAttemptsAsync(id, [.. executions.Concat([.. chosen, .. failed]).Select(execution =>
            execution.Number).Distinct()], cancellationToken))
            .ToLookup(attempt => attempt.Number);
        List<StepView> steps =
        [
            .. executions.Select(StepOf),
            .. missing.Skip(Math.Max(first - begun, 0)).Take(Steps - executions.Count).Select(node => RunView.NotRun(run, node, names)),
        ];
        var log = await runs.ListLogBeforeAsync(id, part.Activity, part.LogBefore, Lines + 1, cancellationToken);
        return new(
            run, await runs.GetInputsAsync(id, cancellationToken), names, steps, first, begun + missing.Count,
            [.. log.TakeLast(Lines).Select(line => line.Line)], log.Count > Lines ? log[1].Place : null, await runs.ListChecksAsync(id,
                cancellationToken),
            await ReadLineageAsync(id, part.Activity, cancellationToken), await reruns.ListChainAsync(id, cancellationToken),
                telemetry.Value.TraceAddress(run.TraceParent), time.GetUtcNow())
        {
            Chosen = chosen is [var one] ? StepOf(one) : missing.Find(node => node.Id == part.Activity) is { } never ? RunView.NotRun(run,
                never, names) : null,
            Failed = failed is [var wrong] ? StepOf(wrong) : null,
            Part = part with { FirstStep = first },
        };

        StepView StepOf(ActivityExecution execution) => RunView.StepOf(execution, names, [.. tries[execution.Number]]);
    }

    async Task<IReadOnlyList<ActivityExecution>> FindLastAsync(Guid id, IReadOnlyDictionary<string, string> names, string? activity,
        CancellationToken cancellationToken) =>
        activity is not null && names.ContainsKey(activity) && await runs.FindLastExecutionAsync(id, activity,
            cancellationToken) is { } last ? [last] : [];

    async Task<IReadOnlyList<(Materialization, IReadOnlyList<Materialization>)>> ReadLineageAsync(Guid id, string? activity,
        CancellationToken cancellationToken)
    {
        var written = await catalog.ListOfRunAsync(id, cancellationToken);
        var known = written.ToDictionary(materialization => materialization.Id);
        var lineage = new List<(Materialization, IReadOnlyList<Materialization>)>();
        foreach (var materialization in written.Where(materialization => activity is null
            || materialization.ActivityId == activity).Take(Materializations))
        {
            var read = new List<Materialization>();
            foreach (var input in materialization.Inputs)
            {
                if (!known.TryGetValue(input, out var source) && await catalog.FindAsync(input, cancellationToken) is { } older) known[input] = source = older;
                if (source is not null) read.Add(source);
            }
            lineage.Add((materialization, read));
        }
        return lineage;
    }
}
