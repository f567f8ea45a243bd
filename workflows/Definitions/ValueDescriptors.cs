using System.Reflection;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>An input of an activity type.</summary>
/// <param name="Name">Property name, such as <c>Rows</c>; on the wire its first letter is lower-case.</param>
/// <param name="Type">Type the value is converted to.</param>
/// <param name="Metadata">What the attribute says.</param>
public sealed record InputDescriptor(string Name, Type Type, InputAttribute Metadata)
{
    /// <summary>Whether the wire has type and expression around the value; else the bare value stands there.</summary>
    public bool IsWrapped { get; init; } = true;

    /// <summary>Name of its type on the wire, such as <c>String</c> or <c>List&lt;Object&gt;</c>; what <see cref="TypeNames"/> calls the type where none is given.</summary>
    public string TypeName { get => field ?? TypeNames.NameOf(Type); init; }

    /// <summary>Name shown in the designer.</summary>
    public string DisplayName => Metadata.DisplayName ?? ActivityDescriptor.InWords(Name);

    /// <summary>The designer's editor; see <see cref="UIHints"/>.</summary>
    public string UIHint => Metadata.UIHint ?? (Metadata.Options.Length > 0 ? UIHints.DropDown : UIHints.Of(Type));

    /// <summary>What <see cref="UIHints.DropDown"/> and <see cref="UIHints.CheckList"/> offer: text for a person → value; those of the attribute where none is given.</summary>
    public IReadOnlyList<InputOption> Options { get => field ?? [.. Metadata.Options.Select(option => new InputOption(option, option))]; init; }

    /// <summary>Of a <see cref="UIHints.CodeEditor"/>: its language, such as <c>javascript</c>; <see langword="null"/> for none.</summary>
    public string? Language { get; init; }

    internal static InputDescriptor Of(PropertyInfo property) =>
        new(property.Name, property.PropertyType.GetGenericArguments()[0], property.GetCustomAttribute<InputAttribute>() ?? new InputAttribute());
}

/// <summary>One choice of an input.</summary>
/// <param name="Text">What a person reads.</param>
/// <param name="Value">What the definition gets.</param>
public sealed record InputOption(string Text, string Value);

/// <summary>An output of an activity type.</summary>
/// <param name="Name">Property name; on the wire its first letter is lower-case.</param>
/// <param name="Type">Type of the value.</param>
/// <param name="Description">What it holds.</param>
public sealed record OutputDescriptor(string Name, Type Type, string? Description)
{
    /// <summary>Whether the value is worth something when the run has ended; see <see cref="OutputAttribute.IsSerializable"/>.</summary>
    public bool IsSerializable { get; init; } = true;

    /// <summary>Name of its type on the wire; what <see cref="TypeNames"/> calls the type where none is given.</summary>
    public string TypeName { get => field ?? TypeNames.NameOf(Type); init; }

    /// <summary>Name shown in the designer; the name in words where none is given.</summary>
    public string DisplayName { get => field ?? ActivityDescriptor.InWords(Name); init; }

    /// <summary>Whether the designer shows it. Default true.</summary>
    public bool IsBrowsable { get; init; } = true;

    internal static OutputDescriptor Of(PropertyInfo property)
    {
        var attribute = property.GetCustomAttribute<OutputAttribute>() ?? new();
        return new(property.Name, property.PropertyType.GetGenericArguments()[0], attribute.Description)
        {
            IsSerializable = attribute.IsSerializable, IsBrowsable = attribute.IsBrowsable, DisplayName = attribute.DisplayName ?? ActivityDescriptor.InWords(property.Name),
        };
    }
}

/// <summary>Where something can be attached to an activity.</summary>
/// <param name="Name">Name of the outcome, or of the property that holds the inner activity.</param>
/// <param name="Type">Which of the two.</param>
public sealed record PortDescriptor(string Name, PortType Type)
{
    /// <summary>Whether the designer shows it. Default true.</summary>
    public bool IsBrowsable { get; init; } = true;
}

/// <summary>What a port is. Written to the wire by name.</summary>
public enum PortType
{
    /// <summary>An outcome: connections of a flowchart start here.</summary>
    Flow = 0,

    /// <summary>Holds one inner activity.</summary>
    Embedded = 1,
}
