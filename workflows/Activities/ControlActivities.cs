namespace Orchestrator.Workflows.Activities;

/// <summary>The activities that the runtime carries out itself, with the names, inputs and ports that Elsa 3.8 gives them.</summary>
public static partial class ControlActivities
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ActivityDescriptor> All { get; } = [.. Flow, .. Branching, .. Looping, .. Primitives, .. Composition, .. Scheduling, .. Requests];

    static ActivityDescriptor Describe(string typeName, string category, string description, params InputDescriptor[] inputs) =>
        new(typeName, category, ActivityDescriptor.InWords(typeName["Elsa.".Length..]), description, ActivityKind.Action, inputs, [], ClassType: null);

    static InputDescriptor In<T>(string name, string? description = null, string? hint = null, bool isRequired = false, object? or = null, string? displayName = null) =>
        new(name, typeof(T), new() { Description = description, UIHint = hint, IsRequired = isRequired, DefaultValue = or, DisplayName = displayName });

    static InputDescriptor OneOf(string name, string? description, string[] options, object? or = null) =>
        new(name, typeof(string), new() { Description = description, UIHint = UIHints.DropDown, Options = options, DefaultValue = or });

    static OutputDescriptor Out<T>(string name, string? description = null) => new(name, typeof(T), description);

    static IReadOnlyList<PortDescriptor> Outcomes(params string[] names) => [.. names.Select(name => new PortDescriptor(name, PortType.Flow))];

    static IReadOnlyList<PortDescriptor> Embedded(params string[] names) => [.. names.Select(name => new PortDescriptor(name, PortType.Embedded))];

    /// <summary>How the stock server names a type that it has no short name for.</summary>
    static string Unregistered(string type, string assembly) => $"UnregisteredClrType:{type}, {assembly}";
}
