using System.Text.Json;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Activities;

/// <summary>The activities that the runtime carries out itself, as Elsa 3 describes them.</summary>
public static class ControlActivities
{
    /// <summary>Activities with connections between them.</summary>
    public const string Flowchart = "Elsa.Flowchart";

    /// <summary>Activities one after the other.</summary>
    public const string Sequence = "Elsa.Sequence";

    /// <summary>One of two inner activities, by a condition.</summary>
    public const string If = "Elsa.If";

    /// <summary>One of two outcomes, by a condition.</summary>
    public const string FlowDecision = "Elsa.FlowDecision";

    /// <summary>Writes a variable.</summary>
    public const string SetVariable = "Elsa.SetVariable";

    /// <summary>Writes a line to the run's log.</summary>
    public const string WriteLine = "Elsa.WriteLine";

    /// <summary>Fails the run.</summary>
    public const string Fault = "Elsa.Fault";

    /// <summary>Ends the run at once, as a success.</summary>
    public const string Finish = "Elsa.Finish";

    /// <summary>Marks where a flowchart begins.</summary>
    public const string Start = "Elsa.Start";

    /// <summary>Ends the container it stands in.</summary>
    public const string End = "Elsa.End";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ActivityDescriptor> All { get; } =
    [
        Describe(Flowchart, "Flow", "A flowchart is a collection of activities and connections between them.") with { IsContainer = true },
        Describe(Sequence, "Workflows", "Execute a set of activities in sequence.") with { IsContainer = true },
        Describe(If, "Branching", "Evaluate a Boolean condition to determine which activity to execute next.", In<bool>("Condition")) with
        {
            EmbeddedPorts = ["Then", "Else"], Outputs = [new("Result", typeof(bool), "What the condition gave.")],
        },
        Describe(FlowDecision, "Branching", "Evaluate a Boolean condition to determine which path to execute next.", In<bool>("Condition")) with
        {
            DisplayName = "Decision", Outcomes = ["True", "False"],
        },
        Describe(SetVariable, "Primitives", "Assign a value to a workflow variable.",
            In<VariableDefinition>("Variable", "The variable to assign the value to.", "variable-picker") with { IsWrapped = false },
            In<JsonElement>("Value", "The value to assign.", isRequired: false)),
        Describe(WriteLine, "Console", "Write a line of text to the log.", In<string>("Text", "The text to write.", isRequired: false)),
        Describe(Fault, "Primitives", "Faults the workflow.",
            In<string>("Code", "Code to categorize the fault.", isRequired: false),
            In<string>("Category", "Category to categorize the fault, such as HTTP.", isRequired: false),
            In<string>("FaultType", "The type of fault, such as System, Business or Integration.", isRequired: false),
            In<string>("Message", "The message to include with the fault.", isRequired: false)),
        Describe(Finish, "Primitives", "Mark the workflow as finished.") with { IsTerminal = true, Outcomes = [] },
        Describe(Start, "Flow", "A milestone activity that marks the start of a flowchart.") with { IsStart = true },
        Describe(End, "Flow", "A milestone activity that marks the end of a flowchart.") with { IsTerminal = true, Outcomes = [] },
    ];

    static ActivityDescriptor Describe(string typeName, string category, string description, params InputDescriptor[] inputs) =>
        new(typeName, category, ActivityDescriptor.InWords(typeName["Elsa.".Length..]), description, ActivityKind.Action, inputs, [], ClassType: null);

    static InputDescriptor In<T>(string name, string? description = null, string hint = "singleline", bool isRequired = true) =>
        new(name, typeof(T), new() { Description = description, UIHint = hint, IsRequired = isRequired });
}
