using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Pages;

/// <summary>State of a run's step on pages.</summary>
public enum StepState
{
    /// <summary>The step was not reached, or the run ended before it.</summary>
    NotRun = 0,

    /// <summary>Waits for its turn.</summary>
    Queued = 1,

    /// <summary>An attempt executes.</summary>
    Running = 2,

    /// <summary>An attempt failed and the next one waits for its time.</summary>
    Retrying = 3,

    /// <summary>The step succeeded.</summary>
    Succeeded = 4,

    /// <summary>The result of an earlier run is reused.</summary>
    Reused = 5,

    /// <summary>Failed for good.</summary>
    Failed = 6,

    /// <summary>The step was canceled.</summary>
    Cancelled = 7,

    /// <summary>Waits for something external, such as a time or an event.</summary>
    Waiting = 8,
}

/// <summary>One line of a run's page: an activity that does work, with its attempts.</summary>
/// <param name="Why">Why the step did not run, or the source of its result; <see langword="null"/> if there is nothing to explain.</param>
public sealed record StepView(string ActivityId, string Name, string Type, StepState State, string? Why, ActivityExecution? Execution, IReadOnlyList<AttemptHistory> Attempts)
{
    /// <summary>Rows that the step worked on.</summary>
    public long? Rows => Figure(MetricNames.Rows);

    /// <summary>Bytes that the step wrote.</summary>
    public long? Bytes => Figure(MetricNames.Bytes);

    /// <summary>Returns the duration of the step, until now if it has not ended.</summary>
    public TimeSpan? Duration(DateTimeOffset now) => State is not StepState.Reused && Execution?.StartedAt is { } started ? (Execution.FinishedAt ?? now) - started : null;

    /// <summary>Returns the bars to draw between two moments: waiting and running separately, one for each attempt.</summary>
    public IEnumerable<StepBar> Bars(DateTimeOffset from, DateTimeOffset to)
    {
        if (Execution is null || State is StepState.Reused) yield break;
        var waits = Execution.ScheduledAt;
        foreach (var attempt in Attempts)
        {
            if (StepBar.Between("wait", waits, attempt.StartedAt, from, to, $"waits before attempt {attempt.Attempt}") is { } pause) yield return pause;
            var end = attempt.EndedAt ?? to;
            var how = attempt.EndedAt is null ? "running" : attempt.Error is null ? Execution.Status is ActivityStatus.Cancelled ? "cancelled" : "succeeded" : "failed";
            if (StepBar.Between(how, attempt.StartedAt, end, from, to, $"attempt {attempt.Attempt} {how}") is { } bar) yield return bar;
            waits = end;
        }
        var last = Execution.FinishedAt ?? to;
        if (State is StepState.Queued or StepState.Retrying or StepState.Waiting && StepBar.Between("wait", waits, last, from, to, "waits") is { } open) yield return open;
    }

    long? Figure(string name) => Execution?.Metrics.TryGetValue(name, out var value) is true ? (long)value : null;
}

/// <summary>A bar of the chart.</summary>
/// <param name="Kind">CSS class for color and shape.</param>
/// <param name="Start">Start, in percent of the chart.</param>
/// <param name="Width">Width, in percent of the chart.</param>
/// <param name="Title">Description in words.</param>
public sealed record StepBar(string Kind, double Start, double Width, string Title)
{
    // Least width, so that instant steps stay visible.
    const double Least = 0.4;

    internal static StepBar? Between(string kind, DateTimeOffset start, DateTimeOffset end, DateTimeOffset from, DateTimeOffset to, string title)
    {
        var whole = Math.Max((to - from).TotalMilliseconds, 1);
        var (at, width) = (Math.Clamp((start - from).TotalMilliseconds / whole * 100, 0, 100), (end - start).TotalMilliseconds / whole * 100);
        if (kind == "wait" && width < Least) return null;
        width = Math.Max(width, Least);
        return new(kind, Math.Min(at, 100 - Least), Math.Min(width, 100 - Math.Min(at, 100 - Least)), $"{title}, {Figures.Time(end - start)}");
    }
}
