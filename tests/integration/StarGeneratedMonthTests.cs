using System.Diagnostics;
using Orchestrator.Activities.Exports;
using Orchestrator.Activities.Sales;
using Orchestrator.Activities.Star;
using Orchestrator.Activities.Store;

namespace Orchestrator.Tests.Integration;

public sealed class StarGeneratedMonthTests(ITestOutputHelper output) : IDisposable
{
    readonly StarMonths months = new();

    public void Dispose() => months.Dispose();

    [Fact]
    public async Task A_generated_month_comes_out_as_its_control_totals_say()
    {
        // The size can be raised to look at times.
        var rows = int.Parse(Environment.GetEnvironmentVariable("STAR_ROWS") ?? "20000", System.Globalization.CultureInfo.InvariantCulture);
        foreach (var month in new[] { "2026-08", "2026-09", "2026-10", "2026-07", "2026-10" })
        {
            var (generated, _) = await months.ExecuteAsync<GenerateSales>(month, ("Rows", rows));
            await months.ExecuteAsync<UploadPartitions>(month, ("Staged", generated["Staged"]));
            var built = await TimedAsync("star", () => months.BuildAsync(month));
            output.WriteLine(string.Join(", ", built));
            await TimedAsync("customers", () => months.ExecuteAsync<BuildMart>(month, ("Mart", "mart_customer_monthly")));
            await TimedAsync("sales", () => months.ExecuteAsync<BuildMart>(month, ("Mart", "mart_sales_monthly")));
            await TimedAsync("checks", () => months.ExecuteAsync<CheckAssets>(month, ("ControlTotals", generated["ControlTotals"])));
            await TimedAsync("coupons", () => months.ExecuteAsync<ExportCoupons>(month));
            await TimedAsync("incentives", () => months.ExecuteAsync<ExportIncentives>(month));
        }

        async Task<T> TimedAsync<T>(string step, Func<Task<T>> work)
        {
            var clock = Stopwatch.StartNew();
            var result = await work();
            output.WriteLine($"{step} {clock.ElapsedMilliseconds} ms");
            return result;
        }
    }
}
