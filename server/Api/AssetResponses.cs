using Orchestrator.Activities.Store;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Server.Api;

/// <summary>A materialization: a run wrote a partition of an asset.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Asset">What was written.</param>
/// <param name="Partition">The month; null for an asset that is not partitioned.</param>
/// <param name="Location">Location: a key prefix of the object store, or <c>postgres:</c> and a table.</param>
/// <param name="Rows">Rows in it.</param>
/// <param name="Bytes">Bytes of its files, or of its table.</param>
/// <param name="CommittedAt">When it became visible.</param>
/// <param name="RunId">The run that wrote it.</param>
/// <param name="ActivityId">The activity that wrote it.</param>
/// <param name="Attempt">The attempt that wrote it.</param>
/// <param name="CodeVersion">Version of the code or model that wrote it.</param>
/// <param name="Supersedes">The materialization that it was derived from and replaces; null for none.</param>
/// <param name="Inputs">The exact materializations that were read for it.</param>
/// <param name="Figures">Figures by name, exact.</param>
/// <param name="Columns">Its columns in order.</param>
/// <param name="Files">Its files; none for a table of PostgreSQL.</param>
/// <param name="Engine">Engine that computed the data: name, version and application; null if no engine did.</param>
public sealed record MaterializationResponse(
    Guid Id, string Asset, Partition? Partition, string Location, long Rows, long Bytes, DateTimeOffset CommittedAt, Guid RunId, string ActivityId, int Attempt,
    string CodeVersion, Guid? Supersedes, IReadOnlyList<Guid> Inputs, IReadOnlyDictionary<string, decimal> Figures, IReadOnlyList<AssetColumn> Columns,
    IReadOnlyList<FileResponse> Files, string? Engine);

/// <summary>A file of a materialization.</summary>
/// <param name="Path">Key below the store's root.</param>
/// <param name="Address">Where to read it.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">SHA-256 of its content, lower-case hexadecimal.</param>
/// <param name="Rows">Rows in it.</param>
public sealed record FileResponse(string Path, string Address, long Bytes, string Sha256, long Rows);

/// <summary>Lineage of a materialization: what it was made from and what was made from it, directly and indirectly.</summary>
/// <param name="Materialization">The requested materialization.</param>
/// <param name="Upstream">Materializations that it was made from, in the order of commits.</param>
/// <param name="Downstream">Materializations that were made from it, in the order of commits.</param>
public sealed record LineageResponse(
    MaterializationResponse Materialization, IReadOnlyList<MaterializationResponse> Upstream, IReadOnlyList<MaterializationResponse> Downstream);

/// <summary>A month with the data that exists for it.</summary>
/// <param name="Partition">The month.</param>
/// <param name="Assets">Number of assets that have the month.</param>
/// <param name="Rows">Rows of all these assets.</param>
/// <param name="Bytes">Bytes of all these assets.</param>
/// <param name="CommittedAt">Time of the last commit to one of these assets.</param>
public sealed record PartitionResponse(Partition Partition, int Assets, long Rows, long Bytes, DateTimeOffset CommittedAt)
{
    /// <summary>Converts a month to the form of the API.</summary>
    public static PartitionResponse Of(PartitionSummary summary) => new(summary.Partition, summary.Assets, summary.Rows, summary.Bytes, summary.CommittedAt);
}

/// <summary>Adds the addresses of files to materializations.</summary>
sealed class AssetAddresses(IObjectStore objects)
{
    /// <summary>Converts a materialization to the form of the API.</summary>
    public MaterializationResponse Show(Materialization found) => new(
        found.Id, found.Asset.Name, found.Partition, found.Location, found.Rows, found.Bytes, found.CommittedAt, found.RunId, found.ActivityId, found.Attempt,
        found.CodeVersion, found.Supersedes, found.Inputs, found.Figures, found.Columns,
        [.. found.Files.Select(file => new FileResponse(file.Path, objects.AddressOf(file.Path).AbsoluteUri, file.Bytes, file.Sha256, file.Rows))], found.Engine);
}
