using Orchestrator.Workflows.Assets;

namespace Orchestrator.Workflows.Reruns;

/// <summary>Facts that a plan depends on besides the definition and the history of the run.</summary>
sealed record RerunFacts
{
    /// <summary>The run's month.</summary>
    public Partition? Partition { get; init; }

    /// <summary>Version of the definition by run: the source, and the runs that it reused from.</summary>
    public IReadOnlyDictionary<Guid, int> Versions { get; init; } = new Dictionary<Guid, int>();

    /// <summary>Assets that the source and the runs that it reused from wrote, if the catalog still has them.</summary>
    public IReadOnlyDictionary<Guid, WrittenAsset> Written { get; init; } = new Dictionary<Guid, WrittenAsset>();

    /// <summary>Durations and writes of activities in past runs of the workflow, by activity id.</summary>
    public IReadOnlyDictionary<string, PastActivity> Past { get; init; } = new Dictionary<string, PastActivity>();
}

/// <summary>A materialization, as a plan sees it.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Partition">Its month; <see langword="null"/> for none.</param>
/// <param name="CodeVersion">Version of the code or model that wrote it.</param>
/// <param name="ReplacedBy">
/// The run whose data readers see instead; <see langword="null"/> if they see this one, or one that was derived from it.
/// </param>
sealed record WrittenAsset(string Asset, Partition? Partition, string CodeVersion, Guid? ReplacedBy);

/// <summary>An activity in past runs.</summary>
/// <param name="Duration">Median of its time; <see langword="null"/> if it never succeeded.</param>
/// <param name="Assets">Assets that it wrote last, each with whether it was for the month of its run.</param>
sealed record PastActivity(TimeSpan? Duration, IReadOnlyList<(string Asset, bool IsOfPartition)> Assets);
