using System.Text.Json;

namespace Orchestrator.Workflows.Activities;

// What chooses between ways, splits them and joins them.
public static partial class ControlActivities
{
    /// <summary>One of two inner activities, by a condition.</summary>
    public const string If = "Elsa.If";

    /// <summary>One of several inner activities, by the condition of each.</summary>
    public const string Switch = "Elsa.Switch";

    /// <summary>One of two outcomes, by a condition.</summary>
    public const string FlowDecision = "Elsa.FlowDecision";

    /// <summary>One of several outcomes, by the condition of each.</summary>
    public const string FlowSwitch = "Elsa.FlowSwitch";

    /// <summary>Several outcomes at once.</summary>
    public const string FlowFork = "Elsa.FlowFork";

    /// <summary>Brings branches together.</summary>
    public const string FlowJoin = "Elsa.FlowJoin";

    static IReadOnlyList<ActivityDescriptor> Branching =>
    [
        Describe(If, "Branching", "Evaluate a Boolean condition to determine which activity to execute next.", In<bool>("Condition", hint: UIHints.SingleLine, isRequired: true)) with
        {
            Ports = Embedded("Then", "Else"), Outputs = [Out<bool>("Result", "What the condition gave.")],
        },
        Describe(Switch, "Branching", "Execute the inner activity of the case whose condition is true.", Cases("SwitchCase", "", "switch-editor"), SwitchMode) with
        {
            Ports = Embedded("Default"), Outputs = [Out<object>("Output")],
        },
        Describe(FlowDecision, "Branching", "Evaluate a Boolean condition to determine which path to execute next.", In<bool>("Condition", hint: UIHints.SingleLine, isRequired: true)) with
        {
            DisplayName = "Decision", Ports = Outcomes("True", "False"),
        },
        Describe(FlowSwitch, "Branching", "Follow the path of the case whose condition is true.", Cases("FlowSwitchCase", "Flowchart.Models.", "flow-switch-editor"), SwitchMode) with
        {
            DisplayName = "Switch (flow)", Ports = Outcomes("Default"), OutcomesInput = "Cases",
        },
        Describe(FlowFork, "Branching", "Follow several paths side by side.",
            In<string[]>("Branches", "The outcomes to follow, in this order.", UIHints.DynamicOutcomes) with { TypeName = "List<String>" }) with
        {
            DisplayName = "Fork (flow)", OutcomesInput = "Branches",
        },
        Describe(FlowJoin, "Branching", "Bring several paths together into one.",
            OneOf("Mode", "WaitAny goes on with the first path that arrives and cancels the others; WaitAll and WaitAllActive wait for all of them.", ["WaitAll", "WaitAllActive", "WaitAny"], "WaitAny")
                with { TypeName = "FlowJoinMode" }) with
        {
            DisplayName = "Join",
        },
    ];

    static InputDescriptor SwitchMode =>
        OneOf("Mode", "Whether the first case that is true counts, or all of them.", ["MatchFirst", "MatchAny"]) with { TypeName = Unregistered("Elsa.Workflows.SwitchMode", "Elsa.Workflows.Core") };

    static InputDescriptor Cases(string type, string folder, string hint) => In<JsonElement>("Cases", "Label and condition of each case.", hint) with
    {
        IsWrapped = false,
        TypeName = Unregistered($"System.Collections.Generic.ICollection`1[[Elsa.Workflows.Activities.{folder}{type}, Elsa.Workflows.Core]]", "System.Private.CoreLib"),
    };
}
