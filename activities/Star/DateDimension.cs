namespace Orchestrator.Activities.Star;

/// <summary>The days of the star schema: all from the first month that is loaded to the last one, without gaps.</summary>
static class DateDimension
{
    /// <summary>Writes the days that months need, and those that are there already.</summary>
    /// <returns>What was written; <see langword="null"/> if all of them are there.</returns>
    public static async Task<MaterializationDraft?> ExtendAsync(ActivityExecutionContext context, ModelSession session, Partition month)
    {
        var before = await context.FindMaterializationAsync(StarAssets.Dates, null);
        var (first, end) = (month.Start, month.End);
        if (before is not null)
        {
            var (firstBefore, endBefore) = DaysOf(before);
            (first, end) = (firstBefore < first ? firstBefore : first, end < endBefore ? endBefore : end);
        }
        return await WriteAsync(context, session, before, first, end);
    }

    /// <summary>Writes exactly the days from the first of some months to the last.</summary>
    /// <returns>What was written; <see langword="null"/> if those are there already and no others.</returns>
    public static async Task<MaterializationDraft?> LimitAsync(
        ActivityExecutionContext context, ModelSession session, IReadOnlyCollection<Partition> months) =>
        await WriteAsync(context, session, await context.FindMaterializationAsync(StarAssets.Dates, null), months.Min().Start,
            months.Max().End);

    static async Task<MaterializationDraft?> WriteAsync(
        ActivityExecutionContext context, ModelSession session, Materialization? before, DateOnly first, DateOnly end)
    {
        // An older version wrote 273 years at most, whatever it said.
        if (before is not null && DaysOf(before) == (first, end) && before.Rows == end.DayNumber - first.DayNumber) return null;
        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal) { ["first_day"] = first, ["end_day"] = end };
        Guid[] inputs = before is null ? [] : [before.Id];
        var written = await session.WriteAsync(StarAssets.Dates.Name, StarAssets.Dates, null, parameters, inputs);
        return written with
        {
            Supersedes = before?.Id,
            Figures = written.Figures.And([new(StarAssets.FirstDay, KeyOf(first)), new(StarAssets.EndDay, KeyOf(end))]),
        };
    }

    static (DateOnly First, DateOnly End) DaysOf(Materialization dates) =>
        (DayOf(dates.Figures[StarAssets.FirstDay]), DayOf(dates.Figures[StarAssets.EndDay]));

    static decimal KeyOf(DateOnly day) => (day.Year * 10000) + (day.Month * 100) + day.Day;

    static DateOnly DayOf(decimal key) => new((int)key / 10000, (int)key / 100 % 100, (int)key % 100);
}
