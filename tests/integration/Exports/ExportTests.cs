using System.Text;
using Orchestrator.Activities.Exports;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Exports;

public sealed class ExportTests : IDisposable
{
    const string Month = "2026-10";

    readonly StarMonths months = new();

    public void Dispose() => months.Dispose();

    [Fact]
    public async Task Coupons_go_to_the_best_customers_with_an_amount_by_tier()
    {
        await LoadAsync();
        var (outputs, _) = await months.ExecuteAsync<ExportCoupons>(Month, ("Top", 3), ("Tiers", Tiers((0, 5m), (100, 12.5m))));
        Assert.Equal("month,rank,customer_id,total_purchase_cost,sales,coupon\r\n2026-10,1,C3,250.00,1,12.50\r\n2026-10,2,C1,20.00,2,5.00\r\n2026-10,3,C2,20.00,1,5.00\r\n", await CsvAsync("export/coupons"));
        Assert.Equal([new RewardedPlace(1, "C3", 250m, 1, 12.5m), new(2, "C1", 20m, 2, 5m), new(3, "C2", 20m, 1, 5m)], (IReadOnlyList<RewardedPlace>)outputs["First"]!);
        var list = (await months.FindAsync("export/coupons", Month))!;
        Assert.Equal((3L, 22.5m), (list.Rows, list.Figures["coupon"]));
        Assert.Equal([(await months.FindAsync("mart_customer_monthly", Month))!.Id], list.Inputs);
        Assert.Matches("^export/coupons/month=2026-10/[^/]+/coupons.csv$", list.Files[0].Path);
    }

    [Fact]
    public async Task Incentives_leave_out_the_sales_of_nobody()
    {
        await LoadAsync();
        await months.ExecuteAsync<ExportIncentives>(Month, ("Top", 10), ("Tiers", Tiers((0, 1m))));
        Assert.Equal("month,rank,sales_person_id,total_sales,sales,incentive\r\n2026-10,1,P1,20.00,1,1.00\r\n2026-10,2,P2,10.00,1,1.00\r\n", await CsvAsync("export/incentives"));
    }

    [Fact]
    public async Task Share_is_rounded_up_to_whole_places()
    {
        await LoadAsync();
        await months.ExecuteAsync<ExportCoupons>(Month, ("Share", 0.26m));
        Assert.Equal(2, (await months.FindAsync("export/coupons", Month))!.Rows);
        await months.ExecuteAsync<ExportCoupons>(Month, ("Share", 0.25m));
        Assert.Equal(1, (await months.FindAsync("export/coupons", Month))!.Rows);
        await months.ExecuteAsync<ExportCoupons>(Month, ("Share", 1m));
        Assert.Equal(4, (await months.FindAsync("export/coupons", Month))!.Rows);
    }

    [Fact]
    public async Task Totals_below_the_minimum_or_all_tiers_earn_nothing()
    {
        await LoadAsync();
        await months.ExecuteAsync<ExportCoupons>(Month, ("Minimum", 20m));
        Assert.Equal(3, (await months.FindAsync("export/coupons", Month))!.Rows);
        await months.ExecuteAsync<ExportCoupons>(Month, ("Tiers", Tiers((100, 5m))));
        Assert.Equal(1, (await months.FindAsync("export/coupons", Month))!.Rows);
    }

    [Fact]
    public async Task Ids_with_commas_quotes_and_line_ends_are_quoted()
    {
        await months.LoadAsync(Month, "('a,b', 'S1', 1, null, 1, 3.00), ('say \"hi\"', 'S1', 1, null, 1, 2.00), ('Ærø', 'S1', 1, null, 1, 1.00)");
        await months.ExecuteAsync<ExportCoupons>(Month);
        Assert.Equal("month,rank,customer_id,total_purchase_cost,sales,coupon\r\n2026-10,1,\"a,b\",3.00,1,5.00\r\n2026-10,2,\"say \"\"hi\"\"\",2.00,1,5.00\r\n2026-10,3,Ærø,1.00,1,5.00\r\n", await CsvAsync("export/coupons"));
    }

    [Fact]
    public async Task Ids_that_a_spreadsheet_would_compute_are_text()
    {
        await months.LoadAsync(Month, "('=1+1', 'S1', 1, null, 1, 3.00), ('-5', 'S1', 1, null, 1, 2.00)");
        await months.ExecuteAsync<ExportCoupons>(Month);
        Assert.Equal("month,rank,customer_id,total_purchase_cost,sales,coupon\r\n"
            + "2026-10,1,\"'=1+1\",3.00,1,5.00\r\n2026-10,2,\"'-5\",2.00,1,5.00\r\n", await CsvAsync("export/coupons"));
    }

    [Fact]
    public async Task Everything_wrong_with_a_rule_is_said_at_once()
    {
        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => months.ExecuteAsync<ExportCoupons>(
            Month, ("Top", 0), ("Share", 1.5m), ("Minimum", -1m), ("Tiers", Tiers((0, 5m), (-1, 0m), (0, 1.005m)))));
        Assert.Equal(("export.invalid_rule", false), (refused.Code, refused.IsRetryable));
        Assert.Equal("The rule for coupons cannot be used: 'top' and 'share' are both given: give one of them; 'top' is 0: it must be 1 or more; "
            + "'share' is 1.5: it must be above 0 and at most 1, such as 0.05 for 5 %; 'minimum' is -1: it must be 0 or more; "
            + "'tiers[1].from' is -1: it must be 0 or more; 'tiers[1].amount' is 0: it must be above 0 and in whole cents; "
            + "'tiers[2].amount' is 1.005: it must be above 0 and in whole cents; 'tiers[2].from' is 0: an earlier tier starts there too.", refused.Message);
    }

    [Fact]
    public async Task Same_mart_gives_the_same_bytes()
    {
        await LoadAsync();
        await months.ExecuteAsync<ExportCoupons>(Month);
        var first = (await months.FindAsync("export/coupons", Month))!.Files[0].Sha256;
        await months.ExecuteAsync<ExportCoupons>(Month);
        Assert.Equal(first, (await months.FindAsync("export/coupons", Month))!.Files[0].Sha256);
    }

    Task<IReadOnlyList<string>> LoadAsync() => months.LoadAsync(Month,
        "('C2', 'S1', 1, 'P1', 1, 20.00), ('C1', 'S1', 1, 'P2', 1, 10.00), ('C1', 'S1', 1, null, 1, 10.00), ('C3', 'S1', 1, null, 1, 250.00), ('C4', 'S1', 1, null, 1, 1.00)");

    static IReadOnlyList<RewardTier> Tiers(params (decimal From, decimal Amount)[] tiers) => [.. tiers.Select(tier => new RewardTier(tier.From, tier.Amount))];

    async Task<string> CsvAsync(string asset) => Encoding.UTF8.GetString(await months.ReadBytesAsync((await months.FindAsync(asset, Month))!));
}
