using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Control;

/// <summary>The activities that the runtime executes itself, with the names, inputs and ports that Elsa 3.8 gives them.</summary>
public static class ControlActivities
{
    /// <summary>Type name of a flowchart.</summary>
    public const string Flowchart = ControlActivity.FlowchartType;

    /// <summary>Type name of a switch with inner activities.</summary>
    public const string Switch = "Elsa.Switch";

    /// <summary>Type name of the activity that writes a variable.</summary>
    public const string SetVariable = "Elsa.SetVariable";

    /// <summary>A registry that has them, and no other type yet.</summary>
    public static ActivityRegistry NewRegistry() => new(All, WorkflowActivity.Find);

    internal static IReadOnlyList<ControlActivity> All { get; } =
    [
        new Flowchart(), new Sequence(), new Parallel(), new FlowNode(), new Start(), new End(),
        new If(), new Switch(), new FlowDecision(), new FlowSwitch(), new FlowFork(), new FlowJoin(),
        new For(), new ForEach(), new ParallelForEach(), new While(), new Break(),
        new SetVariable(), new WriteLine(), new Fault(), new Finish(), new SetName(), new Correlate(), new Event(), new PublishEventType(),
        new Complete(), new SetOutput(), new ExecuteWorkflow(), new DispatchWorkflow(),
        new Delay(), new Timer(), new Cron(), new StartAt(),
        new FlowSendHttpRequestType(), new SendHttpRequestType(),
    ];
}
