using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Schedules;

/// <summary>Month of a due time, on the clocks of the schedule's zone. Persisted by name: explicit and append-only.</summary>
public enum PartitionMapping
{
    /// <summary>The month that ended last: the default.</summary>
    PreviousMonth = 0,

    /// <summary>The month that the due time lies in.</summary>
    SameMonth = 1,

    /// <summary>None: the runs have no partition.</summary>
    None = 2,
}

static class PartitionMappings
{
    extension(PartitionMapping mapping)
    {
        /// <summary>The month of a due time; <see langword="null"/> for none.</summary>
        public Partition? Of(CronRule rule, DateTimeOffset due)
        {
            var day = DateOnly.FromDateTime(rule.Local(due));
            return mapping switch
            {
                PartitionMapping.PreviousMonth => Partition.LastBefore(day),
                PartitionMapping.SameMonth => new Partition(new(day.Year, day.Month, 1)),
                PartitionMapping.None or _ => null,
            };
        }
    }
}
