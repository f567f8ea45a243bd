using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Orchestrator.Activities.Sales;

/// <summary>A generated sale; people and stores are numbers from 0.</summary>
/// <param name="SalesPerson">−1 for a sale without one.</param>
/// <param name="Day">0 for the first of the month.</param>
/// <param name="Price">In hundredths of a cent.</param>
/// <param name="Cents">Price × quantity, rounded half away from zero.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct GeneratedSale(int Customer, int Store, int SalesPerson, int Day, long Price, int Quantity, long Cents);

/// <summary>
/// The sales of a plan by row number, ordered by day. Few customers, stores and sales people make most of the sales; Fridays, Saturdays,
/// pay days and December are busy; one sale in a hundred has no sales person; one price in eight has four decimals.
/// </summary>
sealed class SaleSource
{
    const int LowestPrice = 50_00, PriceRange = 49_950;

    readonly int[] customersByRank, storesByRank, salesPeopleByRank;
    readonly long[] firstRowOfDay;
    readonly int quantityEnd;
    readonly CounterRandom customer, store, salesPerson, absence, price, fraction, quantity;

    /// <summary>Prepares to draw the sales of a checked plan.</summary>
    public SaleSource(SalesPlan plan)
    {
        // Who is popular stays from month to month; what they buy does not.
        customersByRank = Shuffled(plan.Customers, CounterRandom.Stream(plan.Seed, 1));
        storesByRank = Shuffled(plan.Stores, CounterRandom.Stream(plan.Seed, 2));
        salesPeopleByRank = Shuffled(plan.SalesPeople, CounterRandom.Stream(plan.Seed, 3));
        firstRowOfDay = MonthShape.FirstRowOfDay(plan);
        quantityEnd = MonthShape.QuantityEnd(plan.Month.Start.Month);
        var month = plan.Month.Start.DayNumber;
        customer = CounterRandom.Stream(plan.Seed, month, 11);
        store = CounterRandom.Stream(plan.Seed, month, 12);
        salesPerson = CounterRandom.Stream(plan.Seed, month, 13);
        absence = CounterRandom.Stream(plan.Seed, month, 14);
        price = CounterRandom.Stream(plan.Seed, month, 15);
        fraction = CounterRandom.Stream(plan.Seed, month, 16);
        quantity = CounterRandom.Stream(plan.Seed, month, 17);
    }

    /// <summary>Last day, counted from 0, whose first row is at or before a row.</summary>
    public int DayOf(long row)
    {
        var day = firstRowOfDay.Length - 1;
        while (firstRowOfDay[day] > row) day--;
        return day;
    }

    /// <summary>Row after the last one of a day.</summary>
    public long EndOfDay(int day) => day + 1 < firstRowOfDay.Length ? firstRowOfDay[day + 1] : long.MaxValue;

    /// <summary>One sale.</summary>
    /// <param name="row">0 for the first of the month.</param>
    /// <param name="day">Its day, see <see cref="DayOf"/>; the caller goes through rows in order and knows it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public GeneratedSale At(long row, int day)
    {
        // Powers of a uniform number are power laws; only products and roots, since those are exact everywhere and pow is not.
        var u = price.Unit(row);
        var extra = fraction.Bits(row);
        var hundredths = LowestPrice + (long)(PriceRange * (u * u * u)) * 100 + ((extra & 7) == 0 ? (long)(extra >> 32) % 100 : 0);
        var q = quantity.Unit(row);
        var pieces = 1 + (int)(quantityEnd * (q * q));
        return new(
            customersByRank[Skewed(customersByRank.Length, customer.Unit(row))],
            storesByRank[Skewed(storesByRank.Length, store.Unit(row))],
            absence.Below(100, row) == 0 ? -1 : salesPeopleByRank[Skewed(salesPeopleByRank.Length, salesPerson.Unit(row))],
            day, hundredths, pieces, (hundredths * pieces + 50) / 100);
    }

    // The share of the best k of n is (k/n)^(2/3): the best 10 % have 22 %, the first of 50,000 has 0.07 %.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Skewed(int count, double u) => (int)(count * (u * Math.Sqrt(u)));

    static int[] Shuffled(int count, CounterRandom random)
    {
        var order = new int[count];
        for (var i = 1; i < count; i++)
        {
            var j = random.Below(i + 1, i);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
