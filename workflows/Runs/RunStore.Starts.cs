using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Runs;

/// <content>Statements that every start of a run shares.</content>
public sealed partial class RunStore
{
    /// <summary>Prepares the start of a run: checks its month and completes its inputs. Nothing is kept before it is accepted.</summary>
    /// <param name="month">The month; <see langword="null"/> for none.</param>
    /// <param name="given">Input name → value.</param>
    /// <param name="startedBy">Person or component that starts it, such as <c>person ada</c>.</param>
    /// <exception cref="PartitionOutOfRangeException">No run may work on the month.</exception>
    /// <exception cref="InvalidInputsException">The inputs do not match those that the workflow declares.</exception>
    public StartRun Prepare(WorkflowDefinition definition, Partition? month, IReadOnlyDictionary<string, JsonElement> given, string? startedBy)
    {
        months.Check(month);
        return new(Guid.CreateVersion7(clock.GetUtcNow()), definition, month, definition.CompleteInputs(given)) { StartedBy = startedBy };
    }
}
