using Cronos;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Schedules;

/// <summary>When something is due: a cron expression in a time zone. Immutable; knows no clock.</summary>
public sealed partial class CronRule
{
    const int LongestCron = 200;

    readonly CronExpression? expression;

    CronRule(string cron, CronExpression? expression, TimeZoneInfo zone) => (Cron, this.expression, Zone) = (cron, expression, zone);

    /// <summary>The expression, its fields separated by one space.</summary>
    public string Cron { get; }

    /// <summary>The time zone whose clocks it is about.</summary>
    public TimeZoneInfo Zone { get; }

    /// <summary>Reads a rule.</summary>
    /// <param name="cron">Five fields (minute, hour, day, month, weekday), or six with seconds first; <c>L</c>, <c>W</c> and <c>#</c> are understood, and names such as <c>@monthly</c>.</param>
    /// <param name="zone">An IANA name, such as <c>Europe/Berlin</c>.</param>
    /// <exception cref="SchedulingException"><c>schedule.bad_cron</c> or <c>schedule.unknown_zone</c>.</exception>
    public static CronRule Parse(string cron, string zone)
    {
        var fields = cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var text = string.Join(' ', fields);
        return new(text, ReadExpression(text, fields.Length), FindZone(zone.Trim()));
    }

    /// <summary>The first due time after a moment, in UTC; <see langword="null"/> where there is none any more.</summary>
    public DateTimeOffset? Next(DateTimeOffset after) => expression is null ? NextOfTrigger(after) : Utc(expression.GetNextOccurrence(after.UtcDateTime, Zone));

    /// <summary>The last due time before a moment, in UTC; <see langword="null"/> where there is none.</summary>
    public DateTimeOffset? Previous(DateTimeOffset before) => expression is null ? PreviousOfTrigger(before) : Utc(expression.GetPreviousOccurrence(before.UtcDateTime, Zone));

    /// <summary>Whether it is due at exactly this moment.</summary>
    public bool IsDue(DateTimeOffset at) => Next(at.AddTicks(-1)) == at;

    /// <summary>What the zone's clocks show at a moment.</summary>
    public DateTime Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Zone).DateTime;

    /// <summary>What the expression means on clocks that are never changed: the times of day from <paramref name="from"/> on, before <paramref name="until"/>.</summary>
    internal IEnumerable<DateTime> Nominal(DateTime from, DateTime until) => expression is null ? [] : expression.GetOccurrences(
        DateTime.SpecifyKind(from, DateTimeKind.Utc), DateTime.SpecifyKind(until, DateTimeKind.Utc), fromInclusive: true, toInclusive: false);

    static DateTimeOffset? Utc(DateTime? moment) => moment is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null;

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
        // Without the list of a few zones out of hundreds, which would help nobody.
        var near = known.Where(id => Math.Abs(id.Length - name.Length) <= 2).Chunk(100).Select(ids => Suggestion.For(name, ids, "")).FirstOrDefault(text => text.Contains('?', StringComparison.Ordinal));
        return near ?? "";
    }
}
