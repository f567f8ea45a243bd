namespace Orchestrator.Workflows.Activities;

/// <summary>Names and describes an activity type; its type name on the wire is <c>{Namespace}.{class name}</c>.</summary>
/// <param name="namespace">First part of the type name, such as <c>Orchestrator</c>.</param>
/// <param name="category">Group in the designer's toolbox.</param>
/// <param name="description">One sentence for the person who draws the workflow.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ActivityAttribute(string @namespace, string category, string description) : Attribute
{
    /// <summary>First part of the type name.</summary>
    public string Namespace => @namespace;

    /// <summary>Group in the designer's toolbox.</summary>
    public string Category => category;

    /// <summary>One sentence for the person who draws the workflow.</summary>
    public string Description => description;

    /// <summary>Name shown in the designer; the class name in words if it is not given.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Scheduling of the activity by the runtime; <see cref="ActivityKind.Action"/> by default.</summary>
    public ActivityKind Kind { get; init; } = ActivityKind.Action;

    /// <summary>Whether it works on the month of its run, and fails in a run without one. Default false.</summary>
    public bool NeedsPartition { get; init; }

    /// <summary>Whether the designer proposes that it gets a slot of its own, for <see cref="ActivityKind.Task"/>. Default false.</summary>
    public bool RunAsynchronously { get; init; }
}

/// <summary>Names the outcomes that an activity type can complete with; without it there is one, <c>Done</c>.</summary>
/// <param name="outcomes">Their names, in the order the designer shows them.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class FlowNodeAttribute(params string[] outcomes) : Attribute
{
    /// <summary>Names of the outcomes.</summary>
    public string[] Outcomes => outcomes;
}

/// <summary>Ways in which the runtime schedules an activity.</summary>
public enum ActivityKind
{
    /// <summary>Runs inline, in the order of the run's queue.</summary>
    Action = 0,

    /// <summary>Waits for something outside; it can start a run.</summary>
    Trigger = 1,

    /// <summary>Works for long; it gets a slot of its own, and other branches of the run continue.</summary>
    Job = 2,

    /// <summary>The designer may choose between <see cref="Action"/> and <see cref="Job"/>.</summary>
    Task = 3,
}

/// <summary>Marks a property of type <see cref="Input{T}"/> as an input that a definition can fill.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class InputAttribute : Attribute
{
    /// <summary>One sentence for the person who fills it in.</summary>
    public string? Description { get; init; }

    /// <summary>Name shown in the designer; the property name in words if it is not given.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Value if the definition gives none; <see langword="null"/> for none.</summary>
    public object? DefaultValue { get; init; }

    /// <summary>Whether a definition must give a value; strict validation reports a missing one.</summary>
    public bool IsRequired { get; init; }

    /// <summary>The values to choose from; empty for any.</summary>
    public string[] Options { get; init; } = [];

    /// <summary>The designer's editor, in Elsa's words: see <see cref="UIHints"/>. Chosen by the type if it is not given.</summary>
    public string? UIHint { get; init; }

    /// <summary>Group that the designer shows it in, such as <c>Security</c>; <see langword="null"/> for the first one.</summary>
    public string? Category { get; init; }

    /// <summary>Expression type that the designer proposes, such as <c>JavaScript</c>; <see langword="null"/> for a literal.</summary>
    public string? DefaultSyntax { get; init; }

    /// <summary>Place among the inputs, ascending; those with the same one stay in the order of the class. Default 0.</summary>
    public float Order { get; init; }

    /// <summary>Whether the designer shows it. Default true.</summary>
    public bool IsBrowsable { get; init; } = true;

    /// <summary>Whether the designer shows the value as read-only. Default false.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether its value may be a secret, which is then shown nowhere. Default false.</summary>
    public bool CanContainSecrets { get; init; }

    /// <summary>
    /// Whether the activity gets the values of the secrets that the definition names in it; elsewhere such a name fails the activity. Only
    /// for what is neither kept nor shown. Default: that of <see cref="CanContainSecrets"/>.
    /// </summary>
    public bool TakesSecrets { get => field || CanContainSecrets; init; }

    /// <summary>
    /// Whether it is evaluated before the activity starts; otherwise the activity requests it, possibly several times. Default true.
    /// </summary>
    public bool AutoEvaluate { get; init; } = true;
}

/// <summary>Marks a property of type <see cref="Output{T}"/> as an output that a definition can store in a variable.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OutputAttribute : Attribute
{
    /// <summary>Description of the value in one sentence.</summary>
    public string? Description { get; init; }

    /// <summary>Name shown in the designer; the property name in words if it is not given.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Whether the designer shows it. Default true.</summary>
    public bool IsBrowsable { get; init; } = true;

    /// <summary>
    /// Whether the value can be kept beyond the run, as Elsa calls it. It cannot if it refers to something that ends with the run, such as
    /// files in the work folder: a rerun in which another activity needs the value executes this activity again. Default true.
    /// </summary>
    public bool IsSerializable { get; init; } = true;
}
