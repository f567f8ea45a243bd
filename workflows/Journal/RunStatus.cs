namespace Orchestrator.Workflows.Journal;

/// <summary>Status of a run. Persisted by name: explicit and append-only.</summary>
public enum RunStatus
{
    /// <summary>Accepted; no worker has claimed it yet.</summary>
    Queued = 0,

    /// <summary>A worker drives it, or drove it until it died, and another one will continue.</summary>
    Running = 1,

    /// <summary>Nothing executes, and it waits for something that has not come.</summary>
    Suspended = 2,

    /// <summary>Everything that had to execute has completed.</summary>
    Succeeded = 3,

    /// <summary>An activity failed for good.</summary>
    Failed = 4,

    /// <summary>A person, a timeout or a shutdown ended it.</summary>
    Cancelled = 5,
}

/// <summary>Status of one activity of a run. Persisted by name: explicit and append-only.</summary>
public enum ActivityStatus
{
    /// <summary>In the run's queue.</summary>
    Queued = 0,

    /// <summary>Executes; of a container: something in it executes or waits.</summary>
    Running = 1,

    /// <summary>An attempt failed and the next one waits for its time.</summary>
    Retrying = 2,

    /// <summary>The activity completed.</summary>
    Succeeded = 3,

    /// <summary>Failed for good.</summary>
    Failed = 4,

    /// <summary>Ended from outside, or a container that a failed or finished run left open.</summary>
    Cancelled = 5,

    /// <summary>Waits for something outside, such as a time or an event, and holds no slot meanwhile.</summary>
    Suspended = 6,
}

/// <summary>Sets of run statuses that are often needed.</summary>
public static class RunStatuses
{
    extension(RunStatus status)
    {
        /// <summary>Whether the run has ended and never changes again.</summary>
        public bool IsFinal => status is RunStatus.Succeeded or RunStatus.Failed or RunStatus.Cancelled;
    }
}

/// <summary>Sets of activity statuses that are often needed.</summary>
public static class ActivityStatuses
{
    extension(ActivityStatus status)
    {
        /// <summary>Whether the activity has ended and never changes again.</summary>
        public bool IsFinal => status is ActivityStatus.Succeeded or ActivityStatus.Failed or ActivityStatus.Cancelled;
    }
}

/// <summary>Error of a run or an activity.</summary>
/// <param name="Code">Stable code, such as <c>load.row_count_mismatch</c>.</param>
/// <param name="Message">What happened, what was expected, what to do.</param>
/// <param name="ActivityId">The activity that failed; <see langword="null"/> if it was none.</param>
public sealed record RunError(string Code, string Message, string? ActivityId);
