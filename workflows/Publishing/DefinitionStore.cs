using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Publishing;

/// <summary>
/// Keeps workflow definitions in versions, as Elsa does: saving overwrites a draft until it is published; from then on the version never
/// changes, and saving makes the next draft. At most one version of a workflow is published; runs execute that one. Every node reads from
/// the database.
/// </summary>
public sealed partial class DefinitionStore(StoreDatabase store, StoreOutages outages, ActivityRegistry registry, DefinitionCache cache)
{
    const string Columns = """
        id, definition_id, version, name, description, tool_version, is_latest, is_published, is_readonly, is_system, created_at, checksum
        """;

    const string IsSelected = """
        ($1 = 'All' or ($1 = 'Latest' and is_latest) or ($1 = 'Published' and is_published) or ($1 = 'Draft' and is_latest and not is_published)
          or ($1 = 'LatestOrPublished' and (is_latest or is_published)) or ($1 = 'LatestAndPublished' and is_latest and is_published)
          or ($1 = 'Number' and version = $2))
        """;

    const string IsWanted = $"""
        from orchestrator.definition
        where {IsSelected}
          and ($3::text[] is null or id = any($3)) and ($4::text[] is null or definition_id = any($4))
          and ($5::text is null or name ilike $5 or description ilike $5 or definition_id ilike $5 or id ilike $5)
          and ($6::boolean is null or is_system = $6)
        """;

    /// <summary>Reads a page of a list, without documents.</summary>
    /// <returns>The page, and the number of results on all pages.</returns>
    public async Task<(IReadOnlyList<StoredDefinition> Items, long Total)> ListAsync(DefinitionQuery query, CancellationToken cancellationToken)
    {
        var order = (query.Order, query.IsDescending) switch
        {
            (DefinitionOrder.Name, false) => "lower(name), definition_id, version desc",
            (DefinitionOrder.Name, true) => "lower(name) desc, definition_id, version desc",
            (DefinitionOrder.Created, false) => "created_at, id",
            (DefinitionOrder.Created, true) => "created_at desc, id",
            (DefinitionOrder.Version, false) => "version, lower(name), definition_id",
            (DefinitionOrder.Version, true) or _ => "version desc, lower(name), definition_id",
        };
        var items = await ReadAsync($"select {Columns} {IsWanted} order by {order} offset $7 limit $8",
            parameters => Fill(parameters, query).With(query.Skip).With(query.Take, NpgsqlDbType.Integer), ReadDefinition, cancellationToken);
        return (items, query.Skip == 0 && (query.Take is not { } most || items.Count < most) ? items.Count : await CountAsync(query, cancellationToken));
    }

    /// <summary>Counts the versions that a query finds.</summary>
    public async Task<long> CountAsync(DefinitionQuery query, CancellationToken cancellationToken) =>
        (await ReadAsync($"select count(*) {IsWanted}", parameters => Fill(parameters, query), row => row.GetInt64(0), cancellationToken))[0];

    /// <summary>Finds a version of a workflow; the newest of those that are selected.</summary>
    /// <returns><see langword="null"/> if there is none.</returns>
    public async Task<StoredDocument?> FindAsync(string definitionId, VersionOptions versions, CancellationToken cancellationToken) => (await ReadAsync(
        $"select {Columns}, document from orchestrator.definition where {IsSelected} and definition_id = $3 order by version desc limit 1",
        parameters => Fill(parameters, versions).With(definitionId), ReadDocument, cancellationToken)).SingleOrDefault();

    /// <summary>Lists versions by their own ids, in no order; missing ones are left out.</summary>
    public Task<IReadOnlyList<StoredDocument>> FindManyAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) => ReadAsync(
        $"select {Columns}, document from orchestrator.definition where id = any($1)", parameters => parameters.With([.. ids]), ReadDocument, cancellationToken);

    /// <summary>A version by its own id; <see langword="null"/> if there is none.</summary>
    public async Task<StoredDocument?> FindByIdAsync(string id, CancellationToken cancellationToken) => (await FindManyAsync([id], cancellationToken)).SingleOrDefault();

    /// <summary>The definition that a new run executes; <see langword="null"/> if none is published.</summary>
    public async Task<WorkflowDefinition?> FindPublishedAsync(string definitionId, CancellationToken cancellationToken)
    {
        var published = await ReadAsync("select checksum from orchestrator.definition where definition_id = $1 and is_published",
            parameters => parameters.With(definitionId), row => row.GetString(0), cancellationToken);
        if (published.Count == 0) return null;
        if (cache.Find(published[0]) is { } known) return known;
        return await FindAsync(definitionId, VersionOptions.Published, cancellationToken) is { } found ? cache.Get(found.Definition.Checksum, found.Document) : null;
    }

    /// <summary>Finds a version of a workflow as a run executes it; the newest of those that are selected.</summary>
    /// <returns><see langword="null"/> if there is none.</returns>
    public async Task<WorkflowDefinition?> ReadAsync(string definitionId, VersionOptions versions, CancellationToken cancellationToken) =>
        versions == VersionOptions.Published ? await FindPublishedAsync(definitionId, cancellationToken)
        : await FindAsync(definitionId, versions, cancellationToken) is { } found ? cache.Get(found.Definition.Checksum, found.Document) : null;

    /// <summary>Lists all published definitions except system ones, by id.</summary>
    public async Task<IReadOnlyList<WorkflowDefinition>> ListPublishedAsync(CancellationToken cancellationToken) =>
    [
        .. (await ReadAsync("select checksum, document from orchestrator.definition where is_published and not is_system order by definition_id",
            parameters => parameters, row => (Checksum: row.GetString(0), Document: row.GetString(1)), cancellationToken))
            .Select(found => cache.Get(found.Checksum, found.Document)),
    ];

    /// <summary>Lists the ids of the workflows that can be run, ascending.</summary>
    public Task<IReadOnlyList<string>> ListNamesAsync(CancellationToken cancellationToken) => ReadAsync(
        "select definition_id from orchestrator.definition where is_published and not is_system order by definition_id",
        parameters => parameters, row => row.GetString(0), cancellationToken);

    /// <summary>Whether no other workflow has a name; case does not matter.</summary>
    /// <param name="exceptFor">The workflow that may have the name.</param>
    public async Task<bool> IsNameUniqueAsync(string name, string? exceptFor, CancellationToken cancellationToken) => !(await ReadAsync(
        "select exists (select from orchestrator.definition where is_latest and lower(name) = lower($1) and ($2::text is null or definition_id <> $2))",
        parameters => parameters.With(name).With(exceptFor), row => row.GetBoolean(0), cancellationToken))[0];

    /// <summary>Lists the workflows whose newest version starts this one by its id, ascending.</summary>
    public Task<IReadOnlyList<string>> ListConsumersAsync(string definitionId, CancellationToken cancellationToken) => ReadAsync(
        "select definition_id from orchestrator.definition where is_latest and definition_id <> $1 and $1 = any(consumes) order by definition_id",
        parameters => parameters.With(definitionId), row => row.GetString(0), cancellationToken);

    Task<IReadOnlyList<T>> ReadAsync<T>(
        string constant, Func<NpgsqlParameterCollection, NpgsqlParameterCollection> fill, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        StoreReading.ReadAsync(store, outages, constant, fill, read, cancellationToken);

    static NpgsqlParameterCollection Fill(NpgsqlParameterCollection parameters, VersionOptions versions) =>
        parameters.With(versions.Selection.ToString()).With(versions.Number);

    static NpgsqlParameterCollection Fill(NpgsqlParameterCollection parameters, DefinitionQuery query) => Fill(parameters, query.Versions)
        .With(query.Ids?.ToArray()).With(query.DefinitionIds?.ToArray()).With(PatternOf(query.Search)).With(query.IsSystem, NpgsqlDbType.Boolean);

    static string? PatternOf(string? search) => string.IsNullOrWhiteSpace(search) ? null
        : $"%{search.Trim().Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%";

    static StoredDefinition ReadDefinition(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetOrDefault<string>(4), row.GetOrDefault<string>(5), row.GetBoolean(6), row.GetBoolean(7),
        row.GetBoolean(8), row.GetBoolean(9), row.GetFieldValue<DateTimeOffset>(10), row.GetString(11));

    static StoredDocument ReadDocument(NpgsqlDataReader row) => new(ReadDefinition(row), row.GetString(12));
}
