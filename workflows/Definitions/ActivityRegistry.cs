using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Orchestrator.Workflows.Activities;

namespace Orchestrator.Workflows.Definitions;

/// <summary>
/// The activity types that a definition may name: the runtime's control activities and the classes added here. No other type can execute.
/// </summary>
public sealed class ActivityRegistry
{
    readonly SortedDictionary<string, ActivityDescriptor> types = new(StringComparer.Ordinal);
    readonly Func<string, JsonElement, ActivityDescriptor?> findWorkflow;

    internal ActivityRegistry(IEnumerable<ControlActivity> control, Func<string, JsonElement, ActivityDescriptor?> findWorkflow)
    {
        this.findWorkflow = findWorkflow;
        foreach (var one in control) Add(one);
    }

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

    /// <summary>Finds the type of an activity: one that is registered, or a workflow that is used as one.</summary>
    internal ActivityDescriptor? Find(string typeName, JsonElement activity) =>
        TryFind(typeName, out var known) ? known : findWorkflow(typeName, activity);

    ActivityRegistry Add(ActivityDescriptor descriptor) =>
        types.TryAdd(descriptor.TypeName, descriptor)
            ? this
            : throw new InvalidOperationException(
                $"Activity type '{descriptor.TypeName}' is there already. Rename one of the two classes.");
}
