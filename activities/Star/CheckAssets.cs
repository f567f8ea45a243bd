using System.Globalization;
using Orchestrator.Activities.Sales;
using Orchestrator.Spark.Models;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Activities.Star;

/// <summary>
/// Tests the month before anything is published: rows and money are the same at every hop, keys are unique and resolve, versions follow
/// each other, values keep their rules, and the figures that the source counted come out. Every result is recorded.
/// </summary>
/// <exception cref="ActivityFailedException">
/// <c>checks.failed</c>: checks with severity error failed; the message names them with their figures. <c>assets.not_materialized</c>:
/// something to be tested was not built; <c>sql.*</c>: the engine failed.
/// </exception>
[Activity("Orchestrator", "Star schema", "Checks a month of the star schema and its marts against the raw data and the control totals.",
    Kind = ActivityKind.Job, NeedsPartition = true)]
[Pool("spark")]
public sealed class CheckAssets : CodeActivity
{
    static readonly AssetKey CustomerMart = new("mart_customer_monthly");
    static readonly AssetKey SalesMart = new("mart_sales_monthly");

    // Each reads the sales once for all checks that need it.
    static readonly string[] SharedByChecks =
        ["stg_raw_days", "stg_fact_days", "stg_fact_customers", "stg_fact_stores", "stg_fact_sales_people"];

    static readonly string[] OfTheMonth =
    [
        "fact_equals_raw", "fact_values", "fact_customer_keys", "fact_store_keys", "fact_sales_person_keys", "fact_date_keys",
        "mart_customer_monthly_equals_fact", "mart_customer_monthly_ranks", "mart_sales_monthly_equals_fact", "mart_sales_monthly_ranks",
    ];

    static readonly string[] OfVersions = ["version_keys_unique", "versions_follow_each_other", "unknown_member_exists"];

    /// <summary>The totals that the source counted; without them, the month is checked against itself only.</summary>
    [Input(DisplayName = "Control totals", Description = "What the source says that the month comes to.")]
    public Input<ControlTotals> ControlTotals { get; set; } = default!;

    /// <inheritdoc/>
    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        var partition = context.GetPartition();
        var parameters = ModelSession.ParametersOf(partition);
        var sales = await context.GetMaterializationAsync(StarAssets.Sales, partition);
        var star = await StarOfMonth.FindAsync(
            context, partition, [.. Dimension.All.Select(dimension => dimension.Asset), StarAssets.Dates]);
        await using var session = await ModelSession.OpenAsync(context);
        await session.ReadAsync("raw_sales", sales);
        await star.ReadAsync(session);
        foreach (var mart in new[] { CustomerMart, SalesMart })
            await session.ReadAsync(mart.Name, await context.GetMaterializationAsync(mart, partition));

        // What needs no sums is checked while they are made.
        var models = context.GetRequiredService<ModelCatalog>();
        var checks = ChecksOf(session, partition).ToLookup(check => models[check.Model].Reads.Any(SharedByChecks.Contains));
        var (ofSums, others) = (CheckSumsAsync(), session.CheckAsync([.. checks[false]], parameters));
        await Task.WhenAll(ofSums, others);
        var results = new List<AssetCheckResult>([.. await ofSums, .. await others]);
        foreach (var result in results) context.AddCheckResult(result);
        context.SetMetric(MetricNames.Rows, star.Fact.Rows);
        context.SetMetric("checks", results.Count);
        var failed = results.Where(result => !result.IsPassed && result.Severity == CheckSeverity.Error).ToList();
        if (failed.Count > 0)
            throw new ActivityFailedException("checks.failed",
                string.Create(CultureInfo.InvariantCulture,
                    $"{failed.Count} of {results.Count} checks of {partition} failed: {string.Join("; ", failed.Select(InWords))}. " +
                    $"Nothing was published."),
                isRetryable: false);
        context.AddExecutionLogEntry("Checked",
            string.Create(CultureInfo.InvariantCulture, $"{results.Count} checks of {partition} passed."));

        async Task<IEnumerable<AssetCheckResult>> CheckSumsAsync()
        {
            await Task.WhenAll(SharedByChecks.Select(shared => session.MaterializeAsync(shared, shared, parameters)));
            var (totals, rules) = (CheckTotalsAsync(session, partition, sales, context.Get(ControlTotals)),
                session.CheckAsync([.. checks[true]], parameters));
            await Task.WhenAll(totals, rules);
            return [.. await totals, .. await rules];
        }
    }

    static IReadOnlyList<ModelCheck> ChecksOf(ModelSession session, Partition partition) =>
    [
        .. OfTheMonth.Select(check => new ModelCheck(check, null, partition)),
        .. from dimension in Dimension.All
           from check in OfVersions
           select new ModelCheck(check, dimension.Asset, null, ("versions", session.TextOf($"stg_{dimension.Member}_versions"))),
        new("dates_continuous", null, null),
    ];

    static async Task<IReadOnlyList<AssetCheckResult>> CheckTotalsAsync(
        ModelSession session, Partition partition, Materialization sales, ControlTotals? control)
    {
        var results = new List<AssetCheckResult>();
        var totals = (await session.QueryAsync("stg_totals", ModelSession.ParametersOf(partition)))[0];
        var raw = Sum(totals, "raw");
        if (control is not null) results.Add(TotalCheck("control_totals", StarAssets.Sales, partition, (control.Rows, control.Cents), raw));
        results.Add(TotalCheck("rows_in_manifest", StarAssets.Sales, partition, (sales.Rows, raw.Cents), raw));
        results.Add(TotalCheck("total_equals_raw", StarAssets.Fact, partition, raw, Sum(totals, "fact")));
        results.Add(TotalCheck("total_equals_raw", CustomerMart, partition, raw, Sum(totals, "customer")));
        results.Add(TotalCheck("total_equals_raw", SalesMart, partition, raw, Sum(totals, "sales_person")));
        if (control?.TopCustomers is { } customers)
            results.Add(await TopCheckAsync(session, CustomerMart, partition, "top_customers", customers));
        if (control?.TopSalesPeople is { } people)
            results.Add(await TopCheckAsync(session, SalesMart, partition, "top_sales_people", people));
        return results;
    }

    static AssetCheckResult TotalCheck(string check, AssetKey asset, Partition partition, (long Rows, long Cents) expected,
        (long Rows, long Cents) actual) =>
        new(check, asset, partition, CheckSeverity.Error, expected == actual, InWords(expected), InWords(actual), []);

    static async Task<AssetCheckResult> TopCheckAsync(
        ModelSession session, AssetKey mart, Partition partition, string model, IReadOnlyList<RankedTotal> expected)
    {
        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal) { ["places"] = expected.Count, ["minimum"] = 0m };
        var found = (await session.QueryAsync(model, parameters))
            .Select(row => new RankedTotal((string)row["id"]!, CentsOf(row["total"]), (long)row["sales"]!)).ToList();
        var places = Enumerable.Range(0, Math.Max(expected.Count, found.Count))
            .Select(place => (Place: place + 1, Expected: expected.ElementAtOrDefault(place), Actual: found.ElementAtOrDefault(place)))
            .Where(pair => pair.Expected != pair.Actual).ToList();
        return new($"control_{model}", mart, partition, CheckSeverity.Error, places.Count == 0,
            InWords(expected), InWords(found),
            [.. places.Take(10).Select(pair => $"place {pair.Place}: expected {InWords(pair.Expected)}, found {InWords(pair.Actual)}")]);
    }

    static (long Rows, long Cents) Sum(IReadOnlyDictionary<string, object?> totals, string hop) =>
        (Convert.ToInt64(totals[$"{hop}_sales"], CultureInfo.InvariantCulture), CentsOf(totals[$"{hop}_total"]));

    static long CentsOf(object? total) => (long)(Convert.ToDecimal(total, CultureInfo.InvariantCulture) * 100m);

    static string InWords((long Rows, long Cents) sum) =>
        string.Create(CultureInfo.InvariantCulture, $"{sum.Rows} rows, total {sum.Cents / 100m:f2}");

    static string InWords(IReadOnlyList<RankedTotal> places) => string.Join(", ", places.Select(InWords));

    static string InWords(RankedTotal? place) =>
        place is null ? "nobody" : string.Create(CultureInfo.InvariantCulture, $"{place.Id} {place.Cents / 100m:f2} ({place.Sales} sales)");

    static string InWords(AssetCheckResult failed) =>
        $"{failed.Check} of {failed.Asset}: expected {failed.Expected}, found {failed.Actual}";
}
