using Orchestrator.Workflows.Journal;

namespace Orchestrator.Server.Elsa;

/// <summary>Statuses in Elsa's terms: a status and a substatus.</summary>
static class InstanceStatus
{
    public const string Running = "Running", Finished = "Finished";

    static readonly (RunStatus Run, string Status, string SubStatus)[] All =
    [
        (RunStatus.Queued, Running, "Pending"), (RunStatus.Running, Running, "Executing"), (RunStatus.Suspended, Running, "Suspended"),
        (RunStatus.Succeeded, Finished, "Finished"), (RunStatus.Failed, Finished, "Faulted"), (RunStatus.Cancelled, Finished, "Cancelled"),
    ];

    public static (string Status, string SubStatus) Of(RunStatus run) => All.Where(known => known.Run == run).Select(known => (known.Status, known.SubStatus)).Single();

    /// <summary>Finds the run statuses that match any of the statuses and any of the substatuses; an empty list matches all.</summary>
    /// <returns><see langword="null"/> for all.</returns>
    public static IReadOnlyList<RunStatus>? Find(IReadOnlyCollection<string> statuses, IReadOnlyCollection<string> subStatuses) => statuses.Count + subStatuses.Count == 0
        ? null
        : [.. All.Where(known => (statuses.Count == 0 || statuses.Contains(known.Status)) && (subStatuses.Count == 0 || subStatuses.Contains(known.SubStatus))).Select(known => known.Run)];

    public static string Of(ActivityStatus activity) => activity switch
    {
        ActivityStatus.Queued => "Pending",
        ActivityStatus.Running or ActivityStatus.Retrying or ActivityStatus.Suspended => "Running",
        ActivityStatus.Succeeded => "Completed",
        ActivityStatus.Failed => "Faulted",
        ActivityStatus.Cancelled => "Canceled",
        _ => throw new ArgumentOutOfRangeException(nameof(activity), activity, "There is no such status."),
    };
}
