using System.Globalization;
using System.Runtime.InteropServices;

namespace Orchestrator.Activities.Sales;

/// <summary>Adds up sales while they are generated. One thread fills a tally; tallies add up in any order.</summary>
sealed class ControlTally(int customers, int salesPeople)
{
    const int Places = 10;

    readonly Sum[] byCustomer = new Sum[customers], bySalesPerson = new Sum[salesPeople];
    long rows, cents;

    /// <summary>Counts one sale.</summary>
    public void Add(in GeneratedSale sale)
    {
        rows++;
        cents += sale.Cents;
        byCustomer[sale.Customer].Add(sale.Cents);
        if (sale.SalesPerson >= 0) bySalesPerson[sale.SalesPerson].Add(sale.Cents);
    }

    /// <summary>Counts what another tally has counted.</summary>
    public void Add(ControlTally other)
    {
        rows += other.rows;
        cents += other.cents;
        for (var i = 0; i < byCustomer.Length; i++) byCustomer[i].Add(other.byCustomer[i]);
        for (var i = 0; i < bySalesPerson.Length; i++) bySalesPerson[i].Add(other.bySalesPerson[i]);
    }

    /// <summary>The totals so far.</summary>
    public ControlTotals ToTotals() => new(rows, cents, Top(byCustomer, SaleIds.Customer), Top(bySalesPerson, SaleIds.SalesPerson));

    // Ids have a fixed width, so the order of numbers is the bytewise order of ids.
    static List<RankedTotal> Top(Sum[] sums, SaleIds ids) =>
    [
        .. sums.Index().Where(entry => entry.Item.Sales > 0).OrderByDescending(entry => entry.Item.Cents).ThenBy(entry => entry.Index)
            .Take(Places)
            .Select(entry => new RankedTotal(ids.Of(entry.Index), entry.Item.Cents, entry.Item.Sales)),
    ];

    [StructLayout(LayoutKind.Auto)]
    struct Sum
    {
        public long Cents;
        public long Sales;

        public void Add(long cents)
        {
            Cents += cents;
            Sales++;
        }

        public void Add(in Sum other)
        {
            Cents += other.Cents;
            Sales += other.Sales;
        }
    }
}

/// <summary>Natural keys of generated data, such as <c>C000123</c>: a letter and a number from 1 with a fixed count of digits.</summary>
/// <param name="Letter">What it is a key of.</param>
/// <param name="Digits">Digits of the number.</param>
readonly record struct SaleIds(char Letter, int Digits)
{
    /// <summary>Keys of customers.</summary>
    public static SaleIds Customer => new('C', 6);

    /// <summary>Keys of stores.</summary>
    public static SaleIds Store => new('S', 4);

    /// <summary>Keys of sales people.</summary>
    public static SaleIds SalesPerson => new('P', 5);

    /// <summary>Key of one of them.</summary>
    /// <param name="number">0 for the first.</param>
    public string Of(int number) => Letter + (number + 1).ToString(CultureInfo.InvariantCulture).PadLeft(Digits, '0');
}
