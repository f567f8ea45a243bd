using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.CommandLine;

/// <summary>What a display shows of one activity.</summary>
/// <param name="Id">Its id in the definition.</param>
/// <param name="Name">Its name for people.</param>
public sealed record ActivityLine(string Id, string Name)
{
    /// <summary>Where it is; <see langword="null"/> while it has not started.</summary>
    public ActivityStatus? Status { get; init; }

    /// <summary>When its first attempt began, on the display's clock.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>How long it took; <see langword="null"/> until it has ended.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Which try it is.</summary>
    public int Attempt { get; init; }

    /// <summary>The earlier run whose execution counts; <see langword="null"/> where it executes here.</summary>
    public Guid? ReusedFrom { get; init; }

    /// <summary>How far the attempt is, or what it did in the end.</summary>
    public ActivityProgress Progress { get; init; }

    /// <summary>An attempt begins.</summary>
    public ActivityLine Start(int attempt, DateTimeOffset now) => this with
    {
        Status = ActivityStatus.Running,
        StartedAt = StartedAt ?? now,
        Attempt = attempt,
        Progress = default,
        Duration = null,
    };

    /// <summary>It ended.</summary>
    public ActivityLine Finish(ActivityExecution execution) => this with
    {
        Status = execution.Status,
        Duration = execution.Duration ?? TimeSpan.Zero,
        Attempt = execution.Attempts,
        ReusedFrom = execution.ReusedFrom,
        Progress = new((long)execution.Metrics.GetValueOrDefault(MetricNames.Rows, Progress.Rows), TotalRows: null,
            execution.Metrics.TryGetValue(MetricNames.Bytes, out var bytes) ? (long)bytes : Progress.Bytes),
    };

    /// <summary>Time since it started, or until it ended; zero while it has not started.</summary>
    public TimeSpan Elapsed(DateTimeOffset now) => Duration ?? (StartedAt is { } started ? now - started : TimeSpan.Zero);

    /// <summary>The line of a finished or running activity in columns: name, rows, bytes, rate, time and, where there is room, what it is at.</summary>
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
