using Orchestrator.Server.Access;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Api;

/// <summary>A process that drives runs.</summary>
/// <param name="Name">Its name in leases.</param>
/// <param name="Host">The machine.</param>
/// <param name="ProcessId">The process on it.</param>
/// <param name="Roles">What it does.</param>
/// <param name="Slots">How many runs it drives at once.</param>
/// <param name="Runs">How many it drives now.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="SeenAt">When it was heard of last.</param>
/// <param name="Status"><c>alive</c>, or <c>gone</c> where it was not heard of for longer than a lease.</param>
public sealed record WorkerResponse(
    string Name, string Host, int ProcessId, IReadOnlyList<string> Roles, int Slots, int Runs, DateTimeOffset StartedAt, DateTimeOffset SeenAt, string Status);

/// <summary><c>/workers</c>.</summary>
static class WorkerEndpoints
{
    public static void Map(RouteGroupBuilder api) => api.MapGet("/workers", ListAsync)
        .RequireAccess(AccessRole.Viewer)
        .WithTags("Workers").WithName("listWorkers").WithSummary("The processes that drive runs; one that vanished is shown as gone for an hour.");

    static async Task<WorkerResponse[]> ListAsync(WorkerRegistry workers, CancellationToken cancellationToken) =>
        [.. (await workers.ListAsync(cancellationToken)).Select(worker => new WorkerResponse(
            worker.Name, worker.Host, worker.ProcessId, worker.Roles, worker.Slots, worker.Runs, worker.StartedAt, worker.SeenAt, worker.IsGone ? "gone" : "alive"))];
}
