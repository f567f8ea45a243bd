using Orchestrator.Server.Access;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Api;

/// <summary>A worker: a process that drives runs.</summary>
/// <param name="Name">Its name in leases.</param>
/// <param name="Host">The machine.</param>
/// <param name="ProcessId">The process on it.</param>
/// <param name="Roles">Roles of the process.</param>
/// <param name="Slots">Number of runs that it can drive at once.</param>
/// <param name="Runs">Number of runs that it drives now.</param>
/// <param name="StartedAt">Time of its start.</param>
/// <param name="SeenAt">Time of its last heartbeat.</param>
/// <param name="Status"><c>alive</c>, or <c>gone</c> if its last heartbeat is older than a lease.</param>
public sealed record WorkerResponse(
    string Name, string Host, int ProcessId, IReadOnlyList<string> Roles, int Slots, int Runs, DateTimeOffset StartedAt, DateTimeOffset SeenAt, string Status);

/// <summary><c>/workers</c>.</summary>
static class WorkerEndpoints
{
    public static void Map(RouteGroupBuilder api) => api.MapGet("/workers", ListAsync)
        .RequireAccess(AccessRole.Viewer)
        .WithTags("Workers").WithName("listWorkers")
        .WithSummary("Lists the processes that drive runs; a worker without heartbeats is shown as gone for an hour.");

    static async Task<WorkerResponse[]> ListAsync(WorkerRegistry workers, CancellationToken cancellationToken) =>
        [.. (await workers.ListAsync(cancellationToken)).Select(worker => new WorkerResponse(
            worker.Name, worker.Host, worker.ProcessId, worker.Roles, worker.Slots, worker.Runs, worker.StartedAt, worker.SeenAt, worker.IsGone ? "gone" : "alive"))];
}
