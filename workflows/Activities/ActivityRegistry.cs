using System.Diagnostics.CodeAnalysis;
using Orchestrator.Workflows.Control;

namespace Orchestrator.Workflows.Activities;

/// <summary>
/// The activity types that a definition may name: the runtime's control activities and the classes added here. No other type can execute.
/// </summary>
public sealed class ActivityRegistry
{
    readonly SortedDictionary<string, ActivityDescriptor> types = new(
        ControlActivities.All.Select(control => control.Descriptor).ToDictionary(descriptor => descriptor.TypeName), StringComparer.Ordinal);

    /// <summary>All types, by type name.</summary>
    public IReadOnlyCollection<ActivityDescriptor> All => types.Values;

    /// <summary>Adds an activity class.</summary>
    /// <exception cref="InvalidOperationException">The class has no <see cref="ActivityAttribute"/>, or its type name is taken.</exception>
    public ActivityRegistry Add<TActivity>() where TActivity : CodeActivity, new() => Add(ActivityDescriptor.Of<TActivity>());

    /// <summary>Adds a control activity.</summary>
    /// <exception cref="InvalidOperationException">Its type name is taken.</exception>
    internal ActivityRegistry Add(ControlActivity control) => Add(control.Descriptor);

    /// <summary>Finds a type by its name on the wire; case matters.</summary>
    public bool TryFind(string typeName, [NotNullWhen(true)] out ActivityDescriptor? descriptor) =>
        types.TryGetValue(typeName, out descriptor);

    ActivityRegistry Add(ActivityDescriptor descriptor) =>
        types.TryAdd(descriptor.TypeName, descriptor)
            ? this
            : throw new InvalidOperationException(
                $"Activity type '{descriptor.TypeName}' is there already. Rename one of the two classes.");
}
