using System.Text.Json;

namespace Orchestrator.Workflows.Activities;

// What makes workflows of workflows.
public static partial class ControlActivities
{
    /// <summary>Completes the workflow with outcomes.</summary>
    public const string Complete = "Elsa.Complete";

    /// <summary>Writes an output of the workflow.</summary>
    public const string SetOutput = "Elsa.SetOutput";

    /// <summary>Starts a run of another workflow and waits for it.</summary>
    public const string ExecuteWorkflow = "Elsa.ExecuteWorkflow";

    /// <summary>Starts a run of another workflow.</summary>
    public const string DispatchWorkflow = "Elsa.DispatchWorkflow";

    static IReadOnlyList<ActivityDescriptor> Composition =>
    [
        Describe(Complete, "Composition", "Complete the workflow as a whole.",
            new InputDescriptor("Outcomes", typeof(JsonElement), new() { Description = "The outcome or outcomes to complete with.", UIHint = "outcome-picker", DefaultSyntax = "Object" })
            {
                TypeName = "Object",
            }) with
        {
            IsTerminal = true,
        },
        Describe(SetOutput, "Composition", "Assign a value to an output of the workflow.",
            In<string>("OutputName", "The output to assign.", "output-picker", isRequired: true, displayName: "Output"),
            In<JsonElement>("OutputValue", "The value to assign.") with { TypeName = "Object" }),
        Describe(ExecuteWorkflow, "Composition", "Start a run of another workflow and wait for its end.", [.. Child, WaitForCompletion]) with
        {
            Kind = ActivityKind.Task, Outputs = [Out<JsonElement>("Result", "The run that was started: its id, status and output.") with { TypeName = "ExecuteWorkflowResult" }],
        },
        Describe(DispatchWorkflow, "Composition", "Start a run of another workflow.",
            [.. Child, WaitForCompletion,
                new("StartNewTrace", typeof(bool), new() { Description = "Whether the run gets a trace of its own.", Category = "Open Telemetry" }),
                In<string>("ChannelName", "Where the run waits for a worker.", UIHints.DropDown, displayName: "Channel") with { Options = [new("Default", "")] },
            ]) with
        {
            Outputs = [Out<object>("Result", "The output of the run, where its end is waited for.")],
        },
    ];

    static IReadOnlyList<InputDescriptor> Child =>
    [
        In<string>("WorkflowDefinitionId", "The workflow to run.", UIHints.WorkflowDefinitionPicker, isRequired: true, displayName: "Workflow Definition"),
        In<string>("CorrelationId", "The correlation id of the run.", displayName: "Correlation ID"),
        In<Dictionary<string, object>>("Input", "The inputs of the run.", UIHints.DropDown),
    ];

    static InputDescriptor WaitForCompletion => In<bool>("WaitForCompletion", "Whether to wait until the run has ended.", displayName: "Wait for Completion");
}
