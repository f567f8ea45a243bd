using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Store;

/// <summary>The cache of files of a store that is not on this machine.</summary>
public sealed class StagingOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Store:Cache";

    /// <summary>The folder. Default: <c>cache</c> in the data folder.</summary>
    public string Folder { get; set; } = Path.Combine(Path.GetTempPath(), "orchestrator-cache");

    /// <summary>
    /// Size of all kept files in MB; those that were used last stay. Files in use count for who uses them. Zero keeps none. Default 4096.
    /// </summary>
    [Range(0, 1_000_000)]
    public int Megabytes { get; set; } = 4096;
}
