using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Control;

/// <summary>
/// Publishes an event to the runs that wait for it. It is described with the other control activities, but has attempts, since its effects
/// are outside of the run.
/// </summary>
sealed class PublishEvent : CodeActivity
{
    public Input<string> EventName { get; set; } = default!;

    public Input<string> CorrelationId { get; set; } = default!;

    public Input<bool> IsLocalEvent { get; set; } = default!;

    public Input<JsonElement> Payload { get; set; } = default!;

    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        if (context.Get(EventName) is not { Length: > 0 } name)
            throw new ActivityFailedException("activity.no_event", $"'{context.Attempt.ActivityId}' has no event to publish. Give its input 'EventName' a name.", isRetryable: false);
        if (EventNames.ProblemOf(name) is { } problem)
            throw new ActivityFailedException(EventNames.BadName, $"'{context.Attempt.ActivityId}' cannot publish its event: {problem}",
                isRetryable: false);
        var payload = context.Get(Payload);
        var correlation = context.Get(CorrelationId);
        if (correlation is { Length: > 0 } && EventNames.ProblemOfCorrelation(correlation) is { } unfit)
            throw new ActivityFailedException(EventNames.BadCorrelation, $"'{context.Attempt.ActivityId}' cannot publish its event: {unfit}", isRetryable: false);
        // The runs that it starts have the month of this run.
        var reach = await context.GetRequiredService<TellEvent>()(
            new(name, payload.ValueKind is JsonValueKind.Undefined ? null : payload, string.IsNullOrEmpty(correlation) ? null : correlation,
                context.Get(IsLocalEvent) ? context.Attempt.RunId : null, context.Attempt.ActivityId)
            { OtherwisePartition = context.Attempt.Partition },
            $"run {context.Attempt.RunId}", context.Attempt.IdOfStarted, context.CancellationToken);
        foreach (var refused in reach.Refused) context.Attempt.Log("Refused", $"{refused.Workflow} was not started: {refused.Reason}");
    }
}
