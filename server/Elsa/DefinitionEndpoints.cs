using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Server.Access;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Publishing;

namespace Orchestrator.Server.Elsa;

/// <summary>A version of a definition in a list.</summary>
public sealed record DefinitionSummary(
    IReadOnlyList<ElsaLink> Links, string Id, string DefinitionId, string Name, string? Description, int Version, string? ToolVersion, bool IsLatest, bool IsPublished,
    DateTimeOffset CreatedAt, bool IsReadonly)
{
    /// <summary>Storage format of the document, in Elsa's terms.</summary>
    public string MaterializerName => "Json";

    /// <summary>Whether the document can be read.</summary>
    public bool IsMaterializerAvailable => true;

    /// <summary>Creates the summary of a version.</summary>
    internal static DefinitionSummary Of(StoredDefinition version, bool mayEdit) => new(
        DefinitionLinks.Of(version.DefinitionId, mayEdit), version.Id, version.DefinitionId, version.Name, version.Description, version.Version, version.ToolVersion,
        version.IsLatest, version.IsPublished, version.CreatedAt, version.IsReadonly);
}

/// <summary>Query of a list of definitions; names as Elsa's clients write them.</summary>
sealed record DefinitionListRequest(
    [FromQuery(Name = "versionOptions")] string? VersionOptions, int? Page, int? PageSize, string? SearchTerm, bool? IsSystem, string? OrderBy, string? OrderDirection,
    string[]? Ids, string[]? DefinitionIds)
{
    const int LargestPage = 10_000;

    /// <exception cref="ApiException">A value is not one of the choices.</exception>
    public DefinitionQuery ToQuery()
    {
        var order = DefinitionOrder.Name;
        if (!string.IsNullOrEmpty(OrderBy) && !Enum.TryParse(OrderBy, ignoreCase: true, out order))
            throw ElsaProblems.Refused($"OrderBy is '{OrderBy}', but must be Name, Created or Version.");
        if (Page < 0 || PageSize is < 0 or > LargestPage || (long?)Page * PageSize > int.MaxValue)
            throw ElsaProblems.Refused(string.Create(CultureInfo.InvariantCulture, $"Page is {Page} and PageSize {PageSize}, but there are pages from 0 on, of at most {LargestPage} items."));
        return new()
        {
            Versions = DefinitionEndpoints.Versions(VersionOptions), Ids = Ids is { Length: > 0 } ? Ids : null, DefinitionIds = DefinitionIds is { Length: > 0 } ? DefinitionIds : null,
            Search = SearchTerm, IsSystem = IsSystem, Order = order, IsDescending = string.Equals(OrderDirection, "Descending", StringComparison.OrdinalIgnoreCase),
            Skip = PageSize is { } size ? (Page ?? 0) * size : 0, Take = PageSize,
        };
    }
}

/// <summary><c>/workflow-definitions</c>: reading definitions.</summary>
static class DefinitionEndpoints
{
    public static void Map(RouteGroupBuilder elsa)
    {
        var definitions = elsa.MapGroup("/workflow-definitions").RequireAccess(AccessRole.Viewer);
        definitions.MapGet("", ListAsync);
        definitions.MapGet("/by-definition-id/{definitionId}", FindAsync);
        definitions.MapGet("/by-id/{id}", FindByIdAsync);
        definitions.MapGet("/many-by-id", FindManyAsync);
        definitions.MapGet("/query/count", CountAsync);
        definitions.MapGet("/validation/is-name-unique", IsNameUniqueAsync);
        definitions.MapGet("/{definitionId}/consumers", ListConsumersAsync);
        definitions.MapGet("/{definitionId}/versions", ListVersionsAsync);
        definitions.MapGet("/subgraph/{id}", FindSubgraphAsync);
        definitions.MapGet("/subgraph/segments/{id}", FindSegmentsAsync);
    }

    /// <summary>Reads Elsa's version options; empty text is every version.</summary>
    /// <exception cref="ApiException">The text is not a version option.</exception>
    public static VersionOptions Versions(string? text) => VersionOptions.TryParse(text, out var versions) ? versions : throw ElsaProblems.Refused(
        $"versionOptions is '{text}', but must be Latest, Published, Draft, LatestOrPublished, LatestAndPublished, AllVersions or a number.");

    /// <summary>Whether the caller may change definitions.</summary>
    public static bool MayEdit(HttpContext context) => context.Caller?.Role >= AccessRole.Author;

    static async Task<ElsaPage<DefinitionSummary>> ListAsync(
        [AsParameters] DefinitionListRequest request, HttpContext context, DefinitionStore definitions, CancellationToken cancellationToken)
    {
        var mayEdit = MayEdit(context);
        var (items, total) = await definitions.ListAsync(request.ToQuery(), cancellationToken);
        return new([.. items.Select(version => DefinitionSummary.Of(version, mayEdit))], total) { Links = DefinitionLinks.OfList(mayEdit) };
    }

    static async Task<JsonElement?> FindAsync(
        string definitionId, string? versionOptions, HttpContext context, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken) =>
        await definitions.FindAsync(definitionId, string.IsNullOrEmpty(versionOptions) ? VersionOptions.Latest : Versions(versionOptions), cancellationToken) is { } found
            ? view.Show(found, MayEdit(context)) : null;

    static async Task<JsonElement?> FindByIdAsync(string id, HttpContext context, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken) =>
        await definitions.FindByIdAsync(id, cancellationToken) is { } found ? view.Show(found, MayEdit(context)) : null;

    static async Task<ElsaList<JsonElement>> FindManyAsync(string[]? ids, HttpContext context, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken) =>
        new([.. (await definitions.FindManyAsync(ids ?? [], cancellationToken)).Select(found => view.Show(found, MayEdit(context)))]);

    static async Task<object> CountAsync(DefinitionStore definitions, CancellationToken cancellationToken) =>
        new { Count = await definitions.CountAsync(new() { Versions = VersionOptions.Latest }, cancellationToken) };

    static async Task<object> IsNameUniqueAsync(string? name, string? definitionId, DefinitionStore definitions, CancellationToken cancellationToken) =>
        string.IsNullOrEmpty(name) ? throw ElsaProblems.Refused("The name query parameter is required.")
        : new { IsUnique = await definitions.IsNameUniqueAsync(name, string.IsNullOrEmpty(definitionId) ? null : definitionId, cancellationToken) };

    static async Task<object> ListConsumersAsync(string definitionId, DefinitionStore definitions, CancellationToken cancellationToken) =>
        new { ConsumingWorkflowDefinitionIds = await definitions.ListConsumersAsync(definitionId, cancellationToken) };

    static async Task<IReadOnlyList<JsonElement>?> ListVersionsAsync(string definitionId, HttpContext context, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken)
    {
        var (versions, _) = await definitions.ListAsync(new() { DefinitionIds = [definitionId], Order = DefinitionOrder.Version, IsDescending = true }, cancellationToken);
        if (versions.Count == 0) return null;
        var documents = await definitions.FindManyAsync([.. versions.Select(version => version.Id)], cancellationToken);
        return [.. documents.OrderByDescending(found => found.Definition.Version).Select(found => view.Show(found, MayEdit(context)))];
    }

    static async Task<ActivityPlace?> FindSubgraphAsync(string id, string? parentNodeId, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken) =>
        await definitions.FindByIdAsync(id, cancellationToken) is { } found ? view.Places(found).Find(parentNodeId) : null;

    static async Task<object?> FindSegmentsAsync(string id, string? childNodeId, DefinitionStore definitions, DefinitionView view, CancellationToken cancellationToken)
    {
        if (await definitions.FindByIdAsync(id, cancellationToken) is not { } found) return null;
        var way = view.Places(found).WayTo(childNodeId ?? "") ?? throw ElsaProblems.Refused("Unknown node ID");
        // The Studio shows flowcharts; the other containers are steps on the path to one.
        var steps = way.SkipLast(1).Zip(way.Skip(1)).Where(step => step.First.Type is not "Elsa.Flowchart")
            .Select(step => new { ActivityNodeId = step.First.NodeId, ActivityId = step.First.Id, ActivityType = step.First.Type, PortName = step.Second.Port, ActivityName = step.First.Name ?? step.First.Type }).ToList();
        var container = steps is [.., var last] ? way.Last(place => place.Id == last.ActivityId) : way[0];
        return new { ChildNode = way[^1], Container = container, PathSegments = steps };
    }
}
