using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Warehouse;

/// <summary>Top lists of the marts, as they are loaded.</summary>
/// <param name="warehouse">Where they are.</param>
public sealed class MartQueries(WarehouseDatabase warehouse)
{
    const string TopCustomers = """
        select rank, customer_id as id, total_purchase_cost as total, sales from sales.mart_customer_monthly
        where month = $1 and rank is not null order by rank limit $2
        """;

    const string TopSalesPeople = """
        select rank, sales_person_id as id, total_sales as total, sales from sales.mart_sales_monthly
        where month = $1 and rank is not null order by rank limit $2
        """;

    /// <summary>The customers with the highest total purchase cost of a month, by rank; ties by id bytewise ascending.</summary>
    /// <param name="limit">Most places; at least 1.</param>
    /// <returns>Empty if the month is not loaded.</returns>
    public Task<IReadOnlyList<TopCustomer>> TopCustomersAsync(Partition month, int limit, CancellationToken cancellationToken) =>
        ReadAsync(TopCustomers, month, limit, static (rank, id, total, sales) => new TopCustomer(rank, id, total, sales),
            cancellationToken);

    /// <summary>The sales people with the highest total sales of a month, by rank; ties by id bytewise ascending.</summary>
    /// <param name="limit">Most places; at least 1.</param>
    /// <returns>Empty if the month is not loaded.</returns>
    public Task<IReadOnlyList<TopSalesPerson>> TopSalesPeopleAsync(Partition month, int limit, CancellationToken cancellationToken) =>
        ReadAsync(TopSalesPeople, month, limit, static (rank, id, total, sales) => new TopSalesPerson(rank, id, total, sales),
            cancellationToken);

    async Task<IReadOnlyList<TPlace>> ReadAsync<TPlace>(
        string query, Partition month, int limit, Func<int, string, decimal, long, TPlace> place, CancellationToken cancellationToken) =>
        await warehouse.DataSource.Command(query, month.Start, limit).ListAsync(
            row => place(row.Get<int>("rank"), row.Get<string>("id"), row.Get<decimal>("total"), row.Get<long>("sales")),
            cancellationToken);
}

/// <summary>A place among the customers of a month.</summary>
/// <param name="Rank">1 for the first.</param>
/// <param name="CustomerId">Natural key, such as <c>C000123</c>.</param>
/// <param name="TotalPurchaseCost">What they paid in the month, two decimals.</param>
/// <param name="Sales">How many sales.</param>
public sealed record TopCustomer(int Rank, string CustomerId, decimal TotalPurchaseCost, long Sales);

/// <summary>A place among the sales people of a month.</summary>
/// <param name="Rank">1 for the first.</param>
/// <param name="SalesPersonId">Natural key, such as <c>P0042</c>.</param>
/// <param name="TotalSales">What they sold in the month, two decimals.</param>
/// <param name="Sales">How many sales.</param>
public sealed record TopSalesPerson(int Rank, string SalesPersonId, decimal TotalSales, long Sales);
