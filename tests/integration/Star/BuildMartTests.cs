using Orchestrator.Activities.Star;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Star;

public sealed class BuildMartTests : IDisposable
{
    readonly StarMonths months = new();

    public void Dispose() => months.Dispose();

    [Fact]
    public async Task Customers_are_ranked_by_what_they_bought_and_ties_go_by_id_bytewise()
    {
        await months.LoadAsync("2026-10", "('b', 'S1', 1, 'P1', 1, 5.00), ('a', 'S1', 2, 'P1', 1, 2.00), ('a', 'S1', 3, 'P1', 1, 3.00), ('B', 'S1', 1, 'P1', 1, 5.00), ('Ä', 'S1', 1, 'P1', 1, 5.00), ('z', 'S1', 1, 'P1', 1, 9.99)");
        Assert.Equal(
            ["2026-10-01|z|9.99|1|1", "2026-10-01|B|5.00|1|2", "2026-10-01|a|5.00|2|3", "2026-10-01|b|5.00|1|4", "2026-10-01|Ä|5.00|1|5"],
            await months.RowsAsync("mart_customer_monthly", "2026-10", "*", "rank"));
        Assert.Equal(["month date", "customer_id text", "total_purchase_cost decimal(18,2)", "sales bigint", "rank int"],
            (await months.FindAsync("mart_customer_monthly", "2026-10"))!.Columns.Select(column => $"{column.Name} {column.Type}"));
    }

    [Fact]
    public async Task Sales_of_nobody_count_but_have_no_rank()
    {
        await months.LoadAsync("2026-10", "('C1', 'S1', 1, 'P1', 1, 5.00), ('C1', 'S1', 2, null, 1, 7.50), ('C1', 'S1', 3, null, 1, 2.50)");
        Assert.Equal(["2026-10-01|P1|5.00|1|1", "2026-10-01|(unknown)|10.00|2|null"], await months.RowsAsync("mart_sales_monthly", "2026-10", "*", "rank nulls last"));
    }

    [Fact]
    public async Task Month_without_sales_has_an_empty_mart()
    {
        await months.LoadAsync("2026-10", "('C1', 'S1', 1, 'P1', 1, 5.00) limit 0");
        Assert.Empty(await months.RowsAsync("mart_customer_monthly", "2026-10", "*", "rank"));
        await months.ExecuteAsync<CheckAssets>("2026-10");
    }

    [Fact]
    public async Task Mart_names_the_facts_and_the_dimension_it_was_made_from()
    {
        await months.LoadAsync("2026-10", "('C1', 'S1', 1, 'P1', 1, 5.00)");
        var mart = (await months.FindAsync("mart_sales_monthly", "2026-10"))!;
        Assert.Equal([(await months.FindAsync("fact_sales", "2026-10"))!.Id, (await months.FindAsync("dim_sales_person"))!.Id], mart.Inputs);
        Assert.Equal(5m, mart.Figures["total"]);
        Assert.StartsWith("mart/mart_sales_monthly/month=2026-10/", mart.Location, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mart_nobody", "There is no mart 'mart_nobody'. Set the input 'mart' to one of: mart_customer_monthly, mart_sales_monthly.")]
    [InlineData("dim_customer", "There is no mart 'dim_customer'. Set the input 'mart' to one of: mart_customer_monthly, mart_sales_monthly.")]
    [InlineData(null, "There is no mart ''. Set the input 'mart' to one of: mart_customer_monthly, mart_sales_monthly.")]
    public async Task Unknown_mart_is_refused_with_those_there_are(string? mart, string message)
    {
        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => months.ExecuteAsync<BuildMart>("2026-10", ("Mart", mart)));
        Assert.Equal(("mart.unknown", message, false), (refused.Code, refused.Message, refused.IsRetryable));
    }

    [Fact]
    public async Task Mart_before_the_star_schema_is_refused()
    {
        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => months.ExecuteAsync<BuildMart>("2026-10", ("Mart", "mart_sales_monthly")));
        Assert.Equal("assets.not_materialized", refused.Code);
    }
}
