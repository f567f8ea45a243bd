using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>
/// An activity that the runtime executes itself: its descriptor and all its rules. A new one is one class and one line in
/// <c>ControlActivities</c>. Objects have no state; one serves all runs.
/// </summary>
abstract class ControlActivity
{
    /// <summary>The type of a flowchart on the wire.</summary>
    public const string FlowchartType = "Elsa.Flowchart";

    /// <summary>The outcome of an activity that chooses none.</summary>
    public static IReadOnlyList<string> Done { get; } = ["Done"];

    /// <summary>The activity as definitions and the designer know it.</summary>
    public ActivityDescriptor Descriptor => field ??= Describe() with { Control = this };

    /// <summary>Whether the innermost loop around it ends together with it.</summary>
    public virtual bool EndsLoop => false;

    /// <summary>Whether it continues with the first branch that arrives and ends the others, in <see cref="MergeMode.Race"/>.</summary>
    public virtual bool EndsOtherBranches => false;

    protected abstract ActivityDescriptor Describe();

    /// <summary>Reads the properties that only this type has on the wire.</summary>
    public virtual void Read(JsonCursor cursor, ActivityNode node) { }

    /// <summary>Reads its cases, each of which may hold an activity.</summary>
    public virtual IEnumerable<CaseOnWire> ReadCases(JsonCursor cursor) => [];

    /// <summary>Reads how a flowchart starts it; <see langword="null"/> if its custom properties set that.</summary>
    public virtual MergeMode? ReadMergeMode(JsonCursor cursor) => null;

    /// <summary>The outcomes that connections can start from; <see langword="null"/> if they are known only when it executes.</summary>
    public virtual IReadOnlyList<string>? OutcomesOf(ActivityNode node) => node.Descriptor!.Outcomes;

    /// <summary>Checks the properties that only this type has.</summary>
    public virtual void Check(ActivityNode node, ProblemList problems) { }

    /// <summary>The times at which it starts its workflow; <see langword="null"/> if it does not wait for a time.</summary>
    public virtual TimeTrigger? TriggerOf(ActivityNode node) => null;

    /// <summary>The workflow of which it starts a run, if the definition names it.</summary>
    public virtual string? WorkflowOf(ActivityNode node) => null;

    /// <summary>Returns the activities in it in the order in which they do their work.</summary>
    public virtual IEnumerable<ActivityNode> InWorkOrder(ActivityNode node) => node.Children;

    /// <summary>Returns the activities in it that may follow when one of them has completed.</summary>
    public virtual IEnumerable<ActivityNode> After(ActivityNode node, ActivityNode child) => [];

    /// <summary>Describes the path to an inner activity as text that changes when the path changes.</summary>
    public virtual string WayTo(ActivityNode node, ActivityNode child) =>
        string.Join(',', node.Ports.Where(port => port.Value == child).Select(port => port.Key));

    /// <summary>
    /// Returns the value of an input that the definition writes in a form of its own; <see langword="null"/> for all others.
    /// </summary>
    public virtual JsonElement? ValueOf(ActivityNode node, string input) => null;

    protected static ActivityDescriptor Describe(string typeName, string category, string description, params InputDescriptor[] inputs) =>
        new(typeName, category, ActivityDescriptor.InWords(typeName[(typeName.LastIndexOf('.') + 1)..]), description, ActivityKind.Action,
            inputs, [], ClassType: null);

    protected static InputDescriptor In<T>(
        string name, string? description = null, string? hint = null, bool isRequired = false, object? or = null,
        string? displayName = null) =>
        new(name, typeof(T), new()
        {
            Description = description, UIHint = hint, IsRequired = isRequired, DefaultValue = or, DisplayName = displayName,
        });

    protected static InputDescriptor OneOf(string name, string? description, string[] options, object? or = null) =>
        new(name, typeof(string), new() { Description = description, UIHint = UIHints.DropDown, Options = options, DefaultValue = or });

    protected static OutputDescriptor Out<T>(string name, string? description = null) => new(name, typeof(T), description);

    protected static IReadOnlyList<PortDescriptor> Outcomes(params string[] names) =>
        [.. names.Select(name => new PortDescriptor(name, PortType.Flow))];

    protected static IReadOnlyList<PortDescriptor> Embedded(params string[] names) =>
        [.. names.Select(name => new PortDescriptor(name, PortType.Embedded))];

    /// <summary>The name that the stock server gives to a type that it has no short name for.</summary>
    protected static string Unregistered(string type, string assembly) => $"UnregisteredClrType:{type}, {assembly}";
}

/// <summary>A case as the definition writes it.</summary>
/// <param name="Label">Label of the case.</param>
/// <param name="Condition">Condition under which it counts; <see langword="null"/> for never.</param>
/// <param name="Cursor">Its place in the document.</param>
readonly record struct CaseOnWire(string Label, Expression? Condition, JsonCursor Cursor);
