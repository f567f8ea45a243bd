using System.ComponentModel;
using System.Globalization;
using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Server.Access;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Server.Api;

/// <summary>Top places of a month.</summary>
/// <param name="Month">The month.</param>
/// <param name="Places">By rank; empty if the month is not loaded.</param>
public sealed record TopResponse<TPlace>(Partition Month, IReadOnlyList<TPlace> Places);

/// <summary><c>/marts</c> and <c>/indexes</c>: the answers to the business questions.</summary>
static class MartEndpoints
{
    const int MostPlaces = 100_000;

    public static void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("").WithTags("Marts");
        group.MapGet("/marts/top-customers", ListTopCustomersAsync).RequireAccess(AccessRole.Viewer)
            .WithName("topCustomers").WithSummary("Lists the customers with the highest purchases of a month.")
            .WithProblems(400, "request.bad_month", "request.bad_limit");
        group.MapGet("/marts/top-sales-people", ListTopSalesPeopleAsync).RequireAccess(AccessRole.Viewer)
            .WithName("topSalesPeople").WithSummary("Lists the sales people with the highest sales of a month.")
            .WithProblems(400, "request.bad_month", "request.bad_limit");
        group.MapGet("/indexes/report", ShowIndexReportAsync).RequireAccess(AccessRole.Viewer)
            .WithName("indexReport").WithSummary("Shows the measurements and decisions of index tuning, per query and per index.")
            .WithProblems(400, "request.bad_month").WithProblems(404, "indexes.not_tuned");
    }

    static async Task<TopResponse<TopCustomer>> ListTopCustomersAsync(
        MartQueries marts, TimeProvider time, CancellationToken cancellationToken,
        [Description("The month. Default the last complete month (UTC).")] string? month = null,
        [Description("Maximum number of places, 1 to 100000. Default 10.")] int limit = 10)
    {
        var partition = RequestValues.MonthOrLast("month", month, time);
        return new(partition, await marts.TopCustomersAsync(partition, Places(limit), cancellationToken));
    }

    static async Task<TopResponse<TopSalesPerson>> ListTopSalesPeopleAsync(
        MartQueries marts, TimeProvider time, CancellationToken cancellationToken,
        [Description("The month. Default the last complete month (UTC).")] string? month = null,
        [Description("Maximum number of places, 1 to 100000. Default 10.")] int limit = 10)
    {
        var partition = RequestValues.MonthOrLast("month", month, time);
        return new(partition, await marts.TopSalesPeopleAsync(partition, Places(limit), cancellationToken));
    }

    static async Task<TuningReport> ShowIndexReportAsync(
        IndexReports reports, CancellationToken cancellationToken,
        [Description("The month. Default the one that was tuned last.")] string? month = null) =>
        await reports.LatestAsync(RequestValues.Month("month", month), cancellationToken)
        ?? throw new ApiException(404, "indexes.not_tuned", $"No indexes were tuned{(month is null ? "" : $" on {month}")} yet. A run of monthly-sales does it.");

    static int Places(int limit) => limit is >= 1 and <= MostPlaces ? limit
        : throw new ApiException(400, "request.bad_limit", string.Create(CultureInfo.InvariantCulture, $"'limit' is {limit}, but must be from 1 to {MostPlaces}."));
}
