namespace Orchestrator.Activities.Sales;

/// <summary>
/// A month of raw data in local files, ready to be uploaded. It lives in the handover folder of the attempt that made it.
/// </summary>
/// <param name="Assets">The assets, <c>raw/sales</c> first.</param>
public sealed record StagedMonth(IReadOnlyList<StagedAsset> Assets);

/// <summary>One asset of a staged month.</summary>
/// <param name="Asset">Its key, such as <c>raw/sales</c> or <c>quarantine/sales</c>.</param>
/// <param name="Files">Its zstd Parquet files in order; rows never span two months.</param>
/// <param name="Columns">Its columns in order.</param>
/// <param name="Figures">Figures by name that go with its materialization, such as <c>total</c> (money).</param>
public sealed record StagedAsset(
    string Asset, IReadOnlyList<StagedFile> Files, IReadOnlyList<AssetColumn> Columns, IReadOnlyDictionary<string, decimal> Figures);

/// <summary>A local file of a staged asset.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Rows">Rows in it.</param>
/// <param name="Bytes">Its size.</param>
public sealed record StagedFile(string Path, long Rows, long Bytes);
