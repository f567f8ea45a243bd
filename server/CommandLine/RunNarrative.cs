using System.Globalization;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Server.CommandLine;

/// <summary>Messages about the events of a run; the same on a terminal and in a log.</summary>
public static class RunNarrative
{
    /// <summary>Describes a failed attempt that is followed by another one.</summary>
    public static string Retry(string activity, int attempt, RunError error, TimeSpan delay) => string.Create(CultureInfo.InvariantCulture,
        $"{activity}: attempt {attempt} failed ({error.Code}): {error.Message} Trying again in {Figures.Time(delay)}.");

    /// <summary>Describes an activity that failed for good.</summary>
    public static string Failure(string activity, RunError error) => $"{activity}: failed ({error.Code}): {error.Message}";

    /// <summary>Describes failed checks, one message each.</summary>
    public static IEnumerable<string> Warnings(string activity, IEnumerable<AssetCheckResult> checks) =>
        from check in checks
        where !check.IsPassed && check.Severity == CheckSeverity.Warning
        select $"{activity}: check {check.Check} of {check.Asset} failed: expected {check.Expected}, found {check.Actual}.";

    /// <summary>Whether a log line of an activity is a warning.</summary>
    public static bool IsWarning(string eventName) => eventName.Equals("Warning", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the title of a run.</summary>
    public static string Title(string workflow, Partition? partition, Guid runId) => $"{workflow}{(partition is { } month ? $" · {month}" : "")} · run {runId}";

    /// <summary>Describes an activity that ended, with its metrics.</summary>
    public static string Finish(ActivityLine line)
    {
        var parts = new List<string> { $"{line.Name}: {line.Status}" };
        if (line.Progress.Rows > 0) parts.Add($"{Figures.Count(line.Progress.Rows)} rows");
        if (line.Progress.Bytes is > 0 and { } bytes) parts.Add(Figures.Bytes(bytes));
        var time = line.Duration ?? TimeSpan.Zero;
        if (Figures.Rate(line.Progress.Rows, time) is { Length: > 0 } rate) parts.Add(rate);
        parts.Add(Figures.Time(time));
        if (line.Attempt > 1) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{line.Attempt} attempts"));
        return string.Join(", ", parts);
    }

    /// <summary>Describes the progress of a running activity.</summary>
    public static string Progress(ActivityLine line, DateTimeOffset now)
    {
        var parts = new List<string>();
        if (line.Progress.Rows > 0)
            parts.Add(line.Progress.TotalRows is { } total ? $"{Figures.Count(line.Progress.Rows)} of {Figures.Count(total)} rows" : $"{Figures.Count(line.Progress.Rows)} rows");
        if (line.Progress.Bytes is > 0 and { } bytes) parts.Add(Figures.Bytes(bytes));
        if (line.Progress.Step is { Length: > 0 } step) parts.Add(step);
        parts.Add(Figures.Time(line.Elapsed(now)));
        return $"{line.Name}: {string.Join(", ", parts)}";
    }
}
