using System.Reflection;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>An input of an activity type.</summary>
/// <param name="Name">Property name, such as <c>Rows</c>; on the wire its first letter is lower-case.</param>
/// <param name="Type">Type the value is converted to.</param>
/// <param name="Metadata">The attribute with the metadata.</param>
public sealed record InputDescriptor(string Name, Type Type, InputAttribute Metadata)
{
    /// <summary>Whether the wire has type and expression around the value; otherwise it has the bare value.</summary>
    public bool IsWrapped { get; init; } = true;

    /// <summary>
    /// Name of its type on the wire, such as <c>String</c> or <c>List&lt;Object&gt;</c>; the name in <see cref="TypeNames"/> by default.
    /// </summary>
    public string TypeName { get => field ?? TypeNames.NameOf(Type); init; }

    /// <summary>Name shown in the designer.</summary>
    public string DisplayName => Metadata.DisplayName ?? ActivityDescriptor.InWords(Name);

    /// <summary>The designer's editor; see <see cref="UIHints"/>.</summary>
    public string UIHint => Metadata.UIHint ?? (Metadata.Options.Length > 0 ? UIHints.DropDown : UIHints.Of(Type));

    /// <summary>
    /// Options that <see cref="UIHints.DropDown"/> and <see cref="UIHints.CheckList"/> offer: text for a person → value; the options of the
    /// attribute by default.
    /// </summary>
    public IReadOnlyList<InputOption> Options { get => field ?? [.. Metadata.Options.Select(option => new InputOption(option, option))]; init; }

    /// <summary>Language of a <see cref="UIHints.CodeEditor"/>, such as <c>javascript</c>; <see langword="null"/> for none.</summary>
    public string? Language { get; init; }

    internal static InputDescriptor Of(PropertyInfo property) =>
        new(property.Name, property.PropertyType.GetGenericArguments()[0], property.GetCustomAttribute<InputAttribute>() ?? new InputAttribute());
}

/// <summary>One choice of an input.</summary>
/// <param name="Text">Text for a person.</param>
/// <param name="Value">Value in the definition.</param>
public sealed record InputOption(string Text, string Value);

/// <summary>An output of an activity type.</summary>
/// <param name="Name">Property name; on the wire its first letter is lower-case.</param>
/// <param name="Type">Type of the value.</param>
/// <param name="Description">Description of the value.</param>
public sealed record OutputDescriptor(string Name, Type Type, string? Description)
{
    /// <summary>Whether the value can be kept beyond the run; see <see cref="OutputAttribute.IsSerializable"/>.</summary>
    public bool IsSerializable { get; init; } = true;

    /// <summary>Name of its type on the wire; the name in <see cref="TypeNames"/> by default.</summary>
    public string TypeName { get => field ?? TypeNames.NameOf(Type); init; }

    /// <summary>Name shown in the designer; the name split into words by default.</summary>
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

/// <summary>A place where a connection or an inner activity can be attached to an activity.</summary>
/// <param name="Name">Name of the outcome, or of the property that holds the inner activity.</param>
/// <param name="Type">Kind of the port.</param>
public sealed record PortDescriptor(string Name, PortType Type)
{
    /// <summary>Whether the designer shows it. Default true.</summary>
    public bool IsBrowsable { get; init; } = true;
}

/// <summary>Kinds of ports. Written to the wire by name.</summary>
public enum PortType
{
    /// <summary>An outcome: connections of a flowchart start here.</summary>
    Flow = 0,

    /// <summary>Holds one inner activity.</summary>
    Embedded = 1,
}
