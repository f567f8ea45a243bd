namespace Orchestrator.Workflows.Assets;

/// <summary>What a failed check does to the run.</summary>
public enum CheckSeverity
{
    /// <summary>The run goes on; the failure is shown.</summary>
    Warning = 0,

    /// <summary>The run stops before anything is published.</summary>
    Error = 1,
}

/// <summary>The result of a test of the data.</summary>
/// <param name="Check">Name of the check, such as <c>rows_equal_raw</c>.</param>
/// <param name="Asset">The asset that was tested.</param>
/// <param name="Partition">The month; <see langword="null"/> for an asset that is not partitioned.</param>
/// <param name="Severity">What a failure does.</param>
/// <param name="IsPassed">Whether the data is right.</param>
/// <param name="Expected">What was expected, as text.</param>
/// <param name="Actual">What was found, as text.</param>
/// <param name="OffendingRows">Up to ten rows that break it, one text each; empty where it passed.</param>
public sealed record AssetCheckResult(
    string Check, AssetKey Asset, Partition? Partition, CheckSeverity Severity, bool IsPassed, string Expected, string Actual,
    IReadOnlyList<string> OffendingRows);
