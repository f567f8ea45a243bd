using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Workflows.Activities;

/// <summary>
/// The activity types that a definition may name: the runtime's control activities and the classes added here. Nothing else can
/// execute, whatever a definition says.
/// </summary>
public sealed class ActivityRegistry
{
    readonly SortedDictionary<string, ActivityDescriptor> types =
        new(ControlActivities.All.ToDictionary(descriptor => descriptor.TypeName), StringComparer.Ordinal);

    /// <summary>All types, by type name.</summary>
    public IReadOnlyCollection<ActivityDescriptor> All => types.Values;

    /// <summary>Adds an activity class.</summary>
    /// <exception cref="InvalidOperationException">The class has no <see cref="ActivityAttribute"/>, or its type name is taken.</exception>
    public ActivityRegistry Add<TActivity>() where TActivity : CodeActivity, new()
    {
        var descriptor = ActivityDescriptor.Of<TActivity>();
        return types.TryAdd(descriptor.TypeName, descriptor)
            ? this
            : throw new InvalidOperationException($"Activity type '{descriptor.TypeName}' is there already. Rename one of the two classes.");
    }

    /// <summary>Finds a type by its name on the wire; case matters.</summary>
    public bool TryFind(string typeName, [NotNullWhen(true)] out ActivityDescriptor? descriptor) => types.TryGetValue(typeName, out descriptor);
}
