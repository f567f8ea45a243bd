using System.Text.Json;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Schedules;

/// <summary>Prepares the inputs of the runs of schedules and backfills.</summary>
static class RunInputs
{
    /// <summary>Finds the definition that executes now, and completes the inputs of its runs.</summary>
    /// <exception cref="SchedulingException"><c>workflow.unknown</c> or <c>run.bad_input</c>.</exception>
    public static async Task<(WorkflowDefinition Definition, IReadOnlyDictionary<string, JsonElement> Inputs)> PrepareAsync(
        FindDefinition find, string definitionId, IReadOnlyDictionary<string, JsonElement> given, CancellationToken cancellationToken)
    {
        var definition = await find(definitionId, cancellationToken) ?? throw new SchedulingException(
            SchedulingFault.Unknown, "workflow.unknown", $"There is no workflow '{definitionId}'. List the workflows to see what there is.");
        try
        {
            return (definition, definition.CompleteInputs(given));
        }
        catch (InvalidInputsException invalid)
        {
            throw new SchedulingException(SchedulingFault.Unfit, InvalidInputsException.Code, invalid.Message);
        }
    }

    /// <summary>Refuses runs without a month of a workflow that works on one.</summary>
    /// <exception cref="SchedulingException"><c>schedule.needs_partition</c>.</exception>
    public static async Task RequirePartitionAsync(FindDefinition find, WorkflowDefinition definition, CancellationToken cancellationToken)
    {
        if (await PartitionNeed.IsRequiredAsync(definition, find, cancellationToken))
        {
            throw new SchedulingException(SchedulingFault.Unfit, "schedule.needs_partition",
                $"Workflow '{definition.DefinitionId}' works on a month, but the schedule's mapping 'None' gives its runs none. Map to the previous or the same month.");
        }
    }
}
