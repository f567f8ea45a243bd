namespace Orchestrator.Activities.Star;

/// <summary>A dimension after the snapshot and the sales of a month went into it.</summary>
/// <param name="Dimension">Which one.</param>
/// <param name="SourceId">The materialization that facts resolve their keys with: the one that was read, or the one that was written.</param>
/// <param name="Written">What was written; <see langword="null"/> where nothing changed.</param>
/// <param name="MovedSpans">Days, half-open, on which a member has another key than before.</param>
sealed record MergedDimension(
    Dimension Dimension, Guid SourceId, MaterializationDraft? Written, IReadOnlyList<(DateOnly Start, DateOnly End)> MovedSpans)
{
    static readonly Dictionary<string, object?> NoParameters = [];

    string Before => $"{Dimension.Member}_before";

    string After => $"{Dimension.Member}_after";

    /// <summary>Merges a month into the dimension that readers see now, and writes the outcome where it differs.</summary>
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
        var read = snapshots.Where(snapshot => snapshot.Partition == partition || !isAppended && loaded.Contains(snapshot.Partition!.Value)).ToList();
        var highestKey = before?.Figures.GetValueOrDefault(StarAssets.HighestKey) ?? 0;

        var names = new MergedDimension(dimension, before?.Id ?? Guid.Empty, null, []);
        await session.ReadAsync(dimension.Asset.Name, before, dimension.Columns);
        await session.MaterializeAsync(names.Before, $"stg_{dimension.Member}_versions", NoParameters);
        await session.ReadMonthsAsync($"raw_{dimension.Plural}", read, dimension.SnapshotColumns);
        await session.DefineAsync("member_snapshots", $"stg_{dimension.Member}_snapshots");
        await session.DefineAsync("members_sold", $"stg_{dimension.Member}_sales");
        await session.AliasAsync("versions_before", names.Before);
        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["partition_start"] = partition.Start, ["is_appended"] = isAppended, ["highest_key"] = (int)highestKey,
        };
        await session.MaterializeAsync("stg_touched", "stg_touched", parameters);
        await session.MaterializeAsync(names.After, "stg_versions", parameters);
        await session.AliasAsync("stg_versions", names.After);

        var changes = (await session.QueryAsync("stg_version_changes", NoParameters))[0];
        var (added, removed, changed) = ((long)changes["added"]!, (long)changes["removed"]!, (long)changes["changed"]!);
        if (before is not null && added + removed + changed == 0) return names;

        Guid[] inputs = before is null ? [] : [before.Id];
        var draft = await session.WriteAsync(dimension.Asset.Name, dimension.Asset, null, NoParameters, [.. inputs, sales.Id, .. read.Select(snapshot => snapshot.Id)]);
        var figures = new Dictionary<string, decimal>(StringComparer.Ordinal)
        {
            [StarAssets.HighestKey] = Math.Max(highestKey, Math.Max(0, (long)changes["highest_key"]!)),
            ["versions.added"] = added, ["versions.removed"] = removed, ["versions.changed"] = changed,
        };
        var written = draft with { Supersedes = before?.Id, Figures = draft.Figures.And(figures) };
        context.AddMaterialization(written);
        await session.ReadAsync(dimension.Asset.Name, written);
        var spans = await session.QueryAsync("stg_moved_spans", NoParameters);
        return names with
        {
            SourceId = written.Id,
            Written = written,
            MovedSpans = [.. spans.Select(span => ((DateOnly)span["span_start"]!, (DateOnly)span["span_end"]!))],
        };
    }

    /// <summary>Whether a member has another key than before on some day of a month.</summary>
    public bool MovesKeysIn(Partition month) => MovedSpans.Any(span => span.Start < month.End && month.Start < span.End);

    /// <summary>Makes the keys that moved on the first day of a month readable as <c>moved_</c> and the members' name.</summary>
    public async Task ReadMovedKeysAsync(ModelSession session, Partition month)
    {
        await session.AliasAsync("versions_before", Before);
        await session.AliasAsync("stg_versions", After);
        await session.MaterializeAsync($"moved_{Dimension.Plural}", "stg_moved_keys", ModelSession.ParametersOf(month));
    }
}
