using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Store;

/// <summary>Tunables of <see cref="UploadPartitions"/>.</summary>
public sealed class UploadOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Activities:UploadPartitions";

    /// <summary>
    /// Least time between two checkpoints: what is uploaded again after a crash took no longer than this. Zero saves one for each file.
    /// Default 2 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromSeconds(2);
}
