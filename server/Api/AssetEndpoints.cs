using System.ComponentModel;
using Orchestrator.Server.Access;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Api;

/// <summary><c>/assets</c>, <c>/partitions</c>, <c>/materializations</c> and <c>/checks</c>.</summary>
static class AssetEndpoints
{
    internal const string UnknownAsset = "assets.not_materialized";

    public static void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("").WithTags("Assets");
        group.MapGet("/assets", ListAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listAssets").WithSummary("Lists the assets by name, each with its last materialization.");
        group.MapGet("/assets/{asset}", ShowAsync).RequireAccess(AccessRole.Viewer)
            .WithName("showAsset").WithSummary("Shows the last materialization of an asset; a slash in its name is written %2F.")
            .WithProblems(404, UnknownAsset).WithProblems(400, "request.bad_month");
        group.MapGet("/assets/{asset}/partitions", ListPartitionsOfAssetAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listPartitionsOfAsset").WithSummary("Lists what readers see of each month of an asset.").WithProblems(404, UnknownAsset);
        group.MapGet("/assets/{asset}/materializations", ListMaterializationsAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listMaterializations").WithSummary("Lists the materializations of an asset, in pages, newest first.")
            .WithProblems(400, "request.bad_month", "request.bad_limit", "request.bad_cursor");
        group.MapGet("/partitions", ListPartitionsAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listPartitions").WithSummary("Lists the months that have data, latest first.");
        group.MapGet("/partitions/{partition}", ShowPartitionAsync).RequireAccess(AccessRole.Viewer)
            .WithName("showPartition").WithSummary("Lists what readers see of a month, by asset.").WithProblems(400, "request.bad_month");
        group.MapGet("/materializations/{id}", ShowMaterializationAsync).RequireAccess(AccessRole.Viewer)
            .WithName("showMaterialization").WithSummary("Shows a materialization, whether readers still see it or not.").WithProblems(404, "materialization.unknown");
        group.MapGet("/materializations/{id}/lineage", ShowLineageAsync).RequireAccess(AccessRole.Viewer)
            .WithName("showLineage").WithSummary("Shows the exact data that a materialization was made from, and what was made from it.")
            .WithProblems(404, "materialization.unknown");
        ForgetEndpoints.Map(group);
        group.MapGet("/checks", ListChecksAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listChecks").WithSummary("Lists checks of the data, in pages, newest first.")
            .WithProblems(400, "request.bad_month", "request.bad_limit", "request.bad_cursor");
    }

    static async Task<IReadOnlyList<MaterializationResponse>> ListAsync(PostgresAssetCatalog catalog, AssetAddresses addresses, CancellationToken cancellationToken) =>
        [.. (await catalog.ListAssetsAsync(cancellationToken)).Select(addresses.Show)];

    static async Task<MaterializationResponse> ShowAsync(
        string asset, PostgresAssetCatalog catalog, AssetAddresses addresses, CancellationToken cancellationToken,
        [Description("The month. Default the one that was written last.")] string? partition = null)
    {
        var (key, month) = (RequestValues.Asset(asset), RequestValues.Month("partition", partition));
        var shown = month is null
            ? (await catalog.ListCurrentAsync(key, cancellationToken)).MaxBy(written => written.Sequence)
            : await catalog.FindAsync(key, month, cancellationToken);
        return shown is not null ? addresses.Show(shown) : throw await NotThereAsync(catalog, key, month, cancellationToken);
    }

    static async Task<IReadOnlyList<MaterializationResponse>> ListPartitionsOfAssetAsync(
        string asset, PostgresAssetCatalog catalog, AssetAddresses addresses, CancellationToken cancellationToken)
    {
        var current = await catalog.ListCurrentAsync(RequestValues.Asset(asset), cancellationToken);
        return current.Count > 0 ? [.. current.Select(addresses.Show)] : throw await NotThereAsync(catalog, RequestValues.Asset(asset), month: null, cancellationToken);
    }

    static async Task<Page<MaterializationResponse>> ListMaterializationsAsync(
        string asset, PostgresAssetCatalog catalog, AssetAddresses addresses, CancellationToken cancellationToken,
        [Description("Only of this month.")] string? partition = null,
        [Description("'next' of the previous page.")] string? cursor = null,
        [Description("Items of a page, 1 to 500. Default 50.")] int? limit = null)
    {
        var most = PageCursor.Limit(limit);
        var found = await catalog.ListPageAsync(
            RequestValues.Asset(asset), RequestValues.Month("partition", partition), PageCursor.ReadNumber(cursor), most + 1, cancellationToken);
        return PageCursor.Page(found, most, addresses.Show, materialization => [materialization.Sequence]);
    }

    static async Task<IReadOnlyList<PartitionResponse>> ListPartitionsAsync(PostgresAssetCatalog catalog, CancellationToken cancellationToken) =>
        [.. (await catalog.ListPartitionsAsync(cancellationToken)).Select(PartitionResponse.Of)];

    static async Task<IReadOnlyList<MaterializationResponse>> ShowPartitionAsync(
        string partition, PostgresAssetCatalog catalog, AssetAddresses addresses, CancellationToken cancellationToken) =>
        [.. (await catalog.ListOfPartitionAsync(RequestValues.Month("partition", partition)!.Value, cancellationToken)).Select(addresses.Show)];

    static async Task<MaterializationResponse> ShowMaterializationAsync(
        Guid id, PostgresAssetCatalog catalog, AssetAddresses addresses, CancellationToken cancellationToken) =>
        addresses.Show(await FindAsync(catalog, id, cancellationToken));

    static async Task<LineageResponse> ShowLineageAsync(Guid id, PostgresAssetCatalog catalog, AssetAddresses addresses, CancellationToken cancellationToken) => new(
        addresses.Show(await FindAsync(catalog, id, cancellationToken)),
        [.. (await catalog.ListUpstreamAsync(id, cancellationToken)).Select(addresses.Show)],
        [.. (await catalog.ListDownstreamAsync(id, cancellationToken)).Select(addresses.Show)]);

    static async Task<Page<CheckResponse>> ListChecksAsync(
        RunStore runs, CancellationToken cancellationToken,
        [Description("Only of this asset.")] string? asset = null,
        [Description("Only of this month.")] string? partition = null,
        [Description("Only those that passed, or that failed.")] bool? isPassed = null,
        [Description("'next' of the previous page.")] string? cursor = null,
        [Description("Items of a page, 1 to 500. Default 50.")] int? limit = null)
    {
        var most = PageCursor.Limit(limit);
        var found = await runs.ListChecksAsync(asset, RequestValues.Month("partition", partition), isPassed, PageCursor.ReadNumber(cursor), most + 1, cancellationToken);
        return PageCursor.Page(found, most, check => CheckResponse.Of(check.Check), check => [check.Id]);
    }

    static async Task<Materialization> FindAsync(PostgresAssetCatalog catalog, Guid id, CancellationToken cancellationToken) =>
        await catalog.FindAsync(id, cancellationToken)
        ?? throw new ApiException(404, "materialization.unknown", $"There is no materialization {id}. GET {ApiRoutes.Root}/assets lists the newest ones with their ids.");

    /// <summary>Creates the error for an asset or month of which nothing is visible.</summary>
    internal static async Task<ApiException> NotThereAsync(
        PostgresAssetCatalog catalog, AssetKey asset, Partition? month, CancellationToken cancellationToken)
    {
        var known = (await catalog.ListAssetsAsync(cancellationToken)).Select(found => found.Asset.Name).ToList();
        return new(404, UnknownAsset, known.Contains(asset.Name, StringComparer.Ordinal)
            ? $"Asset '{asset}' has no data for {month}. 'orchestrator assets show {asset}' lists the months it has."
            : $"There is no asset '{asset}'. {(known.Count == 0 ? "Nothing was written yet: 'orchestrator run monthly-sales' does." : $"There are {string.Join(", ", known)}.")}");
    }
}
