using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Activities.Warehouse;

/// <summary>Loads the dimensions into PostgreSQL, and the months whose facts have other keys since: what is left to do when a month was
/// forgotten.</summary>
[Activity("Orchestrator", "Sales", "Loads the dimensions into PostgreSQL, and months whose facts moved to other keys.",
    Kind = ActivityKind.Job)]
[Pool("warehouse")]
public sealed class LoadDimensions : CodeActivity
{
    /// <inheritdoc/>
    protected override async ValueTask ExecuteAsync(
        ActivityExecutionContext context) => await LoadTables.LoadAsync(context, own: null, given: []);
}
