using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Activities.Store;

/// <summary>Files that no one can see.</summary>
/// <param name="Files">Files that no materialization refers to, by key.</param>
/// <param name="Leftovers">What puts that never ended left behind.</param>
/// <param name="HandedOver">What activities of runs that have ended made for later ones, where the worker died before it could be
/// removed.</param>
public sealed record Litter(
    IReadOnlyList<StoredObject> Files, IReadOnlyList<StoredObject> Leftovers, IReadOnlyList<HandedOverFile> HandedOver)
{
    /// <summary>The number of all of them.</summary>
    public int Count => Files.Count + Leftovers.Count + HandedOver.Count;

    /// <summary>
    /// Size of the files in bytes. A file that was stored as a link of one that was handed over counts for both, although the disk has it
    /// once.
    /// </summary>
    public long Bytes => Files.Concat(Leftovers).Sum(file => file.Bytes) + HandedOver.Sum(file => file.Bytes);
}

/// <summary>
/// Removes from the object store what no materialization refers to: files of attempts that failed or were killed, and of materializations
/// that retention has removed. So do files that are handed over within a run that has ended. Files of a run that has not ended stay, and so
/// does what is not laid out by <see cref="ObjectKeys"/>.
/// </summary>
public sealed class Vacuum(IObjectStore store, PostgresAssetCatalog catalog, RunStore runs, WorkFolders folders, TimeProvider clock)
{
    /// <summary>The age at which litter is removed if nobody says otherwise.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromHours(24);

    // A request for each, and most of its time is the way there.
    const int ParallelRemovals = 8;

    /// <summary>Finds litter.</summary>
    /// <param name="grace">Younger files stay.</param>
    public async Task<Litter> FindAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow() - grace;
        // The order matters: what is listed here and becomes visible later belongs to a run that is still open when runs are asked for, or
        // is referred to by the time the catalog is.
        var old = await store.ListAsync("", cancellationToken)
            .Where(file => file.WrittenAt < before && ObjectKeys.RunOf(file.Key) is not null).ToListAsync(cancellationToken);
        var leftovers = await store.ListLeftoversAsync(cancellationToken).Where(file => file.WrittenAt < before)
            .ToListAsync(cancellationToken);
        var handedOver = folders.ListHandedOver().Where(file => file.WrittenAt < before).ToList();
        if (old.Count + handedOver.Count + leftovers.Count == 0) return new([], [], []);
        var open = (await runs.ListUnfinishedAsync(cancellationToken)).Select(run => run.Id).ToHashSet();
        var seen = await catalog.ListFilesAsync(cancellationToken);
        return new([.. old.Where(file => !seen.Contains(file.Key) && !open.Contains(ObjectKeys.RunOf(file.Key)!.Value))],
            [.. leftovers.Where(file => ObjectKeys.RunOf(file.Key) is not { } run || !open.Contains(run))],
            [.. handedOver.Where(file => !open.Contains(file.RunId))]);
    }

    /// <summary>Removes litter.</summary>
    /// <param name="litter">As it was found.</param>
    public async Task RemoveAsync(Litter litter, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelRemovals, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(litter.Files, parallel, async (file, stop) => await store.DeleteAsync(file.Key, stop));
        await Parallel.ForEachAsync(litter.Leftovers, parallel, async (leftover, stop) => await store.DeleteLeftoverAsync(leftover, stop));
        foreach (var file in litter.HandedOver) folders.Remove(file);
    }
}
