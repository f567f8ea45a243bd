namespace Orchestrator.Workflows.Times;

/// <summary>What kind of mistake was asked for.</summary>
public enum SchedulingFault
{
    /// <summary>A value that can never be.</summary>
    Invalid = 0,

    /// <summary>It is about something that is not there.</summary>
    Unknown = 1,

    /// <summary>It does not fit what is there now.</summary>
    Conflict = 2,

    /// <summary>Somebody else changed it since it was read.</summary>
    Changed = 3,

    /// <summary>A value that does not fit the workflow, or the months that runs may work on.</summary>
    Unfit = 4,
}

/// <summary>Something was asked of schedules or backfills that cannot be.</summary>
/// <param name="fault">What kind of mistake it is.</param>
/// <param name="code">Stable code, such as <c>schedule.bad_cron</c>.</param>
/// <param name="message">What happened with the values, what was expected, what to do.</param>
public sealed class SchedulingException(SchedulingFault fault, string code, string message) : Exception(message)
{
    /// <summary>What kind of mistake it is.</summary>
    public SchedulingFault Fault => fault;

    /// <summary>Stable code <c>stage.reason</c>.</summary>
    public string Code => code;
}
