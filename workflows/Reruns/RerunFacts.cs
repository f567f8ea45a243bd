using Orchestrator.Workflows.Assets;

namespace Orchestrator.Workflows.Reruns;

/// <summary>What a plan rests on besides the definition and the history of the run.</summary>
sealed record RerunFacts
{
    /// <summary>The run's month.</summary>
    public Partition? Partition { get; init; }

    /// <summary>Version of the definition by run: the source, and the runs that it reused from.</summary>
    public IReadOnlyDictionary<Guid, int> Versions { get; init; } = new Dictionary<Guid, int>();

    /// <summary>What the source and the runs that it reused from wrote, as far as the catalog still knows it.</summary>
    public IReadOnlyDictionary<Guid, WrittenAsset> Written { get; init; } = new Dictionary<Guid, WrittenAsset>();

    /// <summary>What activities took and wrote in past runs of the workflow, by id.</summary>
    public IReadOnlyDictionary<string, PastActivity> Past { get; init; } = new Dictionary<string, PastActivity>();
}

/// <summary>A materialization, as a plan sees it.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Partition">Its month; <see langword="null"/> for none.</param>
/// <param name="CodeVersion">Version of the code or model that wrote it.</param>
/// <param name="ReplacedBy">
/// The run whose data readers see instead; <see langword="null"/> where they see this one, or one that was derived from it.
/// </param>
sealed record WrittenAsset(string Asset, Partition? Partition, string CodeVersion, Guid? ReplacedBy);

/// <summary>An activity in past runs.</summary>
/// <param name="Duration">Median of its time; <see langword="null"/> where it never succeeded.</param>
/// <param name="Assets">What it wrote last, each with whether it was for the month of its run.</param>
sealed record PastActivity(TimeSpan? Duration, IReadOnlyList<(string Asset, bool IsOfPartition)> Assets);
