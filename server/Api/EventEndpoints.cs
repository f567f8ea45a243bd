using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Access;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Api;

/// <summary>An event to publish.</summary>
/// <param name="Payload">What it brings, any JSON; null for nothing.</param>
/// <param name="CorrelationId">Only runs with this correlation id hear of it; null for all.</param>
public sealed record EventRequest(JsonElement? Payload = null, string? CorrelationId = null);

/// <summary>Who heard of an event.</summary>
/// <param name="Resumed">Runs that waited for it and go on.</param>
/// <param name="Started">Runs that it started.</param>
public sealed record EventResponse(IReadOnlyList<Guid> Resumed, IReadOnlyList<Guid> Started);

/// <summary><c>/events</c>.</summary>
static class EventEndpoints
{
    public static void Map(RouteGroupBuilder api) => api.MapGroup("/events").WithTags("Events").MapPost("/{name}", PublishAsync).RequireAccess(AccessRole.Operator)
        .WithName("publishEvent").WithSummary("Publishes an event: runs that wait for it go on, workflows that begin with it start.")
        .WithProblems(400, EventNames.BadName, EventNames.BadCorrelation);

    static async Task<Ok<EventResponse>> PublishAsync(string name, EventRequest? request, EventPublisher events, HttpContext context, CancellationToken cancellationToken)
    {
        if (EventNames.ProblemOf(name) is { } problem) throw new ApiException(400, EventNames.BadName, problem);
        if (request?.CorrelationId is { } correlation && EventNames.ProblemOfCorrelation(correlation) is { } unfit)
            throw new ApiException(400, EventNames.BadCorrelation, unfit);
        var reach = await events.PublishAsync(new(name, request?.Payload, request?.CorrelationId), context.StartedBy(), idOf: null, cancellationToken);
        return TypedResults.Ok(new EventResponse(reach.Resumed, reach.Started));
    }
}
