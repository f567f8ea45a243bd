namespace Orchestrator.Workflows.Times;

/// <summary>Facts that follow from the text of a cron expression alone.</summary>
static class CronFields
{
    static readonly string[] RepeatingNames = ["@every_second", "@every_minute", "@hourly"];

    /// <summary>Whether it repeats itself within the day: a range, a step or <c>*</c> in hours, minutes or seconds.</summary>
    /// <param name="cron">The expression, its fields separated by one space.</param>
    public static bool IsRepeating(string cron)
    {
        var fields = cron.Split(' ');
        return fields.Length == 1
            ? RepeatingNames.Contains(cron, StringComparer.OrdinalIgnoreCase)
            : fields.Take(fields.Length - 3).Any(field => field.AsSpan().IndexOfAny("*?-/") >= 0);
    }

    /// <summary>
    /// Explains the meaning of an expression that limits both the days of the month and the weekdays; <see langword="null"/> if it does
    /// not.
    /// </summary>
    /// <inheritdoc cref="IsRepeating" path="/param"/>
    public static string? ExplainDays(string cron)
    {
        var fields = cron.Split(' ');
        if (fields.Length < 5) return null;
        var (day, weekday) = (fields[^3], fields[^1]);
        return IsAny(day) || IsAny(weekday) ? null
            : $"'{cron}' limits both day of month ('{day}') and weekday ('{weekday}'): it is due only on days that match both. "
                + "Classic cron would take days that match either; for those make two schedules.";
    }

    static bool IsAny(string field) => field is "*" or "?";
}
