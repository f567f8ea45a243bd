namespace Orchestrator.Workflows.Assets;

/// <summary>A file of a materialization.</summary>
/// <param name="Path">Key below the store's root, such as <c>raw/sales/month=2026-10/{run}-{activity}-{attempt}/part-00000.parquet</c>.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">SHA-256 of its content, lower-case hexadecimal.</param>
/// <param name="Rows">Rows in it.</param>
public sealed record AssetFile(string Path, long Bytes, string Sha256, long Rows);

/// <summary>A column of a materialization.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type in SQL, such as <c>decimal(18,2)</c>.</param>
public sealed record AssetColumn(string Name, string Type);

/// <summary>What an activity wrote, before the runtime commits it.</summary>
public record MaterializationDraft
{
    /// <summary>
    /// Its identity, which it keeps when it is committed. A writer chooses it where it makes several assets and one is an input of another;
    /// left empty, the runtime chooses.
    /// </summary>
    public Guid Id { get; init; }

    /// <summary>What was written.</summary>
    public required AssetKey Asset { get; init; }

    /// <summary>The month; <see langword="null"/> for an asset that is not partitioned.</summary>
    public Partition? Partition { get; init; }

    /// <summary>Where it lies: a key prefix of the object store, or <c>postgres:{schema}.{table}</c>.</summary>
    public required string Location { get; init; }

    /// <summary>Rows in it.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes of its files, or of its table.</summary>
    public required long Bytes { get; init; }

    /// <summary>Its files with sizes and checksums; empty for a table of PostgreSQL.</summary>
    public IReadOnlyList<AssetFile> Files { get; init; } = [];

    /// <summary>Its columns in order.</summary>
    public IReadOnlyList<AssetColumn> Columns { get; init; } = [];

    /// <summary>The exact materializations that were read for it: lineage by data, not by name.</summary>
    public IReadOnlyList<Guid> Inputs { get; init; } = [];

    /// <summary>Version of the code or model that wrote it, such as a hash of the model's text.</summary>
    public required string CodeVersion { get; init; }

    /// <summary>
    /// What computed it: name, version and application of the engine, such as <c>Spark 4.2.0, application local-17</c>; <see langword="null"/> for
    /// what no engine computed.
    /// </summary>
    public string? Engine { get; init; }

    /// <summary>Figures by name that checks and pages read, such as <c>total</c> (money) or <c>control.rows</c>.</summary>
    public IReadOnlyDictionary<string, decimal> Figures { get; init; } = new Dictionary<string, decimal>();

    /// <summary>
    /// The materialization this one was derived from and replaces. Where it is set, the commit fails with <c>assets.conflict</c> (retryable)
    /// if readers see another one by then: two writers of a dimension cannot lose each other's rows.
    /// </summary>
    public Guid? Supersedes { get; init; }

    /// <summary>Whether readers see nothing of the asset and partition from now on, instead of what the draft says. Default
    /// false.</summary>
    public bool IsRemoval { get; init; }

    /// <summary>Takes a materialization from readers; it stays as history. The commit fails with <c>assets.conflict</c> if they see
    /// another one by then.</summary>
    public static MaterializationDraft Removing(Materialization written) => new()
    {
        Asset = written.Asset, Partition = written.Partition, Location = written.Location, Rows = 0, Bytes = 0,
        CodeVersion = written.CodeVersion,
        Supersedes = written.Id, IsRemoval = true,
    };
}

/// <summary>A committed materialization: a run wrote a partition of an asset.</summary>
public sealed record Materialization : MaterializationDraft
{
    /// <summary>Order of commits, ascending; the highest of an asset and partition is what readers see.</summary>
    public required long Sequence { get; init; }

    /// <summary>The run that wrote it.</summary>
    public required Guid RunId { get; init; }

    /// <summary>The activity that wrote it.</summary>
    public required string ActivityId { get; init; }

    /// <summary>The attempt that wrote it.</summary>
    public required int Attempt { get; init; }

    /// <summary>When it became visible.</summary>
    public required DateTimeOffset CommittedAt { get; init; }
}

/// <summary>What there is of a month.</summary>
/// <param name="Partition">The month.</param>
/// <param name="Assets">Number of assets that have it.</param>
/// <param name="Rows">Rows of all of them.</param>
/// <param name="Bytes">Bytes of all of them.</param>
/// <param name="CommittedAt">When one of them was written last.</param>
public sealed record PartitionSummary(Partition Partition, int Assets, long Rows, long Bytes, DateTimeOffset CommittedAt);
