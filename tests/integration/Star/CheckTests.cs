using Orchestrator.Activities.Sales;
using Orchestrator.Activities.Star;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Star;

public sealed class CheckTests : IDisposable
{
    const string Month = "2026-10";

    readonly StarMonths months = new();

    public void Dispose() => months.Dispose();

    [Fact]
    public async Task Month_that_was_built_passes_every_check()
    {
        await LoadAsync();
        await CheckAsync(new(3, 1750, [new("C1", 1250, 2), new("C2", 500, 1)], [new("P1", 1000, 1), new("P2", 500, 1)]));
        Assert.All(months.Harness.Checks, check => Assert.True(check.IsPassed, $"{check.Check} of {check.Asset}"));
        Assert.Equal(27, months.Harness.Checks.Count);
        Assert.Equal(27, months.Harness.Checks.Select(check => (check.Check, check.Asset)).Distinct().Count());
    }

    [Fact]
    public async Task Month_without_control_totals_is_checked_against_itself()
    {
        await LoadAsync();
        await CheckAsync(null);
        Assert.Equal(24, months.Harness.Checks.Count);
    }

    [Fact]
    public async Task Control_totals_that_differ_stop_the_run_with_both_figures()
    {
        await LoadAsync();
        var failure = await FailAsync(new(4, 1750, null, null));
        Assert.Equal(("checks.failed", false), (failure.Code, failure.IsRetryable));
        Assert.Equal("1 of 25 checks of 2026-10 failed: control_totals of raw/sales: expected 4 rows, total 17.50, found 3 rows, total 17.50. Nothing was published.", failure.Message);
        Assert.Single(months.Harness.Checks, check => !check.IsPassed);
    }

    [Fact]
    public async Task Top_list_that_differs_names_the_places()
    {
        await LoadAsync();
        await FailAsync(new(3, 1750, [new("C2", 1250, 2), new("C1", 500, 1)], null));
        var failed = Assert.Single(months.Harness.Checks, check => !check.IsPassed);
        Assert.Equal(("control_top_customers", new AssetKey("mart_customer_monthly")), (failed.Check, failed.Asset));
        Assert.Equal("place 1: expected C2 12.50 (2 sales), found C1 12.50 (2 sales)", failed.OffendingRows[0]);
    }

    [Theory]
    [InlineData("fact_sales", "select * replace (999 as customer_key) from {0}", "fact_customer_keys", "customer_key=999, first_day=20261001, last_day=20261003, sales=3, first_valid=null, first_invalid=null")]
    [InlineData("fact_sales", "select * replace (999 as store_key) from {0}", "fact_store_keys", "store_key=999, first_day=20261001, last_day=20261003, sales=3, first_valid=null, first_invalid=null")]
    [InlineData("fact_sales", "select * replace (999 as sales_person_key) from {0}", "fact_sales_person_keys", "sales_person_key=999, first_day=20261001, last_day=20261003, sales=3, first_valid=null, first_invalid=null")]
    [InlineData("fact_sales", "select * replace (20261103 as date_key) from {0} where date_key = 20261003", "fact_date_keys", "date_key=20261103, sales=1, date=null")]
    [InlineData("fact_sales", "select * from {0} where date_key < 20261003", "fact_equals_raw", "date_key=20261003, raw_sales=1, fact_sales=null, raw_total=2.50, fact_total=null")]
    [InlineData("fact_sales", "select * replace (total_cost + 0.01 as total_cost) from {0}", "total_equals_raw", null)]
    [InlineData("fact_sales", "select * replace (null as price) from {0} where date_key = 20261001", "fact_values", "customer_key=1, store_key=1, sales_person_key=1, date_key=20261001, price=null, quantity=1, total_cost=10.00")]
    [InlineData("mart_customer_monthly", "select * from {0} where rank > 1", "mart_customer_monthly_equals_fact", "customer_id=C1, fact_sales=2, mart_sales=null, fact_total=12.50, mart_total=null, mart_rows=null")]
    [InlineData("mart_customer_monthly", "select * from {0} union all select * from {0} where rank = 2", "mart_customer_monthly_equals_fact", "customer_id=C2, fact_sales=1, mart_sales=2, fact_total=5.00, mart_total=10.00, mart_rows=2")]
    [InlineData("mart_sales_monthly", "select * replace (3 - rank as rank) from {0}", "mart_sales_monthly_ranks", "sales_person_id=P1, total_sales=10.00, rank=2, expected_rank=1")]
    [InlineData("mart_sales_monthly", "select * replace (total_sales - 1 as total_sales) from {0}", "mart_sales_monthly_equals_fact", null)]
    [InlineData("dim_customer", "select * from {0} union all select * from {0} where customer_key = 1", "version_keys_unique", "member_key=1, versions=2")]
    [InlineData("dim_customer", "select * from {0} union all select 9, 'C1', 'iron', 'Rome', date '2026-10-15', date '9999-12-31', true", "versions_follow_each_other", null)]
    [InlineData("dim_store", "select * replace (date '2026-10-02' as valid_from) from {0} where store_key > 0", "fact_store_keys", "store_key=1, first_day=20261001, last_day=20261003, sales=3, first_valid=20261002, first_invalid=99991231")]
    [InlineData("dim_sales_person", "select * from {0} where sales_person_key > 0", "unknown_member_exists", "versions=0")]
    [InlineData("dim_date", "select * from {0} where date_key <> 20261015", "dates_continuous", "date_key=20261016, date=2026-10-16, day_before=2026-10-14")]
    public async Task Broken_data_is_found_before_anything_is_published(string asset, string change, string check, string? offender)
    {
        await LoadAsync();
        await months.ReplaceAsync(asset, asset.StartsWith("dim_", StringComparison.Ordinal) ? null : Month, change);
        var failure = await FailAsync(null);
        Assert.Contains(check, failure.Message, StringComparison.Ordinal);
        var failed = months.Harness.Checks.Where(result => result.Check == check && !result.IsPassed).ToList();
        Assert.NotEmpty(failed);
        if (offender is not null) Assert.Contains(offender, failed[0].OffendingRows);
    }

    [Fact]
    public async Task No_more_than_ten_offending_rows_are_shown_and_all_are_counted()
    {
        await LoadAsync();
        await months.ReplaceAsync("fact_sales", Month, "select * replace (-1 as quantity) from {0} cross join range(7)");
        await FailAsync(null);
        var failed = months.Harness.Checks.Single(check => check.Check == "fact_values");
        Assert.Equal(("no rows that break it", "21 rows", 10), (failed.Expected, failed.Actual, failed.OffendingRows.Count));
    }

    Task<IReadOnlyList<string>> LoadAsync() => months.LoadAsync(Month,
        "('C1', 'S1', 1, 'P1', 1, 10.00), ('C2', 'S1', 2, 'P2', 1, 5.00), ('C1', 'S1', 3, null, 1, 2.50)", "('C1', 'gold', 'Rome')", "('S1', 'north')", "('P1', 'red')");

    async Task CheckAsync(ControlTotals? control) => await months.ExecuteAsync<CheckAssets>(Month, ("ControlTotals", control));

    Task<ActivityFailedException> FailAsync(ControlTotals? control) => Assert.ThrowsAsync<ActivityFailedException>(() => CheckAsync(control));
}
