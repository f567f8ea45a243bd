using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Definitions;

/// <summary>A definition as runs executed it.</summary>
/// <param name="DefinitionId">The workflow.</param>
/// <param name="Version">Version number in the document.</param>
/// <param name="Checksum">SHA-256 of its document, which identifies it exactly.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="RecordedAt">Time at which a run of it was accepted first.</param>
public sealed record DefinitionVersion(string DefinitionId, int Version, string Checksum, string Name, DateTimeOffset RecordedAt);

/// <summary>The definitions that runs executed, each kept letter for letter.</summary>
public sealed class DefinitionVersions(StoreDatabase store, StoreOutages outages, ActivityRegistry registry)
{
    /// <summary>Lists the versions of a workflow, the newest first.</summary>
    public Task<IReadOnlyList<DefinitionVersion>> ListAsync(string definitionId, CancellationToken cancellationToken) => StoreReading.ReadAsync(store, outages,
        """
        select definition_id, version, checksum, name, recorded_at from orchestrator.workflow_definition_version
        where definition_id = $1 order by version desc, recorded_at desc, checksum
        """,
        parameters => parameters.With(definitionId),
        row => new DefinitionVersion(row.GetString(0), row.GetInt32(1), row.GetString(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4)), cancellationToken);

    /// <summary>The definition with a checksum; <see langword="null"/> if no run executed it.</summary>
    public async Task<WorkflowDefinition?> FindAsync(string definitionId, string checksum, CancellationToken cancellationToken)
    {
        var found = await StoreReading.ReadAsync(store, outages,
            "select document from orchestrator.workflow_definition_version where definition_id = $1 and checksum = $2",
            parameters => parameters.With(definitionId).With(checksum), row => row.GetString(0), cancellationToken);
        return found.Count > 0 ? WorkflowDefinition.Parse(found[0], registry) : null;
    }
}
