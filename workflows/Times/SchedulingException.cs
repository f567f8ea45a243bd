namespace Orchestrator.Workflows.Times;

/// <summary>Kinds of mistakes in a request.</summary>
public enum SchedulingFault
{
    /// <summary>The value is invalid in any state.</summary>
    Invalid = 0,

    /// <summary>The request refers to something that does not exist.</summary>
    Unknown = 1,

    /// <summary>The request conflicts with the present state.</summary>
    Conflict = 2,

    /// <summary>The object was changed since it was read.</summary>
    Changed = 3,

    /// <summary>The value does not fit the workflow, or the months that runs may work on.</summary>
    Unfit = 4,
}

/// <summary>An invalid request to schedules or backfills.</summary>
/// <param name="fault">Kind of the mistake.</param>
/// <param name="code">Stable code, such as <c>schedule.bad_cron</c>.</param>
/// <param name="message">What happened with the values, what was expected, what to do.</param>
public sealed class SchedulingException(SchedulingFault fault, string code, string message) : Exception(message)
{
    /// <summary>Kind of the mistake.</summary>
    public SchedulingFault Fault => fault;

    /// <summary>Stable code <c>stage.reason</c>.</summary>
    public string Code => code;
}
