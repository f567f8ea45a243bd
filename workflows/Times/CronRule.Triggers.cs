using System.Globalization;

namespace Orchestrator.Workflows.Times;

/// <content>
/// Rules of triggers besides cron expressions: <c>@every 00:00:10 from 2026-11-23T12:00:00Z</c>, first due one interval after that moment,
/// and <c>@at 2026-11-23T12:00:00Z</c>. Persisted: append-only.
/// </content>
public sealed partial class CronRule
{
    const string EveryWord = "@every ", FromWord = " from ", AtWord = "@at ";

    readonly DateTimeOffset moment;
    readonly TimeSpan interval;

    CronRule(string text, DateTimeOffset moment, TimeSpan interval) : this(text, expression: null, TimeZoneInfo.Utc) => (this.moment, this.interval) = (moment, interval);

    /// <summary>The rule of a schedule that belongs to a trigger.</summary>
    internal static CronRule OfTrigger(string text)
    {
        if (text.StartsWith(AtWord, StringComparison.Ordinal)) return new(text, Moment(text[AtWord.Length..]), TimeSpan.Zero);
        if (!text.StartsWith(EveryWord, StringComparison.Ordinal)) return Parse(text, "UTC");
        var parts = text[EveryWord.Length..].Split(FromWord, 2);
        return new(text, Moment(parts[1]), TimeSpan.ParseExact(parts[0], "c", CultureInfo.InvariantCulture));
    }

    /// <summary>Returns the text of a rule that is due at intervals; <see cref="From"/> adds their start.</summary>
    internal static string Every(TimeSpan interval) => $"{EveryWord}{interval:c}";

    /// <summary>Text of a rule that is due once.</summary>
    internal static string At(DateTimeOffset moment) => $"{AtWord}{Text(moment)}";

    /// <summary>Returns the text with the moment from which its intervals are counted, if it has any.</summary>
    internal static string From(string rule, DateTimeOffset moment) => rule.StartsWith(EveryWord, StringComparison.Ordinal) ? $"{rule}{FromWord}{Text(moment)}" : rule;

    /// <summary>Whether a stored rule is the one that is written now, regardless of the start of its intervals.</summary>
    internal static bool IsSame(string kept, string written) => kept == written || kept.StartsWith($"{written}{FromWord}", StringComparison.Ordinal);

    // Counted in ticks: floating point would round a due time to the one before.
    DateTimeOffset? NextOfTrigger(DateTimeOffset after) => interval == TimeSpan.Zero
        ? moment > after ? moment : null
        : AfterIntervals(after < moment ? 1 : ((after - moment).Ticks / interval.Ticks) + 1);

    DateTimeOffset? PreviousOfTrigger(DateTimeOffset before)
    {
        if (interval == TimeSpan.Zero) return moment < before ? moment : null;
        return before - moment <= interval ? null : AfterIntervals(((before - moment).Ticks - 1) / interval.Ticks);
    }

    /// <summary>Returns the moment after a number of intervals; <see langword="null"/> if the calendar ends before.</summary>
    DateTimeOffset? AfterIntervals(long count) => count <= (DateTimeOffset.MaxValue - moment).Ticks / interval.Ticks ? moment + new TimeSpan(count * interval.Ticks) : null;

    static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
