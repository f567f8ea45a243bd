using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Schedules;

/// <summary>A due time to record in the ledger.</summary>
/// <param name="SkipReason">Reason why it is not to run; <see langword="null"/> if it is.</param>
sealed record DueTime(DateTimeOffset At, Partition? Partition, string? SkipReason);

/// <summary>Due times that have passed and are not settled yet.</summary>
/// <param name="Due">Due times, ascending.</param>
/// <param name="SettledUntil">Everything until then is among them or was recorded before.</param>
/// <param name="NextDueAt">The due time after that; it may have passed too, if there were very many.</param>
sealed record DueTimes(IReadOnlyList<DueTime> Due, DateTimeOffset SettledUntil, DateTimeOffset? NextDueAt)
{
    /// <summary>Largest number of due times in one transaction; the rest follows in the next.</summary>
    public const int MostAtOnce = 1_000;

    /// <summary>Finds the due times that have passed, and those to skip because no node was running.</summary>
    /// <param name="now">The database's time.</param>
    /// <param name="onTime">Longest delay with which a due time still counts as on time.</param>
    public static DueTimes Find(SchedulePlan plan, CronRule rule, DateTimeOffset settledUntil, DateTimeOffset now, TimeSpan onTime)
    {
        var times = new List<DateTimeOffset>();
        var next = rule.Next(settledUntil);
        for (; next is { } at && at <= now && times.Count < MostAtOnce; next = rule.Next(at)) times.Add(at);
        if (times.Count == 0) return new([], settledUntil, next);
        var last = next is { } more && more <= now ? null : (DateTimeOffset?)times[^1];
        return new([.. times.Select(at => new DueTime(at, plan.Mapping.Of(rule, at), SkipReason(plan.CatchUp, at, last, now - onTime)))], times[^1], next);
    }

    static string? SkipReason(CatchUp catchUp, DateTimeOffset at, DateTimeOffset? last, DateTimeOffset missedBefore) => catchUp switch
    {
        CatchUp.Last => at == last ? null : "A later one was due too, and only the last one is caught up.",
        CatchUp.None => at >= missedBefore ? null : "It was missed, and missed ones are not caught up.",
        CatchUp.All or _ => null,
    };
}
