namespace Orchestrator.Activities.Sales;

/// <summary>The totals of a month, counted at its source and without SQL, so that every later hop can be checked against them.</summary>
/// <param name="Rows">Good sales of the month.</param>
/// <param name="Cents">Their total cost in cents.</param>
/// <param name="TopCustomers">The ten customers with the highest totals; <see langword="null"/> if the source does not know.</param>
/// <param name="TopSalesPeople">The ten sales people with the highest totals; <see langword="null"/> if the source does not
/// know.</param>
public sealed record ControlTotals(
    long Rows, long Cents, IReadOnlyList<RankedTotal>? TopCustomers, IReadOnlyList<RankedTotal>? TopSalesPeople);

/// <summary>A place in a top list: total descending, ties by id bytewise ascending.</summary>
/// <param name="Id">Natural key, such as <c>C000123</c>.</param>
/// <param name="Cents">Total cost of its sales in cents.</param>
/// <param name="Sales">How many sales.</param>
public sealed record RankedTotal(string Id, long Cents, long Sales);
