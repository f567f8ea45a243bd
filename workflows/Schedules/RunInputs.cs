using System.Text.Json;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Schedules;

/// <summary>What the runs of schedules and backfills start with.</summary>
static class RunInputs
{
    /// <summary>The definition that executes now.</summary>
    /// <exception cref="SchedulingException"><c>workflow.unknown</c>.</exception>
    public static async Task<WorkflowDefinition> FindAsync(FindDefinition find, string definitionId, CancellationToken cancellationToken) => await find(definitionId, cancellationToken)
        ?? throw new SchedulingException(SchedulingFault.Unknown, "workflow.unknown", $"There is no workflow '{definitionId}'. List the workflows to see what there is.");

    /// <summary>The values given, and the defaults of the inputs that have none.</summary>
    /// <exception cref="SchedulingException"><c>workflow.bad_inputs</c>: an input that the workflow does not have, or one that it needs and was not given.</exception>
    public static IReadOnlyDictionary<string, JsonElement> Complete(WorkflowDefinition definition, IReadOnlyDictionary<string, JsonElement> given)
    {
        var values = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in given)
        {
            var declared = definition.Inputs.FirstOrDefault(input => input.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw Bad($"Workflow '{definition.DefinitionId}' has no input '{name}'.{Suggestion.For(name, definition.Inputs.Select(input => input.Name), "It takes")}");
            values[declared.Name] = value;
        }
        foreach (var declared in definition.Inputs.Where(input => !values.ContainsKey(input.Name)))
        {
            if (declared.Default is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } value) values[declared.Name] = value;
            else if (declared.IsRequired) throw Bad($"Workflow '{definition.DefinitionId}' needs the input '{declared.Name}'. {declared.Description} Give it a value.");
        }
        return values;
    }

    static SchedulingException Bad(string message) => new(SchedulingFault.Invalid, "workflow.bad_inputs", message);
}
