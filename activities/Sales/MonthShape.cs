namespace Orchestrator.Activities.Sales;

/// <summary>The share of each day in a month's sales, in whole numbers so that every machine agrees.</summary>
static class MonthShape
{
    static ReadOnlySpan<int> WeekdayWeights => [70, 90, 85, 90, 100, 130, 150];

    /// <summary>Of each day of a plan's month its first row; a day may have none.</summary>
    public static long[] FirstRowOfDay(SalesPlan plan)
    {
        var days = plan.Month.End.DayNumber - plan.Month.Start.DayNumber;
        var noise = CounterRandom.Stream(plan.Seed, plan.Month.Start.DayNumber, 21);
        var before = new long[days];
        long sum = 0;
        for (var day = 0; day < days; day++)
        {
            before[day] = sum;
            sum += WeightOf(plan.Month.Start.AddDays(day), days) * (95 + noise.Below(11, day));
        }
        return [.. before.Select(weight => (long)((Int128)plan.Rows * weight / sum))];
    }

    /// <summary>Highest quantity of a sale in a month of the year.</summary>
    public static int QuantityEnd(int month) => month switch { 12 => 8, 11 or 7 => 7, 1 or 2 => 5, _ => 6 };

    static long WeightOf(DateOnly date, int daysInMonth)
    {
        var isPayWeek = date.Day <= 3 || date.Day > daysInMonth - 5;
        var season = date.Month == 12 ? date.Day <= 24 ? 100 + date.Day * 3 : 80 : 100;
        return WeekdayWeights[(int)date.DayOfWeek] * (isPayWeek ? 115L : 100L) * season;
    }
}
