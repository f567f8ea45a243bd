using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Access;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Api;

/// <summary>A pool: a named limit of concurrent work.</summary>
/// <param name="Name"><c>runs</c> for all runs, <c>runs:WORKFLOW</c> for those of one workflow, else the pool that activities name.</param>
/// <param name="Slots">Number of slots; null for no limit.</param>
/// <param name="Held">Holders of a slot.</param>
/// <param name="Waiting">Runs and activities that wait for a slot, next first; at most 100 runs.</param>
public sealed record PoolResponse(string Name, int? Slots, IReadOnlyList<PoolUseResponse> Held, IReadOnlyList<PoolUseResponse> Waiting);

/// <summary>A run or activity that holds or waits for a slot.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Workflow">Its workflow.</param>
/// <param name="Partition">Its month.</param>
/// <param name="Activity">The activity; null for the run as a whole.</param>
/// <param name="Priority">Priority of the run.</param>
/// <param name="Since">Time since which it holds or waits.</param>
public sealed record PoolUseResponse(Guid RunId, string Workflow, string? Partition, string? Activity, int Priority, DateTimeOffset Since);

/// <summary>A limit to set.</summary>
/// <param name="Slots">Number of slots, at least 1; null for no limit.</param>
public sealed record PoolRequest(int? Slots);

/// <summary><c>/pools</c>.</summary>
static class PoolEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var pools = api.MapGroup("/pools").WithTags("Pools");
        pools.MapGet("/", ListAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listPools").WithSummary("Lists the pools with their limits, holders and waiters.");
        pools.MapGet("/{name}", ShowAsync).RequireAccess(AccessRole.Viewer)
            .WithName("showPool").WithSummary("Shows a pool; its ETag is the version for changes.").WithProblems(404, "pool.unknown");
        pools.MapPut("/{name}", SetAsync).RequireAccess(AccessRole.Operator)
            .WithName("setPool")
            .WithSummary("Sets a limit. If-Match: the ETag that the change is made from, or * for any; If-None-Match: * creates a new one.")
            .WithProblems(400, "pool.bad_name", "pool.bad_slots").WithProblems(412, "request.changed_meanwhile").WithProblems(428, "request.if_match_required");
    }

    static async Task<PoolResponse[]> ListAsync(PoolStore pools, CancellationToken cancellationToken) =>
        [.. (await pools.ListAsync(cancellationToken)).Select(Of)];

    static async Task<Ok<PoolResponse>> ShowAsync(string name, PoolStore pools, HttpResponse response, CancellationToken cancellationToken)
    {
        var pool = await pools.FindAsync(name, cancellationToken) ?? throw Unknown(name);
        response.Headers.ETag = EntityTags.Of(pool.Version);
        return TypedResults.Ok(Of(pool));
    }

    static async Task<Ok<PoolResponse>> SetAsync(
        string name, PoolRequest change, PoolStore pools, HttpRequest request, HttpResponse response, CancellationToken cancellationToken)
    {
        if (!Pool.IsName(name)) throw new ApiException(400, "pool.bad_name",
            $"'{name}' is no name of a pool. Use up to 100 letters, digits and ._:- and begin with a letter or digit; "
            + "runs: may have the id of any workflow behind it.");
        if (change.Slots is < 1) throw new ApiException(400, "pool.bad_slots", $"A pool cannot have {change.Slots} slots. Give 1 or more, or null for any number.");
        _ = await pools.SetAsync(name, change.Slots, request.ExpectedVersion($"pool '{name}'"), cancellationToken)
            ?? throw new ApiException(412, "request.changed_meanwhile", $"Pool '{name}' is not what the change was made from: somebody else changed it. Read it again, then decide.");
        return await ShowAsync(name, pools, response, cancellationToken);
    }

    static ApiException Unknown(string name) => new(404, "pool.unknown", $"There is no pool '{name}'. /api/v1/pools lists them.");

    static PoolResponse Of(Pool pool) => new(pool.Name, pool.Slots, [.. pool.Held.Select(Of)], [.. pool.Waiting.Select(Of)]);

    static PoolUseResponse Of(PoolUse use) => new(use.RunId, use.DefinitionId, use.Partition?.ToString(), use.ActivityId, use.Priority, use.Since);
}
