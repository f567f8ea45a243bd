namespace Orchestrator.Activities.Star;

/// <summary>A dimension after the snapshot and the sales of a month went into it.</summary>
/// <param name="Dimension">Which one.</param>
/// <param name="Before">The one that readers see; <see langword="null"/> if there is none yet.</param>
/// <param name="Draft">What came out, which is readable under the dimension's own name.</param>
sealed record MergedDimension(Dimension Dimension, Materialization? Before, MaterializationDraft Draft)
{
    static readonly Dictionary<string, object?> NoParameters = [];

    /// <summary>The draft to publish; <see langword="null"/> if nothing changed.</summary>
    public MaterializationDraft? Written { get; private init; }

    /// <summary>Days, half-open, on which a member has another key than before.</summary>
    public IReadOnlyList<(DateOnly Start, DateOnly End)> MovedSpans { get; private init; } = [];

    /// <summary>The materialization that facts resolve their keys with: the one that was read, or the one that was written.</summary>
    public Guid SourceId => Written?.Id ?? Before!.Id;

    /// <summary>Merges a month into the dimension that readers see now.</summary>
    /// <param name="session">Has the month's sales as <c>raw_sales</c>; has the dimension under its own name afterwards.</param>
    /// <param name="loaded">The months whose facts are there already.</param>
    public static async Task<MergedDimension> MergeAsync(
        ActivityExecutionContext context, ModelSession session, Dimension dimension, Materialization sales, IReadOnlySet<Partition> loaded)
    {
        var partition = sales.Partition!.Value;
        var before = await context.FindMaterializationAsync(dimension.Asset, null);
        var snapshots = await context.GetRequiredService<IAssetCatalog>().ListCurrentAsync(dimension.Snapshots, context.CancellationToken);
        var hasSnapshot = snapshots.Any(snapshot => snapshot.Partition == partition);
        // Nothing was taken from this month or a later one yet: the versions say all that the snapshots before it said.
        var isAppended = !hasSnapshot || before is null || loaded.All(month => month < partition);
        var read = snapshots.Where(snapshot => snapshot.Partition == partition || !isAppended && loaded.Contains(snapshot.Partition!.Value))
            .ToList();

        await session.ReadAsync(BeforeOf(dimension), before, dimension.Columns);
        await session.ReadMonthsAsync($"raw_{dimension.Plural}", read, dimension.SnapshotColumns);
        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["partition_start"] = partition.Start, ["is_appended"] = isAppended, ["highest_key"] = (int)HighestKeyOf(before),
        };
        var draft = await session.WriteAsync(dimension.Asset.Name, dimension.Asset, null, parameters,
            [.. before is null ? Array.Empty<Guid>() : [before.Id], sales.Id, .. read.Select(snapshot => snapshot.Id)],
            VersionsBefore(session, dimension),
            ("member_snapshots", session.TextOf($"stg_{dimension.Member}_snapshots")),
            ("members_sold", session.TextOf($"stg_{dimension.Member}_sales")),
            ("stg_touched", session.TextOf("stg_touched")),
            ("stg_versions", session.TextOf("stg_versions")));
        await session.ReadAsync(dimension.Asset.Name, draft);
        return new(dimension, before, draft);
    }

    /// <summary>Works the dimension out again as if a month had never been, without members that only it brought.</summary>
    /// <param name="session">Has the facts that stay as <c>facts_kept</c>; has the dimension under its own name afterwards.</param>
    /// <param name="forgotten">Materializations that count no more.</param>
    /// <param name="facts">The facts that stay.</param>
    /// <returns><see langword="null"/> if the dimension does not exist.</returns>
    public static async Task<MergedDimension?> WithoutAsync(
        ActivityExecutionContext context, ModelSession session, Dimension dimension, Partition month, IReadOnlySet<Guid> forgotten,
        IReadOnlyList<Materialization> facts)
    {
        if (await context.FindMaterializationAsync(dimension.Asset, null) is not { } before) return null;
        var loaded = facts.Select(fact => fact.Partition!.Value).ToHashSet();
        var snapshots = await context.GetRequiredService<IAssetCatalog>().ListCurrentAsync(dimension.Snapshots, context.CancellationToken);
        var read = snapshots.Where(snapshot => !forgotten.Contains(snapshot.Id) && loaded.Contains(snapshot.Partition!.Value)).ToList();
        await session.ReadAsync(BeforeOf(dimension), before, dimension.Columns);
        await session.ReadMonthsAsync($"raw_{dimension.Plural}", read, dimension.SnapshotColumns);
        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["partition_start"] = month.Start, ["is_appended"] = false, ["highest_key"] = (int)HighestKeyOf(before),
        };
        var draft = await session.WriteAsync(dimension.Asset.Name, dimension.Asset, null, parameters,
            [before.Id, .. facts.Select(fact => fact.Id), .. read.Select(snapshot => snapshot.Id)],
            VersionsBefore(session, dimension),
            ("member_snapshots", session.TextOf($"stg_{dimension.Member}_snapshots")),
            ("members_sold", session.TextOf("stg_nobody")),
            ("members_used", session.TextOf($"stg_{dimension.Member}_used")),
            ("stg_touched", session.TextOf("stg_touched")),
            ("all_versions", session.TextOf("stg_versions")),
            ("stg_versions", session.TextOf("stg_versions_used")));
        await session.ReadAsync(dimension.Asset.Name, draft);
        return new(dimension, before, draft);
    }

    /// <summary>Holds the outcome against the dimension as it was: where it says the same, nothing is published.</summary>
    public async Task<MergedDimension> CompareAsync(ModelSession session)
    {
        var changes = (await session.QueryAsync("stg_version_changes", NoParameters, Versions(session)))[0];
        var (added, removed, changed) = ((long)changes["added"]!, (long)changes["removed"]!, (long)changes["changed"]!);
        if (Before is not null && added + removed + changed == 0) return this;
        var figures = new Dictionary<string, decimal>(StringComparer.Ordinal)
        {
            [StarAssets.HighestKey] = Math.Max(HighestKeyOf(Before), Math.Max(0, (long)changes["highest_key"]!)),
            ["versions.added"] = added, ["versions.removed"] = removed, ["versions.changed"] = changed,
        };
        var spans = Before is null ? [] : await session.QueryAsync("stg_moved_spans", NoParameters, Versions(session));
        return this with
        {
            Written = Draft with { Supersedes = Before?.Id, Figures = Draft.Figures.And(figures) },
            MovedSpans = [.. spans.Select(span => ((DateOnly)span["span_start"]!, (DateOnly)span["span_end"]!))],
        };
    }

    /// <summary>Whether a member has another key than before on some day of a month.</summary>
    public bool MovesKeysIn(Partition month) => MovedSpans.Any(span => span.Start < month.End && month.Start < span.End);

    /// <summary>Makes the keys that moved on the first day of a month readable as <c>moved_</c> and the members' name.</summary>
    public Task ReadMovedKeysAsync(ModelSession session, Partition month) =>
        session.MaterializeAsync($"moved_{Dimension.Plural}", "stg_moved_keys", ModelSession.ParametersOf(month), Versions(session));

    static string BeforeOf(Dimension dimension) => $"{dimension.Asset.Name}_before";

    static decimal HighestKeyOf(Materialization? dimension) => dimension?.Figures.GetValueOrDefault(StarAssets.HighestKey) ?? 0;

    static (string, string) VersionsBefore(ModelSession session, Dimension dimension) =>
        ("versions_before", session.TextOf(
            $"stg_{dimension.Member}_versions", (dimension.Asset.Name, $"select * from {BeforeOf(dimension)}")));

    (string, string)[] Versions(ModelSession session) =>
        [VersionsBefore(session, Dimension), ("stg_versions", session.TextOf($"stg_{Dimension.Member}_versions"))];
}
