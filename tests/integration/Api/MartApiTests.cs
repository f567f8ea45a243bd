using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Tests.Integration.Api;

public sealed class MartApiTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Top_lists_are_by_rank_without_the_unknown_member()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 5_000, customers: 50);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        var marts = new MartQueries(new(files.DataSource));

        var customers = await marts.TopCustomersAsync(StarFiles.October, 3, Token);
        var people = await marts.TopSalesPeopleAsync(StarFiles.October, 2_000, Token);

        Assert.Equal([1, 2, 3], customers.Select(customer => customer.Rank));
        Assert.Equal(customers.OrderByDescending(customer => customer.TotalPurchaseCost), customers);
        var first = customers[0];
        Assert.Equal($"{first.Sales} {first.TotalPurchaseCost}", await files.QueryAsync<string>(
            $"select count(*) || ' ' || sum(total_cost) from sales.fact_sales join sales.dim_customer using (customer_key) where customer_id = '{first.CustomerId}'"));
        Assert.True(people.Count is > 900 and <= 1_000);
        Assert.DoesNotContain(people, person => person.SalesPersonId == "(unknown)");
        Assert.Empty(await marts.TopCustomersAsync(StarFiles.November, 3, Token));
    }
}
