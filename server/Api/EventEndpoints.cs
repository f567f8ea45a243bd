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
/// <param name="Payload">Data of the event, any JSON; null for none.</param>
/// <param name="CorrelationId">Only runs with this correlation id receive the event; null for all.</param>
/// <param name="Partition">The month of the runs that it starts, such as <c>2026-10</c>, or <c>none</c>; null for the last complete month
/// (UTC) if the workflow has data activities.</param>
public sealed record EventRequest(JsonElement? Payload = null, string? CorrelationId = null, string? Partition = null);

/// <summary>The runs that an event resumed and started.</summary>
/// <param name="Resumed">Runs that waited for the event and resume.</param>
/// <param name="Started">Runs that it started.</param>
/// <param name="Refused">Workflows that the event should have started but could not, with the reason.</param>
/// <param name="Note">What to check if no run received the event; null if one did.</param>
public sealed record EventResponse(IReadOnlyList<Guid> Resumed, IReadOnlyList<Guid> Started, IReadOnlyList<RefusedStart> Refused, string? Note);

/// <summary><c>/events</c>.</summary>
static class EventEndpoints
{
    public static void Map(RouteGroupBuilder api) => api.MapGroup("/events").WithTags("Events").MapPost("/{name}", PublishAsync).RequireAccess(AccessRole.Operator)
        .WithName("publishEvent").WithSummary("Publishes an event: runs that wait for it resume, workflows that begin with it start.")
        .WithProblems(400, EventNames.BadName, EventNames.BadCorrelation, "request.bad_month").WithProblems(422, PartitionOutOfRangeException.Code);

    static async Task<Ok<EventResponse>> PublishAsync(
        string name, EventRequest? request, EventPublisher events, HttpContext context, CancellationToken cancellationToken)
    {
        if (EventNames.ProblemOf(name) is { } problem) throw new ApiException(400, EventNames.BadName, problem);
        if (request?.CorrelationId is { } correlation && EventNames.ProblemOfCorrelation(correlation) is { } invalid)
            throw new ApiException(400, EventNames.BadCorrelation, invalid);
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
