namespace Orchestrator.Workflows.Assets;

/// <summary>Effects of a failed check on the run.</summary>
public enum CheckSeverity
{
    /// <summary>The run continues; the failure is shown.</summary>
    Warning = 0,

    /// <summary>The run stops before anything is published.</summary>
    Error = 1,
}

/// <summary>The result of a test of the data.</summary>
/// <param name="Check">Name of the check, such as <c>rows_equal_raw</c>.</param>
/// <param name="Asset">The asset that was tested.</param>
/// <param name="Partition">The month; <see langword="null"/> for an asset that is not partitioned.</param>
/// <param name="Severity">Effect of a failure.</param>
/// <param name="IsPassed">Whether the data passed.</param>
/// <param name="Expected">Expected value, as text.</param>
/// <param name="Actual">Actual value, as text.</param>
/// <param name="OffendingRows">Up to ten rows that break it, one text each; empty if it passed.</param>
public sealed record AssetCheckResult(
    string Check, AssetKey Asset, Partition? Partition, CheckSeverity Severity, bool IsPassed, string Expected, string Actual,
    IReadOnlyList<string> OffendingRows);
