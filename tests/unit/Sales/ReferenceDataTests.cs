using Orchestrator.Activities.Sales;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Tests.Unit.Sales;

public sealed class ReferenceDataTests
{
    static readonly Partition[] ThreeYears = [.. Enumerable.Range(0, 36).Select(month => new Partition(new DateOnly(2025, 1, 1).AddMonths(month)))];

    [Fact]
    public void Attributes_of_a_month_are_the_same_whichever_month_was_asked_before()
    {
        var october = new ReferenceData(42, ThreeYears[21]);
        Assert.Equal(Enumerable.Range(0, 500).Select(october.SegmentOf), Enumerable.Range(0, 500).Select(new ReferenceData(42, ThreeYears[21]).SegmentOf));
    }

    [Fact]
    public void Some_move_and_most_stay()
    {
        var before = new ReferenceData(42, ThreeYears[0]);
        var after = new ReferenceData(42, ThreeYears[12]);
        Assert.InRange(Enumerable.Range(0, 2_000).Count(customer => before.SegmentOf(customer) != after.SegmentOf(customer)), 200, 600);
        Assert.InRange(Enumerable.Range(0, 2_000).Count(person => before.TeamOf(person) != after.TeamOf(person)), 250, 800);
    }

    [Fact]
    public void Nobody_comes_back_to_an_old_value_within_three_years()
    {
        var months = ThreeYears.Select(month => new ReferenceData(7, month)).ToList();
        foreach (var valueOf in new Func<ReferenceData, int, string>[]
            { (data, i) => data.SegmentOf(i), (data, i) => data.CityOf(i), (data, i) => data.RegionOf(i), (data, i) => data.TeamOf(i) })
        {
            for (var number = 0; number < 300; number++)
            {
                var path = months.Select(data => valueOf(data, number)).ToList();
                var changes = path.Where((value, month) => month == 0 || value != path[month - 1]).ToList();
                Assert.Equal(changes.Distinct(), changes);
            }
        }
    }
}
