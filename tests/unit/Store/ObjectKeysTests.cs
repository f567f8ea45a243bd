using Orchestrator.Activities.Store;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Tests.Unit.Store;

public sealed class ObjectKeysTests
{
    static readonly ActivityAttempt Attempt = new()
    {
        RunId = new("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"), ActivityId = "Upload 1/Ü", Attempt = 3, FencingToken = 1, WorkDirectory = "", Observer = new Deaf(),
        SaveCheckpointAsync = (_, _) => Task.CompletedTask,
    };

    [Theory]
    [InlineData("raw/sales", "raw/sales/month=2026-10/")]
    [InlineData("quarantine/sales", "quarantine/sales/month=2026-10/")]
    [InlineData("fact_sales", "star/fact_sales/month=2026-10/")]
    [InlineData("mart_customer_monthly", "mart/mart_customer_monthly/month=2026-10/")]
    [InlineData("export/coupons", "export/coupons/month=2026-10/")]
    public void A_month_of_an_asset_lies_in_its_folder(string asset, string folder) =>
        Assert.Equal($"{folder}0190a1b2c3d47e5f8a9b0c1d2e3f4a5b-Upload_201_2F_C3_9C-3/part-00012.parquet",
            ObjectKeys.KeyOf(new(asset), Partition.Parse("2026-10"), Attempt, ObjectKeys.PartName(12)));

    [Fact]
    public void A_dimension_has_no_month() =>
        Assert.Equal("star/dim_customer/0190a1b2c3d47e5f8a9b0c1d2e3f4a5b-Upload_201_2F_C3_9C-3/",
            ObjectKeys.PrefixOf(new("dim_customer"), null, Attempt));

    [Fact]
    public void Every_key_laid_out_is_a_key() =>
        Assert.True(ObjectKeys.IsKey(ObjectKeys.KeyOf(new("raw/sales"), Partition.Parse("2026-10"), Attempt, "coupons ü.csv")));

    sealed class Deaf : IAttemptObserver
    {
        public void OnProgress(ActivityAttempt attempt, ActivityProgress progress) { }

        public void OnLog(ActivityAttempt attempt, string eventName, string? message) { }
    }
}
