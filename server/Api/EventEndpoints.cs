using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Access;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Values;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Api;

/// <summary>An event to publish.</summary>
/// <param name="Payload">What it brings, any JSON; null for nothing.</param>
/// <param name="CorrelationId">Only runs with this correlation id hear of it; null for all.</param>
/// <param name="Partition">The month of the runs that it starts, such as <c>2026-10</c>, or <c>none</c>; null for the month that ended
/// last (UTC) where the workflow has data activities.</param>
public sealed record EventRequest(JsonElement? Payload = null, string? CorrelationId = null, string? Partition = null);

/// <summary>Who heard of an event.</summary>
/// <param name="Resumed">Runs that waited for it and go on.</param>
/// <param name="Started">Runs that it started.</param>
/// <param name="Refused">Workflows that begin with it and could not start, with the reason.</param>
/// <param name="Note">What to look at if nobody heard of it; null if somebody did.</param>
public sealed record EventResponse(IReadOnlyList<Guid> Resumed, IReadOnlyList<Guid> Started, IReadOnlyList<RefusedStart> Refused, string? Note);

/// <summary><c>/events</c>.</summary>
static class EventEndpoints
{
    public static void Map(RouteGroupBuilder api) => api.MapGroup("/events").WithTags("Events").MapPost("/{name}", PublishAsync).RequireAccess(AccessRole.Operator)
        .WithName("publishEvent").WithSummary("Publishes an event: runs that wait for it go on, workflows that begin with it start.")
        .WithProblems(400, EventNames.BadName, EventNames.BadCorrelation, "request.bad_month").WithProblems(422, PartitionOutOfRangeException.Code);

    static async Task<Ok<EventResponse>> PublishAsync(
        string name, EventRequest? request, EventPublisher events, HttpContext context, CancellationToken cancellationToken)
    {
        if (EventNames.ProblemOf(name) is { } problem) throw new ApiException(400, EventNames.BadName, problem);
        if (request?.CorrelationId is { } correlation && EventNames.ProblemOfCorrelation(correlation) is { } unfit)
            throw new ApiException(400, EventNames.BadCorrelation, unfit);
        var isWithout = request?.Partition == StartOptions.NoPartition;
        var reach = await events.PublishAsync(new(name, request?.Payload, request?.CorrelationId)
        {
            Partition = isWithout ? null : RequestValues.Month("partition", request?.Partition), IsWithoutPartition = isWithout,
        }, context.StartedBy(), idOf: null, cancellationToken);
        var isHeard = reach.Resumed.Count + reach.Started.Count + reach.Refused.Count > 0;
        return TypedResults.Ok(new EventResponse(reach.Resumed, reach.Started, reach.Refused, isHeard
            ? null
            : $"No run waits for the event '{name}'{(request?.CorrelationId is { } id ? $" with the correlation id '{id}'" : "")} "
                + "and no published workflow begins with it. It is not kept. Check the name, case counts."));
    }
}
