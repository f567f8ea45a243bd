namespace Orchestrator.Workflows.Activities;

// What holds other activities and marks where they begin and end.
public static partial class ControlActivities
{
    /// <summary>Activities with connections between them.</summary>
    public const string Flowchart = "Elsa.Flowchart";

    /// <summary>Activities one after the other.</summary>
    public const string Sequence = "Elsa.Sequence";

    /// <summary>Activities side by side.</summary>
    public const string Parallel = "Elsa.Parallel";

    /// <summary>One inner activity.</summary>
    public const string FlowNode = "Elsa.FlowNode";

    /// <summary>States with transitions between them; not executed here.</summary>
    public const string StateMachine = "Elsa.StateMachine";

    /// <summary>Marks where a flowchart begins.</summary>
    public const string Start = "Elsa.Start";

    /// <summary>Ends the container it stands in.</summary>
    public const string End = "Elsa.End";

    static IReadOnlyList<ActivityDescriptor> Flow =>
    [
        Describe(Flowchart, "Flow", "A flowchart is a collection of activities and connections between them.") with
        {
            IsContainer = true, IsBrowsable = false, Ports = [new("Start", PortType.Embedded) { IsBrowsable = false }],
        },
        Describe(Sequence, "Workflows", "Execute a set of activities in sequence.") with { IsContainer = true, IsBrowsable = false },
        Describe(Parallel, "Workflows", "Execute a set of activities in parallel.") with { IsContainer = true, IsBrowsable = false },
        Describe(FlowNode, "Flow", "Execute the activity that it holds.") with { DisplayName = "Container", Ports = Embedded("Body") },
        Describe(Start, "Flow", "A milestone activity that marks the start of a flowchart.") with { IsStart = true },
        Describe(End, "Flow", "A milestone activity that marks the end of a flowchart.") with { IsTerminal = true },
    ];
}
