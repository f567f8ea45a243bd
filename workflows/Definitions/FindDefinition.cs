namespace Orchestrator.Workflows.Definitions;

/// <summary>Finds the definition that a new run of a workflow executes now: its published version.</summary>
/// <param name="definitionId">Its id, such as <c>monthly-sales</c>.</param>
/// <returns><see langword="null"/> if there is none with this id.</returns>
public delegate Task<WorkflowDefinition?> FindDefinition(string definitionId, CancellationToken cancellationToken);

/// <summary>All definitions that a new run could execute now.</summary>
public delegate Task<IReadOnlyList<WorkflowDefinition>> ListDefinitions(CancellationToken cancellationToken);
