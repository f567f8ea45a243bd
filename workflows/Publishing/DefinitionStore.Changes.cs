using System.Security.Cryptography;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Publishing;

/// <summary>Result of saving or publishing a definition.</summary>
/// <param name="Saved">The version as it is now.</param>
/// <param name="WasPublished">Whether it was published before.</param>
/// <param name="Check">Result of strict validation; null if it was not to be published. With errors it remains a draft.</param>
public sealed record DefinitionSaved(StoredDocument Saved, bool WasPublished, PublishCheck? Check);

/// <summary>A request to save a definition.</summary>
/// <param name="DefinitionId">The workflow; <see langword="null"/> for a new one.</param>
/// <param name="Document">The new document.</param>
/// <param name="Publish">Whether runs execute it from now on.</param>
/// <param name="By">Who saves it.</param>
public sealed record SaveDefinition(string? DefinitionId, JsonElement Document, bool Publish, string? By)
{
    /// <summary>
    /// Whether the document is complete, such as a file; otherwise members that the designer does not know are kept from the version
    /// before.
    /// </summary>
    public bool IsComplete { get; init; }
}

/// <content>Changes of definitions. Changes of one workflow take turns across all nodes.</content>
public sealed partial class DefinitionStore
{
    /// <summary>Saves a draft, and publishes it if requested and if nothing in it would surely fail.</summary>
    /// <exception cref="InvalidDefinitionException">It does not have the shape of a definition; nothing is saved.</exception>
    public Task<DefinitionSaved> SaveAsync(SaveDefinition save, CancellationToken cancellationToken)
    {
        var definitionId = string.IsNullOrWhiteSpace(save.DefinitionId) ? NewId() : save.DefinitionId;
        CheckShape(save.Document, definitionId);
        if (save.IsComplete) CheckFile(save.Document);
        return ChangeAsync(definitionId, async (connection, token) =>
        {
            var versions = await ReadVersionsAsync(connection, definitionId, token);
            var latest = versions.Find(version => version.Definition.IsLatest);
            var before = save.IsComplete || latest is null ? default(JsonElement?) : Parse(latest.Document);
            var saved = latest;
            if (latest is null || DraftOf(latest.Definition.Version).Checksum != latest.Definition.Checksum)
            {
                var version = latest is null ? 1 : latest.IsFrozen ? versions.Max(known => known.Definition.Version) + 1 : latest.Definition.Version;
                saved = await WriteAsync(connection, DraftOf(version), latest is { IsFrozen: false } ? latest.Definition.Id : NewId(), save.By, shipped: null, token);
            }
            return save.Publish ? await PublishAsync(connection, saved!, token) : new(saved!.Stored, saved.Definition.IsPublished, null);

            Draft DraftOf(int version) => Draft.Of(DefinitionDocument.Compose(save.Document, definitionId, version, before), registry);
        }, cancellationToken);
    }

    /// <summary>Publishes the newest version if nothing in it would surely fail.</summary>
    /// <returns><see langword="null"/> if there is no such workflow.</returns>
    public Task<DefinitionSaved?> PublishAsync(string definitionId, CancellationToken cancellationToken) => ChangeAsync(definitionId, async (connection, token) =>
        (await ReadVersionsAsync(connection, definitionId, token)).Find(version => version.Definition.IsLatest) is { } latest
            ? await PublishAsync(connection, latest, token) : null, cancellationToken);

    /// <summary>Retracts the published version: new runs of the workflow are refused until one is published again.</summary>
    /// <returns>The version; the newest one if none was published; <see langword="null"/> if there is no such workflow.</returns>
    public Task<StoredDocument?> RetractAsync(string definitionId, CancellationToken cancellationToken) => ChangeAsync(definitionId, async (connection, token) =>
    {
        var versions = await ReadVersionsAsync(connection, definitionId, token);
        var version = versions.Find(known => known.Definition.IsPublished) ?? versions.Find(known => known.Definition.IsLatest);
        await connection.ExecuteAsync("update orchestrator.definition set is_published = false where definition_id = $1 and is_published", parameters => parameters.With(definitionId), token);
        await TriggerSchedules.EndAsync(connection, definitionId, token);
        return version is null ? null : version.Stored with { Definition = version.Definition with { IsPublished = false } };
    }, cancellationToken);

    /// <summary>Makes an earlier version the newest one again, as a draft of its own: nothing is lost.</summary>
    /// <returns>The draft; <see langword="null"/> if there is no such version.</returns>
    public Task<StoredDocument?> RevertAsync(string definitionId, int version, string? by, CancellationToken cancellationToken) => ChangeAsync(definitionId, async (connection, token) =>
    {
        var versions = await ReadVersionsAsync(connection, definitionId, token);
        if (versions.Find(known => known.Definition.Version == version) is not { } old) return null;
        var draft = Draft.Of(DefinitionDocument.Compose(Parse(old.Document), definitionId, versions.Max(known => known.Definition.Version) + 1), registry);
        return (await WriteAsync(connection, draft, NewId(), by, shipped: null, token)).Stored;
    }, cancellationToken);

    /// <summary>
    /// Deletes workflows with all versions. Runs keep their copies; a later start, such as by a schedule, fails with the message that the
    /// workflow does not exist.
    /// </summary>
    /// <returns>Number of workflows that existed.</returns>
    public async Task<int> DeleteAsync(IReadOnlyList<string> definitionIds, CancellationToken cancellationToken)
    {
        var deleted = 0;
        foreach (var id in definitionIds.Distinct(StringComparer.Ordinal))
        {
            deleted += await ChangeAsync(id, async (connection, token) =>
            {
                await TriggerSchedules.EndAsync(connection, id, token);
                return await connection.ExecuteAsync("delete from orchestrator.definition where definition_id = $1", parameters => parameters.With(id), token);
            }, cancellationToken) > 0 ? 1 : 0;
        }
        return deleted;
    }

    /// <summary>Deletes one version. If it was the newest, the one before becomes the newest again.</summary>
    /// <returns>Whether the version existed.</returns>
    public async Task<bool> DeleteVersionAsync(string id, CancellationToken cancellationToken)
    {
        if (await FindByIdAsync(id, cancellationToken) is not { Definition: var version }) return false;
        return await ChangeAsync(version.DefinitionId, async (connection, token) =>
        {
            var wasPublished = await connection.ReadAsync("delete from orchestrator.definition where id = $1 returning is_published", parameters => parameters.With(id), row => row.GetBoolean(0), token);
            if (wasPublished is [true]) await TriggerSchedules.EndAsync(connection, version.DefinitionId, token);
            await connection.ExecuteAsync(
                """
                update orchestrator.definition set is_latest = true
                where definition_id = $1 and version = (select max(version) from orchestrator.definition where definition_id = $1) and not is_latest
                """, parameters => parameters.With(version.DefinitionId), token);
            return wasPublished.Count > 0;
        }, cancellationToken);
    }

    /// <summary>Checks that a document can be read as a definition.</summary>
    /// <exception cref="InvalidDefinitionException">All problems of its shape.</exception>
    void CheckShape(JsonElement document, string definitionId)
    {
        if (document.ValueKind is not JsonValueKind.Object)
            throw new InvalidDefinitionException([new("$", DefinitionProblemCodes.WrongShape, $"The document is {JsonCursor.Describe(document)}, but a workflow definition is an object.")]);
        DefinitionValidator.CheckKept(document, definitionId,
            (property, code, message) => throw new InvalidDefinitionException([new($"$.{property}", code, message)]));
        WorkflowDefinition.Parse(DefinitionDocument.Compose(document, definitionId, version: 1), registry);
    }

    /// <summary>Refuses a file with elements that are never executed here: its author would not notice otherwise.</summary>
    /// <exception cref="InvalidDefinitionException">It contains a state machine.</exception>
    void CheckFile(JsonElement document)
    {
        var refused = DefinitionValidator.Validate(document.GetRawText(), registry)
            .Where(problem => problem.Code is DefinitionProblemCodes.StateMachine).ToList();
        if (refused.Count > 0) throw new InvalidDefinitionException(refused);
    }

    async Task<DefinitionSaved> PublishAsync(NpgsqlConnection connection, StoredVersion version, CancellationToken cancellationToken)
    {
        if (version.Definition.IsPublished) return new(version.Stored, WasPublished: true, new([], []));
        var check = PublishCheck.Of(version.Document, registry);
        if (check.Errors.Count > 0) return new(version.Stored, WasPublished: false, check);
        await connection.ExecuteAsync("update orchestrator.definition set is_published = false where definition_id = $1 and is_published",
            parameters => parameters.With(version.Definition.DefinitionId), cancellationToken);
        await connection.ExecuteAsync("update orchestrator.definition set is_published = true, published_at = coalesce(published_at, now()) where id = $1",
            parameters => parameters.With(version.Definition.Id), cancellationToken);
        await ScheduleTriggersAsync(connection, cache.Get(version.Definition.Checksum, version.Document), cancellationToken);
        return new(version.Stored with { Definition = version.Definition with { IsPublished = true } }, WasPublished: false, check);
    }

    static async Task<StoredVersion> WriteAsync(NpgsqlConnection connection, Draft draft, string id, string? by, string? shipped, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("update orchestrator.definition set is_latest = false where definition_id = $1 and is_latest",
            parameters => parameters.With(draft.DefinitionId), cancellationToken);
        return (await connection.ReadAsync(
            $"""
            insert into orchestrator.definition (id, definition_id, version, name, description, tool_version, is_latest, is_published, is_readonly, is_system,
              created_at, created_by, checksum, shipped_checksum, consumes, document)
            values ($1, $2, $3, $4, $5, $6, true, false, $7, $8, now(), $9, $10, $11, $12, $13)
            on conflict (definition_id, version) do update set name = excluded.name, description = excluded.description, tool_version = excluded.tool_version,
              is_latest = true, is_readonly = excluded.is_readonly, is_system = excluded.is_system, created_by = excluded.created_by, checksum = excluded.checksum,
              shipped_checksum = excluded.shipped_checksum, consumes = excluded.consumes, document = excluded.document
            returning {Columns}, document, published_at is not null, shipped_checksum
            """,
            parameters => parameters.With(id).With(draft.DefinitionId).With(draft.Version).With(draft.Name).With(draft.Description).With(draft.ToolVersion)
                .With(draft.IsReadonly, NpgsqlDbType.Boolean).With(draft.IsSystem, NpgsqlDbType.Boolean).With(by).With(draft.Checksum).With(shipped).With(draft.Consumes)
                .WithJson(draft.Document),
            ReadVersion, cancellationToken))[0];
    }

    static Task<List<StoredVersion>> ReadVersionsAsync(NpgsqlConnection connection, string definitionId, CancellationToken cancellationToken) => connection.ReadAsync(
        $"select {Columns}, document, published_at is not null, shipped_checksum from orchestrator.definition where definition_id = $1 order by version",
        parameters => parameters.With(definitionId), ReadVersion, cancellationToken);

    Task<T> ChangeAsync<T>(string definitionId, Func<NpgsqlConnection, CancellationToken, Task<T>> change, CancellationToken cancellationToken) =>
        store.InTransactionAsync(outages, async (connection, token) =>
        {
            await connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended($1, 7700000013))", parameters => parameters.With(definitionId), token);
            return await change(connection, token);
        }, cancellationToken);

    static StoredVersion ReadVersion(NpgsqlDataReader row) => new(ReadDocument(row), row.GetBoolean(13), row.GetOrDefault<string>(14));

    static JsonElement Parse(string document) => DefinitionJson.Parse(document, DefinitionJson.Reading);

    static string NewId() => RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <param name="Stored">The version.</param>
    /// <param name="IsFrozen">Whether it was published at some time, so that it never changes.</param>
    /// <param name="ShippedChecksum">The shipped file it is a copy of; null for none.</param>
    sealed record StoredVersion(StoredDocument Stored, bool IsFrozen, string? ShippedChecksum)
    {
        public StoredDefinition Definition => Stored.Definition;

        public string Document => Stored.Document;
    }

    /// <summary>Columns that are stored for a document.</summary>
    sealed record Draft(
        string Document, string DefinitionId, int Version, string Name, string? Description, string? ToolVersion, bool IsReadonly, bool IsSystem, string Checksum, string[] Consumes)
    {
        public static Draft Of(string document, ActivityRegistry registry)
        {
            var definition = WorkflowDefinition.Parse(document, registry);
            var json = definition.Document;
            return new(document, definition.DefinitionId, definition.Version, definition.Name, definition.Description, DefinitionDocument.TextOf(json, "toolVersion"),
                DefinitionDocument.IsSet(json, "isReadonly"), DefinitionDocument.IsSet(json, "isSystem"), RunStore.ChecksumOf(definition), DefinitionDocument.FindConsumed(json));
        }
    }
}
