using Cronos;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Times;

/// <summary>A rule for due times: a cron expression in a time zone. Immutable; knows no clock.</summary>
public sealed partial class CronRule
{
    const int LongestCron = 200;

    // Of all days of the calendar, 29 February on a given weekday is the rarest: up to 40 years pass.
    static readonly TimeSpan LongestPause = TimeSpan.FromDays(366 * 60);

    // So far from the end of the calendar that no zone exceeds it.
    static readonly DateTime Earliest = DateTime.SpecifyKind(DateTime.MinValue.AddDays(3), DateTimeKind.Utc), Latest = DateTime.MaxValue.AddDays(-3);

    readonly CronExpression? expression;

    // Whether it continues through a time that occurs twice; otherwise each time of day is due once.
    readonly bool isRepeating;

    CronRule(string cron, CronExpression? expression, TimeZoneInfo zone) =>
        (Cron, this.expression, Clock, isRepeating) = (cron, expression, new(zone), expression is not null && CronFields.IsRepeating(cron));

    /// <summary>The expression, its fields separated by one space.</summary>
    public string Cron { get; }

    /// <summary>The time zone of its clocks.</summary>
    public TimeZoneInfo Zone => Clock.Zone;

    /// <summary>The clocks of the zone.</summary>
    internal ZoneClock Clock { get; }

    /// <summary>Reads a rule.</summary>
    /// <param name="cron">Five fields (minute, hour, day, month, weekday), or six with seconds first; <c>L</c>, <c>W</c> and <c>#</c> are
    /// understood, and names such as <c>@monthly</c>.</param>
    /// <param name="zone">An IANA name, such as <c>Europe/Berlin</c>.</param>
    /// <exception cref="SchedulingException"><c>schedule.bad_cron</c> or <c>schedule.unknown_zone</c>.</exception>
    public static CronRule Parse(string cron, string zone)
    {
        var fields = cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var text = string.Join(' ', fields);
        return new(text, ReadExpression(text, fields.Length), FindZone(zone.Trim()));
    }

    /// <summary>
    /// Returns the first due time after a moment, in UTC; always later than that moment. <see langword="null"/> if it is never due again.
    /// </summary>
    public DateTimeOffset? Next(DateTimeOffset after) => expression is null ? NextOfTrigger(after) : NextOfCron(expression, after.UtcDateTime);

    /// <summary>Returns the last due time before a moment, in UTC; <see langword="null"/> if there is none.</summary>
    public DateTimeOffset? Previous(DateTimeOffset before)
    {
        if (expression is null) return PreviousOfTrigger(before);
        // The searched span doubles, so the search visits about as many due times before the result as after it.
        for (var span = TimeSpan.FromHours(1); span < LongestPause; span *= 2)
        {
            if (before.UtcTicks < span.Ticks) return null;
            var last = (DateTimeOffset?)null;
            for (var due = Next(before - span); due < before; due = Next(due.Value)) last = due;
            if (last is not null) return last;
        }
        return null;
    }

    /// <summary>Whether it is due at exactly this moment.</summary>
    public bool IsDue(DateTimeOffset at) => Next(at.AddTicks(-1)) == at;

    /// <summary>Returns the time that the zone's clocks show at a moment.</summary>
    public DateTime Local(DateTimeOffset at) => at.UtcDateTime + Clock.Offset(at.UtcDateTime);

    /// <summary>
    /// Returns the times of day of the expression on clocks that are never changed, from <paramref name="from"/> on, before
    /// <paramref name="until"/>.
    /// </summary>
    internal IEnumerable<DateTime> Nominal(DateTime from, DateTime until) => expression is null ? [] : expression.GetOccurrences(
        DateTime.SpecifyKind(from, DateTimeKind.Utc), DateTime.SpecifyKind(until, DateTimeKind.Utc), fromInclusive: true, toInclusive: false);

    /// <summary>
    /// Finds the next time on the clocks, then the instant at which they show it. A time that they skip is due when they skip it. A time
    /// that they show twice is due the first time, unless the rule repeats within the day.
    /// </summary>
    DateTimeOffset? NextOfCron(CronExpression cron, DateTime after)
    {
        if (after > Latest) return null;
        var at = after < Earliest ? Earliest : after;
        var offset = Clock.Offset(at);
        var due = cron.GetNextOccurrence(AsNominal(isRepeating ? at + offset : Clock.LatestShown(at)));
        while (due is { } time)
        {
            var candidate = time - offset;
            if (Clock.Changes(at, candidate).FirstOrDefault() is not { } change) return new DateTimeOffset(candidate.Ticks, TimeSpan.Zero);
            var shown = AsNominal(change.At.UtcDateTime + change.After);
            if (change.After > change.Before && time <= shown) return change.At;
            if (change.After < change.Before && isRepeating) due = cron.GetNextOccurrence(shown, inclusive: true);
            (at, offset) = (change.At.UtcDateTime, change.After);
        }
        return null;
    }

    static DateTime AsNominal(DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Utc);

    static CronExpression ReadExpression(string cron, int fields)
    {
        const string Expected = "Expected are 5 fields (minute hour day month weekday), such as '0 2 1 * *', or 6 with seconds first.";
        if (cron.Length > LongestCron) throw BadCron($"The cron expression has {cron.Length} characters; at most {LongestCron} are read.");
        if (fields is not (5 or 6) && !(fields == 1 && cron[0] == '@')) throw BadCron($"The cron expression '{cron}' has {fields} field{(fields == 1 ? "" : "s")}. {Expected}");
        try
        {
            return CronExpression.Parse(cron, fields == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard);
        }
        catch (CronFormatException error)
        {
            var reason = error.Message.Split(". ", 2)[^1].TrimEnd('.');
            throw BadCron($"The cron expression '{cron}' is not valid: {reason}. {Expected}");
        }
        catch (MissingSeedException)
        {
            throw BadCron($"The cron expression '{cron}' has an 'H', which stands for a random value. Write the value itself.");
        }
    }

    static SchedulingException BadCron(string message) => new(SchedulingFault.Invalid, "schedule.bad_cron", message);

    static TimeZoneInfo FindZone(string name)
    {
        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)) return zone;
        var known = TimeZoneInfo.GetSystemTimeZones().Select(other => other.Id).ToList();
        throw new SchedulingException(SchedulingFault.Invalid, "schedule.unknown_zone", known.Count > 1
            ? $"There is no time zone '{name}'. Expected is an IANA name such as Europe/Berlin or UTC.{Nearest(name, known)}"
            : $"There is no time zone '{name}': this machine has no time zone data. Install it (on Debian the package tzdata), or use UTC.");
    }

    static string Nearest(string name, List<string> known)
    {
        // Without a list of a few zones out of hundreds, which would not help.
        var near = known.Where(id => Math.Abs(id.Length - name.Length) <= 2).Chunk(100).Select(ids => Suggestion.For(name, ids, "")).FirstOrDefault(text => text.Contains('?', StringComparison.Ordinal));
        return near ?? "";
    }
}
