namespace Orchestrator.Activities.Star;

/// <summary>Names of the assets that the star schema reads and writes, besides its dimensions.</summary>
static class StarAssets
{
    public static readonly AssetKey Sales = new("raw/sales");
    public static readonly AssetKey Dates = new("dim_date");
    public static readonly AssetKey Fact = new("fact_sales");

    /// <summary>Names under which figures travel with a materialization.</summary>
    public const string Total = "total", HighestKey = "highest_key", FirstDay = "first_day", EndDay = "end_day";
}
