using System.Text.Json;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Activities;

// What does one small thing with the run itself.
public static partial class ControlActivities
{
    /// <summary>Writes a variable.</summary>
    public const string SetVariable = "Elsa.SetVariable";

    /// <summary>Writes a line to the run's log.</summary>
    public const string WriteLine = "Elsa.WriteLine";

    /// <summary>Fails the run.</summary>
    public const string Fault = "Elsa.Fault";

    /// <summary>Ends the run at once, as a success.</summary>
    public const string Finish = "Elsa.Finish";

    /// <summary>Names the run.</summary>
    public const string SetName = "Elsa.SetName";

    /// <summary>Ties the run to others.</summary>
    public const string Correlate = "Elsa.Correlate";

    /// <summary>Waits for an event.</summary>
    public const string Event = "Elsa.Event";

    /// <summary>Tells an event to all who wait for it.</summary>
    public const string PublishEvent = "Elsa.PublishEvent";

    static IReadOnlyList<ActivityDescriptor> Primitives =>
    [
        Describe(SetVariable, "Primitives", "Assign a value to a workflow variable.",
            In<VariableDefinition>("Variable", "The variable to assign the value to.", "variable-picker", isRequired: true) with
            {
                IsWrapped = false, TypeName = Unregistered("Elsa.Workflows.Memory.Variable", "Elsa.Workflows.Core"),
            },
            In<JsonElement>("Value", "The value to assign.") with { TypeName = "Object" }),
        Describe(WriteLine, "Console", "Write a line of text to the log.", In<string>("Text", "The text to write.")),
        Describe(Fault, "Primitives", "Faults the workflow.",
            In<string>("Code", "Code to categorize the fault."),
            In<string>("Category", "Category to categorize the fault, such as HTTP."),
            In<string>("FaultType", "The type of fault, such as System, Business or Integration.", displayName: "Type"),
            In<string>("Message", "The message to include with the fault.")),
        Describe(Finish, "Primitives", "Mark the workflow as finished.") with { IsTerminal = true },
        Describe(SetName, "Primitives", "Set the name of the run.", In<string>("Value")),
        Describe(Correlate, "Primitives", "Set the correlation id of the run, by which it is found and events reach it.",
            In<string>("CorrelationId", "The id, such as the number of an order.")),
        Describe(Event, "Primitives", "Wait for an event to be published.", In<string>("EventName", "The name of the event to wait for.", isRequired: true)) with
        {
            Kind = ActivityKind.Trigger, Outputs = [Out<object>("Result", "What the event brought.")],
        },
        Describe(PublishEvent, "Primitives", "Publish an event to all who wait for it.",
            In<string>("EventName", "The name of the event.", isRequired: true),
            In<string>("CorrelationId", "Only runs with this correlation id get the event."),
            In<bool>("IsLocalEvent", "Whether only this run gets the event.", displayName: "Local event"),
            In<JsonElement>("Payload", "What the event brings.") with { TypeName = "Object" }) with
        {
            ClassType = typeof(Activities.PublishEvent),
        },
    ];
}
