using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Server.Pages;

/// <summary>What the list of runs shows.</summary>
/// <param name="Next">The last run of this page, where there are older ones.</param>
/// <param name="Before">The run behind which this page begins; <see langword="null"/> for the newest.</param>
/// <param name="Problem">What is wrong with the filter.</param>
public sealed record RunsView(
    IReadOnlyList<Run> Runs, IReadOnlyList<string> Workflows, string? State, string? Workflow, string? Month, Guid? Before, Guid? Next, string? Problem, DateTimeOffset Now)
{
    /// <summary>The schedules that do not run as they should, or whose last run failed.</summary>
    public IReadOnlyList<Schedule> Failing { get; init; } = [];

    /// <summary>Whether some are left out.</summary>
    public bool IsFiltered => !string.IsNullOrEmpty(State) || !string.IsNullOrEmpty(Workflow) || !string.IsNullOrEmpty(Month);

    /// <summary>From start to end, or to now.</summary>
    public TimeSpan? Duration(Run run) => run.StartedAt is { } started ? (run.FinishedAt ?? Now) - started : null;

    /// <summary>The same list from another place on.</summary>
    public string Address(Guid? before)
    {
        var parts = new[] { ("state", State), ("workflow", Workflow), ("month", Month), ("before", before?.ToString()) };
        var query = string.Join('&', parts.Where(part => !string.IsNullOrEmpty(part.Item2)).Select(part => $"{part.Item1}={Uri.EscapeDataString(part.Item2!)}"));
        return query.Length == 0 ? "/" : $"/?{query}";
    }
}
