using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Control;

/// <summary>
/// Workflows that are used as activities. The designer writes the id of the workflow into each activity that it draws of one, so a
/// definition itself names what it executes: always the version that is published at that time.
/// </summary>
public static class WorkflowActivity
{
    const string DefinitionId = "WorkflowDefinitionId";

    /// <summary>A workflow as the designer's toolbox shows it, among the activities.</summary>
    public static ActivityDescriptor Of(WorkflowDefinition definition) => Describe(TypeNameOf(definition.Name), definition.DefinitionId,
        [.. definition.Inputs.Select(input => InputOf(input.Name, input.Description, input.TypeName, input.IsRequired))],
        [.. definition.Outputs.Select(output => OutputOf(output.Name, output.Description, output.TypeName))]) with
    {
        Category = string.IsNullOrWhiteSpace(definition.ActivityCategory) ? "Workflows" : definition.ActivityCategory,
        DisplayName = definition.Name,
        Description = definition.Description ?? "",
        Version = definition.Version,
        Ports = [.. definition.Outcomes.Select(outcome => new PortDescriptor(outcome, PortType.Flow))],
    };

    /// <summary>
    /// Returns the descriptor for an activity whose type is missing in the registry but which names a workflow; <see langword="null"/> if
    /// it names none.
    /// </summary>
    /// <remarks>The activity itself lists its inputs and outputs: values reach the workflow unchanged.</remarks>
    internal static ActivityDescriptor? Find(string type, JsonElement activity)
    {
        if (!activity.TryGetProperty(ActivityReader.OnTheWire(DefinitionId), out var id) || id.ValueKind is not JsonValueKind.String || id.GetString() is not { Length: > 0 } workflow) return null;
        var properties = activity.EnumerateObject().Where(property => property.Value.ValueKind is JsonValueKind.Object).ToList();
        return Describe(type, workflow,
            [.. properties.Where(property => property.Value.TryGetProperty("expression", out _))
                .Select(property => InputOf(property.Name, description: null, "Object", isRequired: false))],
            [.. properties.Where(property => property.Value.TryGetProperty("memoryReference", out _))
                .Where(property => !property.Value.TryGetProperty("expression", out _))
                .Select(property => OutputOf(property.Name, description: null, "Object"))]);
    }

    static ActivityDescriptor Describe(string type, string workflow, InputDescriptor[] inputs, OutputDescriptor[] outputs) =>
        new UsedWorkflow(new(type, "Workflows", type, "", ActivityKind.Task, inputs, outputs, ClassType: null)
        {
            WorkflowDefinitionId = workflow, ConstructionProperties = new Dictionary<string, object> { [DefinitionId] = workflow },
            CustomProperties = new Dictionary<string, object> { ["RootType"] = "WorkflowDefinitionActivity", [DefinitionId] = workflow },
        }).Descriptor;

    static InputDescriptor InputOf(string name, string? description, string typeName, bool isRequired) =>
        new(name, typeof(JsonElement), new() { Description = description, IsRequired = isRequired }) { TypeName = typeName };

    static OutputDescriptor OutputOf(string name, string? description, string typeName) => new(name, typeof(JsonElement), description) { TypeName = typeName };

    /// <summary>Splits a name into words as Elsa does, each with a capital, without the characters between them.</summary>
    static string TypeNameOf(string name) => string.Concat(name.Split([' ', '-', '_', '.'], StringSplitOptions.RemoveEmptyEntries).Select(word => $"{char.ToUpperInvariant(word[0])}{word[1..]}"));
}
