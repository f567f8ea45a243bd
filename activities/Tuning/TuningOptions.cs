using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Tuning;

/// <summary>Tunables of <see cref="TuneIndexes"/>. All prices are in buffers: pages of 8 KiB that PostgreSQL reads or writes.</summary>
public sealed class TuningOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Activities:TuneIndexes";

    /// <summary>
    /// Number of times that each query of the workload is asked between two loads of a month: the savings of an index count so many times.
    /// Default 30, once a day.
    /// </summary>
    [Range(1, 1_000_000)]
    public int ExecutionsPerLoad { get; set; } = 30;

    /// <summary>
    /// Cost of a page of index between two loads: disk, backup, and the place in memory that it takes from others. Default 4 buffers.
    /// Building it on the new rows of a load comes on top: reading the table and writing the index once.
    /// </summary>
    [Range(0, 1_000)]
    public double BuffersPerIndexPage { get; set; } = 4;

    /// <summary>Least part of the whole workload's buffers that a new index must save. Default 0.001.</summary>
    [Range(0, 1)]
    public double LeastShareSaved { get; set; } = 0.001;

    /// <summary>
    /// Least pages of a table's month for which an index is thought of; smaller ones are read as a whole as cheaply. Default 64.
    /// </summary>
    [Range(1, 1_000_000)]
    public int LeastTablePages { get; set; } = 64;

    /// <summary>Hysteresis: how many times its price a new index must be worth on data that was tuned before. Default 2.</summary>
    [Range(1, 100)]
    public double WorthToChange { get; set; } = 2;

    /// <summary>
    /// Hysteresis: an index that stands is kept while what it saves is worth this part of what it costs. A new one must be worth all of it,
    /// and one that was dropped or rejected after measuring is not tried again until the month's sales differ by
    /// <see cref="ChangeToTryAgain"/>. Default 0.5.
    /// </summary>
    [Range(0, 1)]
    public double WorthToKeep { get; set; } = 0.5;

    /// <summary>Change in the number of sales after which a measured rejection is looked at again. Default 0.25.</summary>
    [Range(0, 100)]
    public double ChangeToTryAgain { get; set; } = 0.25;

    /// <summary>Most bytes of all indexes as part of the bytes of the tables without indexes. Default 1.</summary>
    [Range(0.01, 100)]
    public double LargestIndexShare { get; set; } = 1;

    /// <summary>Most rounds of choosing, building and measuring. Default 4.</summary>
    [Range(1, 10)]
    public int Rounds { get; set; } = 4;

    /// <summary>Indexes built at the same time, each on its own connection. Default 2.</summary>
    [Range(1, 16)]
    public int Connections { get; set; } = 2;

    /// <summary>Memory of PostgreSQL for building one index, as its setting <c>maintenance_work_mem</c> takes it. Default 256MB.</summary>
    [RegularExpression("^[0-9]{1,7}(kB|MB|GB)$")]
    public string IndexBuildMemory { get; set; } = "256MB";

    /// <summary>Longest wait of a statement that changes an index for others. Default 10 s.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
