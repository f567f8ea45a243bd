using Microsoft.AspNetCore.Http.Timeouts;
using Orchestrator.Activities.Store;
using Orchestrator.Server.Access;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Api;

/// <summary>Request to remove files that nothing refers to.</summary>
/// <param name="IsDryRun">Whether to return only what would be removed. Default false.</param>
/// <param name="Grace">Younger files stay. Default 24 hours.</param>
public sealed record VacuumRequest(bool IsDryRun = false, TimeSpan? Grace = null);

/// <summary>The files that were removed, or would be.</summary>
/// <param name="IsDryRun">Whether nothing was removed.</param>
/// <param name="Count">Number of files.</param>
/// <param name="Bytes">Total size in bytes.</param>
/// <param name="Files">The files by key; then remains of interrupted writes, then what dead workers left of runs
/// (<c>.staged/…</c>).</param>
public sealed record VacuumResponse(bool IsDryRun, int Count, long Bytes, IReadOnlyList<VacuumedFile> Files);

/// <summary>A file that no reader can see.</summary>
/// <param name="Key">Its key in the object store.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="WrittenAt">When it was written.</param>
public sealed record VacuumedFile(string Key, long Bytes, DateTimeOffset? WrittenAt);

/// <summary><c>/vacuum</c>.</summary>
static class VacuumEndpoints
{
    static readonly TimeSpan LongestGrace = TimeSpan.FromDays(9_999);

    public static void Map(RouteGroupBuilder api) => api.MapPost("/vacuum", RemoveAsync)
        .RequireAccess(AccessRole.Admin)
        .WithTags("Server").WithName("vacuum").WithSummary("Removes files of the object store that no materialization refers to, and those that runs which have ended left in its folder .staged.")
        .WithMetadata(new DisableRequestTimeoutAttribute());

    static async Task<VacuumResponse> RemoveAsync(VacuumRequest request, Vacuum vacuum, CancellationToken cancellationToken)
    {
        var grace = request.Grace ?? Vacuum.DefaultGrace;
        if (grace < TimeSpan.Zero || grace > LongestGrace)
            throw new ApiException(400, "vacuum.bad_grace",
                $"The grace is {grace}. Give a time from 0 to {LongestGrace.TotalDays} days, such as \"1.00:00:00\" for a day.");
        var litter = await vacuum.FindAsync(grace, cancellationToken);
        if (!request.IsDryRun) await vacuum.RemoveAsync(litter, cancellationToken);
        return new(request.IsDryRun, litter.Count, litter.Bytes,
        [
            .. litter.Files.Concat(litter.Leftovers).Select(file => new VacuumedFile(file.Key, file.Bytes, file.WrittenAt)),
            .. litter.HandedOver.Select(file => new VacuumedFile(file.Name, file.Bytes, file.WrittenAt)),
        ]);
    }
}
