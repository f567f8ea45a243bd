namespace Orchestrator.Activities.Sales;

/// <summary>
/// Attributes of generated customers, stores and sales people in a month, as a function of seed, number and month. A part of them moves on
/// to another value every one to three years; they come back to an old value after three years at the earliest.
/// </summary>
/// <param name="seed">The plan's seed.</param>
/// <param name="month">The month of the snapshot.</param>
sealed class ReferenceData(long seed, Partition month)
{
    static readonly string[] Segments = ["Consumer", "Family", "Senior", "Student", "Small business"];
    static readonly string[] Cities =
        ["Amsterdam", "Berlin", "Brno", "Genève", "København", "Kraków", "Lille", "Lyon", "Malmö", "München", "Porto", "Sevilla"];
    static readonly string[] Regions = ["North", "East", "South", "West"];
    static readonly string[] Teams = ["Amber", "Birch", "Coral", "Delta", "Ember", "Fjord", "Grove", "Harbor"];

    readonly int monthNumber = month.Start.Year * 12 + month.Start.Month;

    /// <summary>Segment of a customer.</summary>
    public string SegmentOf(int customer) => ValueOf(Segments, 31, customer, movingPercent: 30);

    /// <summary>City of a customer.</summary>
    public string CityOf(int customer) => ValueOf(Cities, 32, customer, movingPercent: 20);

    /// <summary>Region of a store.</summary>
    public string RegionOf(int store) => ValueOf(Regions, 33, store, movingPercent: 10);

    /// <summary>Team of a sales person.</summary>
    public string TeamOf(int salesPerson) => ValueOf(Teams, 34, salesPerson, movingPercent: 40);

    string ValueOf(string[] values, long attribute, int number, int movingPercent)
    {
        var draw = CounterRandom.Stream(seed, attribute);
        var counter = number * 4L;
        var first = draw.Below(values.Length, counter);
        if (draw.Below(100, counter + 1) >= movingPercent) return values[first];
        // Going round all values in order is what keeps A → B → A apart: 4 values × 12 months is four years.
        var period = 12 + draw.Below(25, counter + 2);
        var moves = (monthNumber + draw.Below(period, counter + 3)) / period;
        return values[(first + moves) % values.Length];
    }
}
