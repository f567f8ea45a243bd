namespace Orchestrator.Activities.Sales;

/// <summary>The inputs of a generated month. Equal plans give equal sales, on any machine and any number of threads.</summary>
/// <param name="Month">The month the sales lie in.</param>
/// <param name="Rows">How many sales.</param>
/// <param name="Customers">How many customers there are to buy.</param>
/// <param name="Stores">How many stores there are to sell.</param>
/// <param name="SalesPeople">How many sales people there are.</param>
/// <param name="Seed">Any number; another one gives another world.</param>
sealed record SalesPlan(Partition Month, int Rows, int Customers, int Stores, int SalesPeople, long Seed)
{
    /// <summary>Most sales in a month.</summary>
    public const int MaxRows = 1_000_000_000;

    // Ids have as many digits as these: C000123, S0012, P00123.
    const int MaxCustomers = 999_999, MaxStores = 9_999, MaxSalesPeople = 99_999;

    /// <summary>Checks all numbers.</summary>
    /// <exception cref="ActivityFailedException"><c>generate.invalid_input</c>, with everything that is wrong.</exception>
    public SalesPlan Checked()
    {
        (string Name, int Value, int Max)[] inputs =
        [
            ("rows", Rows, MaxRows), ("customers", Customers, MaxCustomers), ("stores", Stores, MaxStores),
            ("salesPeople", SalesPeople, MaxSalesPeople),
        ];
        var wrong = inputs.Where(input => input.Value < 1 || input.Value > input.Max)
            .Select(input => $"{input.Name} is {input.Value}, not 1 to {input.Max}").ToList();
        return wrong.Count == 0 ? this : throw new ActivityFailedException("generate.invalid_input",
            $"GenerateSales cannot work with its inputs: {string.Join("; ", wrong)}. Change them in the workflow or with --input.",
            isRetryable: false);
    }
}
