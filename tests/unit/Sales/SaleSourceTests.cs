using FsCheck.Fluent;
using Orchestrator.Activities.Sales;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Tests.Unit.Sales;

public sealed class SaleSourceTests
{
    [Fact]
    public void Days_of_any_month_take_all_rows_in_order() =>
        FsCheck.Check.QuickThrowOnFailure(Prop.ForAll(Gen.Choose(1, 5_000).ToArbitrary(), Gen.Choose(0, 400).ToArbitrary(), (rows, months) =>
        {
            var month = new Partition(new DateOnly(2000, 1, 1).AddMonths(months));
            var first = MonthShape.FirstRowOfDay(new SalesPlan(month, rows, 1, 1, 1, rows));
            return first.Length == month.End.DayNumber - month.Start.DayNumber && first[0] == 0 && first.SequenceEqual(first.Order()) && first[^1] <= rows;
        }));

    [Fact]
    public void Totals_are_price_by_quantity_rounded_half_away_from_zero()
    {
        var source = new SaleSource(new(Partition.Parse("2026-12"), 100_000, 50, 5, 5, 42));
        for (var row = 0; row < 100_000; row++)
        {
            var sale = source.At(row, source.DayOf(row));
            Assert.Equal(decimal.Round(sale.Price / 10_000m * sale.Quantity, 2, MidpointRounding.AwayFromZero), sale.Cents / 100m);
            Assert.InRange(sale.Quantity, 1, 8);
        }
    }

    [Fact]
    public void One_of_each_is_enough()
    {
        var sale = new SaleSource(new(Partition.Parse("2026-02"), 1, 1, 1, 1, 0)).At(0, 0);
        Assert.Equal((0, 0), (sale.Customer, sale.Store));
    }

    [Fact]
    public void Tallies_add_up_in_any_order_and_ties_go_to_the_lower_id()
    {
        var (one, other, both) = (new ControlTally(20, 2), new ControlTally(20, 2), new ControlTally(20, 2));
        for (var customer = 19; customer >= 0; customer--)
        {
            var sale = new GeneratedSale(customer, 0, customer % 2 - 1, 0, 10_000, 1, 100);
            (customer % 3 == 0 ? one : other).Add(sale);
            both.Add(sale);
        }
        one.Add(other);
        Assert.Equal(both.ToTotals().TopCustomers, one.ToTotals().TopCustomers);
        Assert.Equal(Enumerable.Range(1, 10).Select(number => $"C{number:d6}"), one.ToTotals().TopCustomers!.Select(place => place.Id));
        Assert.Equal([new("P00001", 1000, 10)], one.ToTotals().TopSalesPeople!);
        Assert.Equal((20L, 2000L), (one.ToTotals().Rows, one.ToTotals().Cents));
    }
}
