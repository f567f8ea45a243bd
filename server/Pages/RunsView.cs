using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Server.Pages;

/// <summary>Model of the list of runs.</summary>
/// <param name="Next">The last run of this page, if there are older ones.</param>
/// <param name="Before">The run after which this page begins; <see langword="null"/> for the newest.</param>
/// <param name="Problem">Problem of the filter.</param>
public sealed record RunsView(
    IReadOnlyList<Run> Runs, IReadOnlyList<string> Workflows, string? State, string? Workflow, string? Month, Guid? Before, Guid? Next, string? Problem, DateTimeOffset Now)
{
    /// <summary>Schedules that cannot start runs or whose last run failed.</summary>
    public IReadOnlyList<Schedule> Failing { get; init; } = [];

    /// <summary>Whether a filter is set.</summary>
    public bool IsFiltered => !string.IsNullOrEmpty(State) || !string.IsNullOrEmpty(Workflow) || !string.IsNullOrEmpty(Month);

    /// <summary>Returns the duration of a run, until now if it has not ended.</summary>
    public TimeSpan? Duration(Run run) => run.StartedAt is { } started ? (run.FinishedAt ?? Now) - started : null;

    /// <summary>Returns the address of this list from another run on.</summary>
    public string Address(Guid? before)
    {
        var parts = new[] { ("state", State), ("workflow", Workflow), ("month", Month), ("before", before?.ToString()) };
        var query = string.Join('&', parts.Where(part => !string.IsNullOrEmpty(part.Item2)).Select(part => $"{part.Item1}={Uri.EscapeDataString(part.Item2!)}"));
        return query.Length == 0 ? "/" : $"/?{query}";
    }
}
