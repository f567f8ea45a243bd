using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Elsa;

/// <summary>Reader of runs as Elsa's clients see them.</summary>
sealed class InstanceViews(RunStore runs, RunHistories histories, PostgresAssetCatalog catalog, IOptions<TelemetryOptions> telemetry)
{
    /// <summary>Finds a run by the text of its id; <see langword="null"/> if there is none.</summary>
    public async Task<InstanceView?> FindAsync(string? id, CancellationToken cancellationToken) =>
        Guid.TryParse(id, out var run) ? await FindAsync(run, cancellationToken) : null;

    /// <summary>Finds a run; <see langword="null"/> if there is none.</summary>
    public async Task<InstanceView?> FindAsync(Guid run, CancellationToken cancellationToken) => await runs.FindShownAsync(run, cancellationToken) is { } found
        ? new(found, await histories.ReadAsync(found.Run, cancellationToken), await runs.GetDefinitionAsync(run, cancellationToken),
            telemetry.Value.TraceAddress(found.Run.TraceParent))
        : null;

    /// <summary>Lists records of executions, with the facts shown beside their outputs.</summary>
    public async Task<IReadOnlyList<ExecutionRecord>> ListAsync(InstanceView view, IEnumerable<int> numbers, CancellationToken cancellationToken)
    {
        var wanted = numbers.ToList();
        var executions = wanted.Select(view.History.Find).OfType<ExecutionHistory>().ToList();
        var facts = await ExecutionFacts.ReadAsync(view.Found.Run.Id, executions, catalog, view.Trace, cancellationToken);
        return [.. wanted.Select(number => view.Execution(number, facts)).OfType<ExecutionRecord>()];
    }
}
