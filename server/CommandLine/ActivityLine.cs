using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.CommandLine;

/// <summary>Line of a display: the state of one activity.</summary>
/// <param name="Id">Its id in the definition.</param>
/// <param name="Name">Display name.</param>
public sealed record ActivityLine(string Id, string Name)
{
    /// <summary>Status of the activity; <see langword="null"/> while it has not started.</summary>
    public ActivityStatus? Status { get; init; }

    /// <summary>Start of the first attempt, on the display's clock.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Duration of the activity; <see langword="null"/> until it has ended.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Number of the current attempt.</summary>
    public int Attempt { get; init; }

    /// <summary>The earlier run whose execution is reused; <see langword="null"/> if the activity executes in this run.</summary>
    public Guid? ReusedFrom { get; init; }

    /// <summary>Progress of the attempt, or its totals once it has ended.</summary>
    public ActivityProgress Progress { get; init; }

    /// <summary>Returns the line at the start of an attempt.</summary>
    public ActivityLine Start(int attempt, DateTimeOffset now) => this with
    {
        Status = ActivityStatus.Running,
        StartedAt = StartedAt ?? now,
        Attempt = attempt,
        Progress = default,
        Duration = null,
    };

    /// <summary>Returns the line at the end of the activity.</summary>
    public ActivityLine Finish(ActivityExecution execution) => this with
    {
        Status = execution.Status,
        Duration = execution.Duration ?? TimeSpan.Zero,
        Attempt = execution.Attempts,
        ReusedFrom = execution.ReusedFrom,
        Progress = new((long)execution.Metrics.GetValueOrDefault(MetricNames.Rows, Progress.Rows), TotalRows: null,
            execution.Metrics.TryGetValue(MetricNames.Bytes, out var bytes) ? (long)bytes : Progress.Bytes),
    };

    /// <summary>Time since the activity started, or until it ended; zero while it has not started.</summary>
    public TimeSpan Elapsed(DateTimeOffset now) => Duration ?? (StartedAt is { } started ? now - started : TimeSpan.Zero);

    /// <summary>Renders the line in columns: name, rows, bytes, rate, time and, if there is room, the current step.</summary>
    /// <param name="mark">One character before it.</param>
    /// <param name="width">Columns of the terminal.</param>
    public string Render(char mark, DateTimeOffset now, int width)
    {
        var elapsed = Elapsed(now);
        var rows = Progress.Rows == 0 ? "" : Progress.TotalRows is { } total && total > Progress.Rows && Status == ActivityStatus.Running
            ? $"{Figures.Count(Progress.Rows)} ({Progress.Rows * 100 / total} %)"
            : $"{Figures.Count(Progress.Rows)} rows";
        var bytes = Progress.Bytes is > 0 and { } written ? Figures.Bytes(written) : "";
        var time = ReusedFrom is not null ? "reused" : StartedAt is null && Duration is null ? "" : Figures.Time(elapsed);
        var rate = ReusedFrom is null ? Figures.Rate(Progress.Rows, elapsed) : "";
        var line = $"{mark} {Fit(Name, 19),-19} {rows,19} {bytes,8} {rate,13} {time,11}";
        if (Progress.Step is { Length: > 0 } step && Status == ActivityStatus.Running && line.Length + 10 < width) line += $"  {step}";
        return Fit(line, width - 1).TrimEnd();
    }

    static string Fit(string text, int width) => text.Length <= width ? text : width < 2 ? "" : $"{text[..(width - 1)]}…";
}
