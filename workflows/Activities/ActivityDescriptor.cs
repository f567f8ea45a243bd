using System.Reflection;
using Orchestrator.Workflows.Limits;

namespace Orchestrator.Workflows.Activities;

/// <summary>An activity type as definitions and the designer know it.</summary>
/// <param name="TypeName">Name on the wire, such as <c>Orchestrator.GenerateSales</c>.</param>
/// <param name="Category">Group in the designer's toolbox.</param>
/// <param name="DisplayName">Name shown in the designer.</param>
/// <param name="Description">One sentence for the person who draws the workflow.</param>
/// <param name="Kind">How the runtime schedules it.</param>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Outputs">Its outputs.</param>
/// <param name="ClassType">The class that does the work; <see langword="null"/> for a control activity, which the runtime itself carries out.</param>
public sealed record ActivityDescriptor(
    string TypeName, string Category, string DisplayName, string Description, ActivityKind Kind,
    IReadOnlyList<InputDescriptor> Inputs, IReadOnlyList<OutputDescriptor> Outputs, Type? ClassType)
{
    /// <summary>The outcomes that connections can start from; <c>Done</c> where the type names none, empty for one that ends the run or its container.</summary>
    public IReadOnlyList<string> Outcomes { get; init; } = ["Done"];

    /// <summary>Properties that hold one inner activity each, such as <c>Then</c> and <c>Else</c>; on the wire their first letter is lower-case.</summary>
    public IReadOnlyList<string> EmbeddedPorts { get; init; } = [];

    /// <summary>The pool that it takes a slot of while it executes; <see langword="null"/> for none.</summary>
    public string? Pool { get; init; }

    /// <summary>Whether it holds a list of activities, <c>activities</c> on the wire.</summary>
    public bool IsContainer { get; init; }

    /// <summary>Whether it marks where a flowchart begins.</summary>
    public bool IsStart { get; init; }

    /// <summary>Whether nothing can follow it.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Version of the assembly that brings the activity, such as <c>1.0.0</c>; <see langword="null"/> for a control activity.</summary>
    public string? CodeVersion { get; } = ClassType?.Assembly.GetName().Version?.ToString(3);

    /// <summary>Finds an input by its name on the wire or its property name; <see langword="null"/> where there is none.</summary>
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
            Outcomes = type.GetCustomAttribute<FlowNodeAttribute>()?.Outcomes ?? ["Done"],
            Pool = type.GetCustomAttribute<PoolAttribute>()?.Name,
        };
    }

    /// <summary>A new activity object with its inputs and outputs in place.</summary>
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

/// <summary>An input of an activity type.</summary>
/// <param name="Name">Property name, such as <c>Rows</c>; on the wire its first letter is lower-case.</param>
/// <param name="Type">Type the value is converted to.</param>
/// <param name="Metadata">What the attribute says.</param>
public sealed record InputDescriptor(string Name, Type Type, InputAttribute Metadata)
{
    /// <summary>Whether the wire has type and expression around the value; else the bare value stands there.</summary>
    public bool IsWrapped { get; init; } = true;

    internal static InputDescriptor Of(PropertyInfo property) =>
        new(property.Name, property.PropertyType.GetGenericArguments()[0], property.GetCustomAttribute<InputAttribute>() ?? new InputAttribute());
}

/// <summary>An output of an activity type.</summary>
/// <param name="Name">Property name; on the wire its first letter is lower-case.</param>
/// <param name="Type">Type of the value.</param>
/// <param name="Description">What it holds.</param>
public sealed record OutputDescriptor(string Name, Type Type, string? Description)
{
    /// <summary>Whether the value is worth something when the run has ended; see <see cref="OutputAttribute.IsSerializable"/>.</summary>
    public bool IsSerializable { get; init; } = true;

    internal static OutputDescriptor Of(PropertyInfo property)
    {
        var attribute = property.GetCustomAttribute<OutputAttribute>();
        return new(property.Name, property.PropertyType.GetGenericArguments()[0], attribute?.Description) { IsSerializable = attribute?.IsSerializable is not false };
    }
}
