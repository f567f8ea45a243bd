using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Schedules;

/// <summary>
/// Effects of a change of the rule on the months: no month has two runs because the time of day was moved to later, and none is missed
/// because it was moved to earlier.
/// </summary>
static class RuleChange
{
    /// <summary>
    /// Returns the due time of a month that the old rule would still have run, and the new one will not, since its time has passed already;
    /// <see langword="null"/> for none. Such a due time is due at once.
    /// </summary>
    public static DueTime? Passed((CronRule Rule, PartitionMapping Mapping) old, (CronRule Rule, PartitionMapping Mapping) changed, DateTimeOffset now)
    {
        if (old.Rule.Next(now) is not { } oldNext || old.Mapping.Of(old.Rule, oldNext) is not { } month) return null;
        if (changed.Rule.Next(now) is { } next && changed.Mapping.Of(changed.Rule, next) == month) return null;
        return changed.Rule.Previous(now.AddTicks(1)) is { } passed && changed.Mapping.Of(changed.Rule, passed) == month ? new(passed, month, SkipReason: null) : null;
    }

    /// <summary>
    /// Whether a due time is the first one under a changed rule, and the first one of its month: the rule before may have run that month
    /// already.
    /// Not for the trigger of a workflow, which starts a run each time.
    /// </summary>
    public static bool MayRepeat(SchedulePlan plan, CronRule rule, DateTimeOffset ruleSince, DueTime due) =>
        due.Partition is not null && plan.Trigger is null
        && (rule.Previous(due.At) is not { } before || (before <= ruleSince && plan.Mapping.Of(rule, before) != due.Partition));
}
