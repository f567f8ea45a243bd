using System.Reflection;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>An activity type as definitions and the designer know it.</summary>
/// <param name="TypeName">Name on the wire, such as <c>Orchestrator.GenerateSales</c>.</param>
/// <param name="Category">Group in the designer's toolbox.</param>
/// <param name="DisplayName">Name shown in the designer.</param>
/// <param name="Description">One sentence for the person who draws the workflow.</param>
/// <param name="Kind">Scheduling of the activity by the runtime.</param>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Outputs">Its outputs.</param>
/// <param name="ClassType">The class that does the work; <see langword="null"/> for a control activity, which the runtime itself
/// executes.</param>
public sealed record ActivityDescriptor(
    string TypeName, string Category, string DisplayName, string Description, ActivityKind Kind,
    IReadOnlyList<InputDescriptor> Inputs, IReadOnlyList<OutputDescriptor> Outputs, Type? ClassType)
{
    static readonly IReadOnlyList<string> Done = ["Done"];

    /// <summary>First part of the type name, such as <c>Orchestrator</c>.</summary>
    public string Namespace => TypeName[..Math.Max(0, TypeName.LastIndexOf('.'))];

    /// <summary>Last part of the type name, such as <c>GenerateSales</c>.</summary>
    public string Name => TypeName[(TypeName.LastIndexOf('.') + 1)..];

    /// <summary>Version of the type, from 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Ports of the activity: outcomes that connections start from, and places that hold an inner activity.</summary>
    public IReadOnlyList<PortDescriptor> Ports { get; init; } = [];

    /// <summary>
    /// The outcomes that connections can start from; <c>Done</c> if no port names one, empty for an activity that ends the run or its
    /// container.
    /// </summary>
    public IReadOnlyList<string> Outcomes =>
        Ports.Any(port => port.Type is PortType.Flow) ? [.. Ports.Where(port => port.Type is PortType.Flow).Select(port => port.Name)] : IsTerminal ? [] : Done;

    /// <summary>
    /// Properties that hold one inner activity each, such as <c>Then</c> and <c>Else</c>; on the wire their first letter is lower-case.
    /// </summary>
    public IReadOnlyList<string> EmbeddedPorts => [.. Ports.Where(port => port is { Type: PortType.Embedded, IsBrowsable: true }).Select(port => port.Name)];

    /// <summary>The rules of a control activity; <see langword="null"/> for all others.</summary>
    internal ControlActivity? Control { get; init; }

    /// <summary>The pool that it takes a slot of while it executes; <see langword="null"/> for none.</summary>
    public string? Pool { get; init; }

    /// <summary>Whether it holds a list of activities, <c>activities</c> on the wire.</summary>
    public bool IsContainer { get; init; }

    /// <summary>Of a workflow that is used as an activity: its definition id; <see langword="null"/> for all others.</summary>
    public string? WorkflowDefinitionId { get; init; }

    /// <summary>Whether it fails in a run without a month.</summary>
    public bool NeedsPartition { get; init; }

    /// <summary>Whether it marks where a flowchart begins.</summary>
    public bool IsStart { get; init; }

    /// <summary>Whether nothing can follow it.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Whether the designer's toolbox shows it. Default true.</summary>
    public bool IsBrowsable { get; init; } = true;

    /// <summary>Whether the designer proposes that it gets a slot of its own. Default false.</summary>
    public bool RunAsynchronously { get; init; }

    /// <summary>Further facts about the type for the designer: name → value that JSON can write.</summary>
    public IReadOnlyDictionary<string, object> CustomProperties { get; init; } = new Dictionary<string, object>();

    /// <summary>
    /// Properties that the designer writes into every new activity of the type: property name → value that JSON can write.
    /// </summary>
    public IReadOnlyDictionary<string, object> ConstructionProperties { get; init; } = new Dictionary<string, object>();

    /// <summary>
    /// Version of the assembly that contains the activity, such as <c>1.0.0</c>; <see langword="null"/> for a control activity.
    /// </summary>
    public string? CodeVersion { get; } = ClassType?.Assembly.GetName().Version?.ToString(3);

    /// <summary>Finds an input by its name on the wire or its property name; <see langword="null"/> if there is none.</summary>
    public InputDescriptor? FindInput(string name) =>
        Inputs.FirstOrDefault(input => string.Equals(input.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads the attributes of an activity class.</summary>
    public static ActivityDescriptor Of<TActivity>() where TActivity : CodeActivity, new()
    {
        var type = typeof(TActivity);
        var attribute = type.GetCustomAttribute<ActivityAttribute>()
            ?? throw new InvalidOperationException($"{type.Name} has no [Activity] attribute, so it has no type name. Add one.");
        return new(
            $"{attribute.Namespace}.{type.Name}", attribute.Category, attribute.DisplayName ?? InWords(type.Name), attribute.Description, attribute.Kind,
            [.. type.GetProperties().Where(property => property.PropertyType.IsSubclassOf(typeof(Input))).Select(InputDescriptor.Of)],
            [.. type.GetProperties().Where(property => property.PropertyType.IsSubclassOf(typeof(Output))).Select(OutputDescriptor.Of)],
            type)
        {
            Ports = [.. (type.GetCustomAttribute<FlowNodeAttribute>()?.Outcomes ?? []).Select(outcome => new PortDescriptor(outcome, PortType.Flow))],
            RunAsynchronously = attribute.RunAsynchronously,
            NeedsPartition = attribute.NeedsPartition,
            Pool = type.GetCustomAttribute<PoolAttribute>()?.Name,
        };
    }

    /// <summary>Creates an activity object with its inputs and outputs in place.</summary>
    /// <exception cref="InvalidOperationException">It is a control activity.</exception>
    public CodeActivity Create()
    {
        if (ClassType is null) throw new InvalidOperationException($"{TypeName} is a control activity: the runtime carries it out, there is no object of it.");
        var activity = (CodeActivity)Activator.CreateInstance(ClassType)!;
        foreach (var property in ClassType.GetProperties())
        {
            if (property.PropertyType.IsSubclassOf(typeof(Input)))
            {
                var input = (Input)Activator.CreateInstance(property.PropertyType)!;
                input.Name = property.Name;
                property.SetValue(activity, input);
            }
            else if (property.PropertyType.IsSubclassOf(typeof(Output)))
            {
                var output = (Output)Activator.CreateInstance(property.PropertyType)!;
                output.Name = property.Name;
                property.SetValue(activity, output);
            }
        }
        return activity;
    }

    internal static string InWords(string name) =>
        string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) && !char.IsUpper(name[i - 1]) ? $" {c}" : $"{c}"));
}
