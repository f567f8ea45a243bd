namespace Orchestrator.Workflows.Assets;

/// <summary>A file of a materialization.</summary>
/// <param name="Path">Key below the store's root, such as
/// <c>raw/sales/month=2026-10/{run}-{activity}-{attempt}/part-00000.parquet</c>.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">SHA-256 of its content, lower-case hexadecimal.</param>
/// <param name="Rows">Rows in it.</param>
public sealed record AssetFile(string Path, long Bytes, string Sha256, long Rows);

/// <summary>A column of a materialization.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type in SQL, such as <c>decimal(18,2)</c>.</param>
public sealed record AssetColumn(string Name, string Type);

/// <summary>A materialization that an activity wrote and the runtime has not committed yet.</summary>
public record MaterializationDraft
{
    /// <summary>
    /// Identity of the materialization, which is kept on commit. A writer chooses one if it makes several assets and one is an input of
    /// another; the runtime chooses if it is empty.
    /// </summary>
    public Guid Id { get; init; }

    /// <summary>The asset that was written.</summary>
    public required AssetKey Asset { get; init; }

    /// <summary>The month; <see langword="null"/> for an asset that is not partitioned.</summary>
    public Partition? Partition { get; init; }

    /// <summary>Location of the data: a key prefix of the object store, or <c>postgres:{schema}.{table}</c>.</summary>
    public required string Location { get; init; }

    /// <summary>Rows in it.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes of its files, or of its table.</summary>
    public required long Bytes { get; init; }

    /// <summary>Files of the materialization with sizes and checksums; empty for a table of PostgreSQL.</summary>
    public IReadOnlyList<AssetFile> Files { get; init; } = [];

    /// <summary>Columns of the data in order.</summary>
    public IReadOnlyList<AssetColumn> Columns { get; init; } = [];

    /// <summary>The exact materializations that were read for it: lineage by data, not by name.</summary>
    public IReadOnlyList<Guid> Inputs { get; init; } = [];

    /// <summary>Version of the code or model that wrote it, such as a hash of the model's text.</summary>
    public required string CodeVersion { get; init; }

    /// <summary>
    /// The engine that computed the data: name, version and application, such as <c>Spark 4.2.0, application local-17</c>;
    /// <see langword="null"/> if no engine did.
    /// </summary>
    public string? Engine { get; init; }

    /// <summary>Metrics by name that checks and pages read, such as <c>total</c> (money) or <c>control.rows</c>.</summary>
    public IReadOnlyDictionary<string, decimal> Figures { get; init; } = new Dictionary<string, decimal>();

    /// <summary>
    /// The materialization from which this one was derived and which it replaces. If it is set, the commit fails with
    /// <c>assets.conflict</c> (retryable) if readers see another one by then: two writers of a dimension cannot lose each other's rows.
    /// </summary>
    public Guid? Supersedes { get; init; }

    /// <summary>
    /// Whether readers see nothing of the asset and partition from now on, instead of the contents of the draft. Default false.
    /// </summary>
    public bool IsRemoval { get; init; }

    /// <summary>
    /// Hides a materialization from readers; it stays as history. The commit fails with <c>assets.conflict</c> if they see another one by
    /// then.
    /// </summary>
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
    /// <summary>Order of commits, ascending; readers see the highest one of an asset and partition.</summary>
    public required long Sequence { get; init; }

    /// <summary>The run that wrote it.</summary>
    public required Guid RunId { get; init; }

    /// <summary>The activity that wrote it.</summary>
    public required string ActivityId { get; init; }

    /// <summary>The attempt that wrote it.</summary>
    public required int Attempt { get; init; }

    /// <summary>Time at which it became visible.</summary>
    public required DateTimeOffset CommittedAt { get; init; }
}

/// <summary>Totals of the data of a month.</summary>
/// <param name="Partition">The month.</param>
/// <param name="Assets">Number of assets that have it.</param>
/// <param name="Rows">Rows of all of them.</param>
/// <param name="Bytes">Bytes of all of them.</param>
/// <param name="CommittedAt">Time of the latest commit among them.</param>
public sealed record PartitionSummary(Partition Partition, int Assets, long Rows, long Bytes, DateTimeOffset CommittedAt);
