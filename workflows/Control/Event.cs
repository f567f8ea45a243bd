using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Control;

/// <summary>Waits for an event.</summary>
sealed class Event : WaitingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.Event", "Primitives", "Wait for an event to be published.",
            In<string>("EventName", "The name of the event to wait for.", isRequired: true)) with
        {
            Kind = ActivityKind.Trigger,
            Outputs = [Out<object>("Result", "What the event brought.")],
        };

    /// <summary>Whether an event starts a run that begins with this activity. Only a literal name counts, no script.</summary>
    public static bool StartsWith(ActivityNode node, string name) =>
        node is { Control: Event, CanStartWorkflow: true } && node.Inputs.TryGetValue("EventName", out var given)
        && given.Expression is { Type: ExpressionTypes.Literal, Value: { ValueKind: JsonValueKind.String } text }
        && text.GetString() == name;

    protected override RunEvent Wait(in ControlContext context)
    {
        if (context.Text("EventName") is not { Length: > 0 } name)
            return context.Fail("activity.no_event", $"'{context.Node.Id}' has no event to wait for. Give its input 'EventName' a name.");
        return EventNames.ProblemOf(name) is { } problem
            ? context.Fail(EventNames.BadName, $"'{context.Node.Id}' cannot wait for its event: {problem}")
            : new ActivitySuspended(context.Number, EventName: name);
    }

    protected override Dictionary<string, JsonElement>? OutputsOf(Trigger trigger) =>
        trigger.Payload is { } payload ? new() { ["Result"] = payload } : null;
}

/// <summary>Describes <see cref="PublishEvent"/>, which has attempts, since its effects are outside of the run.</summary>
sealed class PublishEventType : DecidingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.PublishEvent", "Primitives", "Publish an event to all who wait for it.",
            In<string>("EventName", "The name of the event.", isRequired: true),
            In<string>("CorrelationId", "Only runs with this correlation id get the event."),
            In<bool>("IsLocalEvent", "Whether only this run gets the event.", displayName: "Local event"),
            In<JsonElement>("Payload", "What the event brings.") with { TypeName = "Object" }) with
        {
            ClassType = typeof(PublishEvent),
        };
}
