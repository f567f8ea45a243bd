using System.Text.Json;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Reruns;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Api;

/// <summary>Plans and accepts requested reruns.</summary>
sealed class RerunStarts(RerunStore reruns, RunStore runs, IdempotentStarts starts, DefinitionStore definitions)
{
    /// <summary>Plans a rerun.</summary>
    /// <exception cref="ApiException"><c>run.unknown</c>.</exception>
    public async Task<RerunPlan> PlanAsync(RerunRequest request, CancellationToken cancellationToken) =>
        await reruns.PlanAsync(request, await NewestAsync(request, cancellationToken), cancellationToken) ?? throw RerunEndpoints.Unknown(request.RunId);

    /// <summary>Accepts a rerun, once for each idempotency key.</summary>
    /// <returns>The new run, and whether this request started it.</returns>
    /// <exception cref="ApiException"><c>run.unknown</c>.</exception>
    public async Task<(Run Run, bool IsNew)> StartAsync(RerunRequest request, RerunBody body, string? key, string startedBy, CancellationToken cancellationToken)
    {
        starts.RefuseWhileDraining();
        return await starts.StartAsync(
            key, "run", $"{request.Kind} of {request.RunId}: {JsonSerializer.Serialize(body, ApiJson.Answers)}", id => runs.FindAsync(id, cancellationToken), StartNewAsync, cancellationToken);

        async Task<Run> StartNewAsync(Guid id)
        {
            var start = new RerunStart(id) { Priority = body.Priority, WhenActive = body.WhenActive, StartedBy = startedBy };
            return await reruns.StartAsync(request, start, body.PlanToken, await NewestAsync(request, cancellationToken), cancellationToken) ?? throw RerunEndpoints.Unknown(request.RunId);
        }
    }

    /// <summary>Returns the published definition if the run executed one; otherwise the run store knows the newest.</summary>
    async Task<WorkflowDefinition?> NewestAsync(RerunRequest request, CancellationToken cancellationToken) =>
        request.Latest && await runs.FindAsync(request.RunId, cancellationToken) is { IsAdHoc: false } run ? await definitions.FindPublishedAsync(run.DefinitionId, cancellationToken) : null;
}
