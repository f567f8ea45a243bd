using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// Text as a date: <c>YYYY-MM-DD</c>, alone or before a valid time, and nothing else. DuckDB's own cast takes any year and ignores what
/// stands behind the day, so that <c>2026-10-1O</c> would be the first of October.
/// </summary>
static class StrictDates
{
    /// <summary>Function for <c>cast(x as date)</c>: fails on a text that is no date.</summary>
    public const string DayOf = "day_of";

    /// <summary>Function for <c>try_cast(x as date)</c>: null for a text that is no date.</summary>
    public const string TryDayOf = "try_day_of";

    const string Day = "[0-9]{4}-[0-9]{2}-[0-9]{2}";
    const string Time = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?";
    const string Offset = "( ?(Z|[-+][0-9]{2}(:?[0-5][0-9])?))?";

    const string Written = $"""
        case when regexp_full_match(trim(cast(value as text)), '{Day}([T ]{Time}{Offset})?')
             then left(trim(cast(value as text)), 10) else 'unreadable' end
        """;

    /// <summary>
    /// Makes both functions. The day of a text with an offset is the one that is written; an instant lies on its day in UTC.
    /// </summary>
    public static void DefineIn(LocalDatabase database)
    {
        Define(DayOf, "cast");
        Define(TryDayOf, "try_cast");

        void Define(string name, string cast) => database.Execute(
            $"create macro {name}(value) as case when typeof(value) = 'VARCHAR' then {cast}({Written} as date) " +
            $"else {cast}(value as date) end");
    }
}
