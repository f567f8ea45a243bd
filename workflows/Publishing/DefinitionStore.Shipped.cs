using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Publishing;

/// <summary>Outcomes of importing a shipped definition.</summary>
public enum ShippedOutcome
{
    /// <summary>This file was imported or offered before.</summary>
    Known = 0,

    /// <summary>The definition was not in the store; it is imported and published.</summary>
    Imported = 1,

    /// <summary>The copy was unchanged, so the file is its next version, published.</summary>
    Updated = 2,

    /// <summary>A person changed the copy: it stays, and the file is offered.</summary>
    Offered = 3,
}

/// <content>Definitions that ship as files.</content>
public sealed partial class DefinitionStore
{
    /// <summary>
    /// Imports a shipped definition if that overwrites no change of a person. Several nodes may do so at once, with the same or other
    /// files.
    /// </summary>
    /// <param name="isWanted">Whether a person requests it: then it becomes the next version regardless of changes.</param>
    /// <exception cref="InvalidDefinitionException">All problems of the file.</exception>
    public Task<ShippedOutcome> ImportAsync(string json, string? by, bool isWanted, CancellationToken cancellationToken)
    {
        var file = DefinitionValidator.Load(json, registry);
        var (id, checksum) = (file.DefinitionId, RunStore.ChecksumOf(file));
        return ChangeAsync(id, async (connection, token) =>
        {
            var seen = await connection.ReadAsync("select checksum from orchestrator.shipped_definition where definition_id = $1", parameters => parameters.With(id), row => row.GetString(0), token);
            if (!isWanted && seen.Contains(checksum, StringComparer.Ordinal)) return ShippedOutcome.Known;
            var versions = await ReadVersionsAsync(connection, id, token);
            var isNew = seen.Count == 0 && versions.Count == 0;
            var isCopy = versions.Find(version => version.Definition.IsLatest) is { Definition.IsPublished: true, ShippedChecksum: not null };
            var isTaken = isWanted || isNew || isCopy;
            await connection.ExecuteAsync(
                """
                insert into orchestrator.shipped_definition (definition_id, checksum, is_taken) values ($1, $2, $3)
                on conflict (definition_id, checksum) do update set is_taken = excluded.is_taken, seen_at = excluded.seen_at
                """,
                parameters => parameters.With(id).With(checksum).With(isTaken, NpgsqlTypes.NpgsqlDbType.Boolean), token);
            if (!isTaken) return ShippedOutcome.Offered;
            var version = versions.Count == 0 ? file.Version : versions.Max(known => known.Definition.Version) + 1;
            var written = await WriteAsync(connection, Draft.Of(DefinitionDocument.Compose(file.Document, id, version), registry), NewId(), by, checksum, token);
            await PublishAsync(connection, written, token);
            return isNew ? ShippedOutcome.Imported : ShippedOutcome.Updated;
        }, cancellationToken);
    }

    /// <summary>Lists the workflows whose shipped file is newer than the copy that a person changed, ascending.</summary>
    public Task<IReadOnlyList<string>> ListOfferedAsync(CancellationToken cancellationToken) => ReadAsync(
        """
        select definition_id from (
          select distinct on (definition_id) definition_id, is_taken from orchestrator.shipped_definition order by definition_id, seen_at desc) as newest
        where not is_taken and exists (select from orchestrator.definition where definition.definition_id = newest.definition_id) order by 1
        """,
        parameters => parameters, row => row.GetString(0), cancellationToken);
}
