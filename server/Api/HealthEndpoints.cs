using System.Globalization;
using Orchestrator.Server.Access;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Machine;

namespace Orchestrator.Server.Api;

/// <summary>Answer of a live process.</summary>
/// <param name="Status">Always <c>alive</c>.</param>
public sealed record HealthResponse(string Status);

/// <summary>Whether the server can work.</summary>
/// <param name="Status"><c>ready</c>, <c>not ready</c> or, once asked to end, <c>draining</c>.</param>
/// <param name="Checks">Each thing that the server needs, with its state; <see langword="null"/> for callers who are not logged in.</param>
public sealed record ReadinessResponse(string Status, IReadOnlyList<ReadinessCheck>? Checks);

/// <summary><c>/healthz</c> and <c>/readyz</c>: probes of the process, without login.</summary>
static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", static () => new HealthResponse("alive"))
            .NeedsNoLogin().DisableRateLimiting()
            .WithTags("Health").WithName("health").WithSummary("Whether the process is alive.");
        app.MapGet("/readyz", ShowReadinessAsync)
            .NeedsNoLogin().DisableRateLimiting()
            .WithTags("Health").WithName("readiness").WithSummary("Whether the server can work, and for each thing that it needs why not.")
            .Produces<ReadinessResponse>().Produces<ReadinessResponse>(StatusCodes.Status503ServiceUnavailable);
    }

    static async Task<IResult> ShowReadinessAsync(HttpContext context, Readiness readiness, ServerShutdown shutdown, CancellationToken cancellationToken)
    {
        var checks = await readiness.CheckAsync(cancellationToken);
        var status = shutdown.Drain.IsCancellationRequested ? "draining" : checks.All(check => check.Status is ReadinessStatus.Ok) ? "ready" : "not ready";
        var answer = new ReadinessResponse(status, context.Caller is null ? null : checks);
        if (status == "ready") return Results.Ok(answer);
        context.Response.Headers.RetryAfter = ApiProblems.RetryDelay.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return Results.Json(answer, statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
