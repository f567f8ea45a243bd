namespace Orchestrator.Activities.Warehouse;

/// <summary>Top lists of the marts, as they are loaded.</summary>
/// <param name="warehouse">Where they are.</param>
public sealed class MartQueries(WarehouseDatabase warehouse)
{
    /// <summary>The customers with the highest total purchase cost of a month, by rank; ties by id bytewise ascending.</summary>
    /// <param name="limit">Most places; at least 1.</param>
    /// <returns>Empty where the month is not loaded.</returns>
    public async Task<IReadOnlyList<TopCustomer>> TopCustomersAsync(Partition month, int limit, CancellationToken cancellationToken)
    {
        await using var command = warehouse.DataSource.CreateCommand(
            """
            select rank, customer_id, total_purchase_cost, sales from sales.mart_customer_monthly
            where month = $1 and rank is not null order by rank limit $2
            """);
        command.Parameters.Add(new() { Value = month.Start });
        command.Parameters.Add(new() { Value = limit });
        var top = new List<TopCustomer>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) top.Add(new(reader.GetInt32(0), reader.GetString(1), reader.GetDecimal(2), reader.GetInt64(3)));
        return top;
    }

    /// <summary>The sales people with the highest total sales of a month, by rank; ties by id bytewise ascending.</summary>
    /// <param name="limit">Most places; at least 1.</param>
    /// <returns>Empty where the month is not loaded.</returns>
    public async Task<IReadOnlyList<TopSalesPerson>> TopSalesPeopleAsync(Partition month, int limit, CancellationToken cancellationToken)
    {
        await using var command = warehouse.DataSource.CreateCommand(
            """
            select rank, sales_person_id, total_sales, sales from sales.mart_sales_monthly
            where month = $1 and rank is not null order by rank limit $2
            """);
        command.Parameters.Add(new() { Value = month.Start });
        command.Parameters.Add(new() { Value = limit });
        var top = new List<TopSalesPerson>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) top.Add(new(reader.GetInt32(0), reader.GetString(1), reader.GetDecimal(2), reader.GetInt64(3)));
        return top;
    }
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
