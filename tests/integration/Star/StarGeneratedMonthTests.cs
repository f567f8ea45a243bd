using Orchestrator.Activities.Exports;
using Orchestrator.Activities.Sales;
using Orchestrator.Activities.Star;
using Orchestrator.Activities.Store;

namespace Orchestrator.Tests.Integration.Star;

public sealed class StarGeneratedMonthTests : IDisposable
{
    readonly StarMonths months = new();

    public void Dispose() => months.Dispose();

    [Fact]
    public async Task A_generated_month_comes_out_as_its_control_totals_say()
    {
        foreach (var month in new[] { "2026-08", "2026-09", "2026-10", "2026-07", "2026-10" })
        {
            var (generated, _) = await months.ExecuteAsync<GenerateSales>(month, ("Rows", 20_000));
            await months.ExecuteAsync<UploadPartitions>(month, ("Staged", generated["Staged"]));
            await months.BuildAsync(month);
            await months.ExecuteAsync<BuildMart>(month, ("Mart", "mart_customer_monthly"));
            await months.ExecuteAsync<BuildMart>(month, ("Mart", "mart_sales_monthly"));
            var (_, check) = await months.ExecuteAsync<CheckAssets>(month, ("ControlTotals", generated["ControlTotals"]));
            Assert.NotEmpty(check.Checks);
            Assert.All(check.Checks, result => Assert.True(result.IsPassed, $"{month}: {result.Check}: {result.Actual} instead of {result.Expected}."));
            var (_, coupons) = await months.ExecuteAsync<ExportCoupons>(month);
            var (_, incentives) = await months.ExecuteAsync<ExportIncentives>(month);
            Assert.All(coupons.Materializations.Concat(incentives.Materializations), list => Assert.True(list.Rows > 0));
        }
    }
}
