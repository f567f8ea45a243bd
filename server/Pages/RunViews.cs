using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Reruns;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Pages;

/// <summary>Reads what pages show.</summary>
sealed class RunViews(RunStore runs, RerunStore reruns, PostgresAssetCatalog catalog, IOptions<TelemetryOptions> telemetry, TimeProvider time)
{
    /// <summary>A run; <see langword="null"/> where there is none with this id.</summary>
    public async Task<RunView?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(id, cancellationToken) is not { } run) return null;
        var definition = await runs.GetDefinitionAsync(id, cancellationToken);
        var executions = await runs.ListExecutionsAsync(id, cancellationToken);
        var attempts = await runs.ListAttemptsAsync(id, number: null, cancellationToken);
        return new(
            run, await runs.GetInputsAsync(id, cancellationToken), RunView.Order(run, definition, executions, attempts), await runs.ListLogAsync(id, cancellationToken),
            await runs.ListChecksAsync(id, cancellationToken), await ReadLineageAsync(id, cancellationToken), await reruns.ListChainAsync(id, cancellationToken),
            telemetry.Value.TraceAddress(run.TraceParent), time.GetUtcNow());
    }

    async Task<IReadOnlyList<(Materialization, IReadOnlyList<Materialization>)>> ReadLineageAsync(Guid id, CancellationToken cancellationToken)
    {
        var written = await catalog.ListOfRunAsync(id, cancellationToken);
        var known = written.ToDictionary(materialization => materialization.Id);
        var lineage = new List<(Materialization, IReadOnlyList<Materialization>)>();
        foreach (var materialization in written)
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
