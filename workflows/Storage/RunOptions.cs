using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Storage;

/// <summary>Settings of workers and the runs that they drive.</summary>
public sealed class RunOptions
{
    static readonly TimeSpan LongestLeaseCheck = TimeSpan.FromSeconds(1);

    /// <summary>Name of the section in the configuration.</summary>
    public const string Section = "Runs";

    /// <summary>The platform's data folder; attempts work below <c>work/</c> in it. Default <c>.data</c> in the current folder.</summary>
    [Required]
    public string DataDirectory { get; set; } = ".data";

    /// <summary>
    /// Folder of the files that an activity passes to a later one of its run. Every worker must reach it, so that another machine can
    /// continue a run whose worker died. Default <c>.staged</c> in the object store if that is a folder, otherwise <c>work</c> in the data
    /// folder.
    /// </summary>
    public string? HandoverDirectory { get; set; }

    /// <summary>
    /// Time for which a worker holds a run without renewing: the longest time until another worker continues the run of a dead one. Default
    /// 15 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Interval at which workers check for runs whose worker died.</summary>
    internal TimeSpan LeaseCheck => Lease / 5 < LongestLeaseCheck ? Lease / 5 : LongestLeaseCheck;

    /// <summary>Duration of a claim in the store: together with the time until the next check it is the lease.</summary>
    internal TimeSpan LeaseTaken => Lease - LeaseCheck;

    /// <summary>
    /// Interval at which a worker checks for cancellation of its runs, and renews their leases if due; at least each third of the lease.
    /// Default 1 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Time for which the store may be unavailable before a worker releases its run. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan StoreOutage { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Time for which runs may continue after a worker was asked to stop; then they are handed over to other workers. Default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Retries of an activity because something it needs was unavailable; they do not count against its own policy. Default 10.
    /// </summary>
    [Range(0, 1_000)]
    public int InfrastructureRetries { get; set; } = 10;

    /// <summary>
    /// Number of workers that may die one after the other while they drive a run, without any activity ending in between; then the run is
    /// ended: it may be the cause. Default 2.
    /// </summary>
    [Range(1, 1_000)]
    public int PoisonedAfter { get; set; } = 2;

    /// <summary>
    /// Number of attempts of an activity that may be lost with their worker before the next loss fails it, even if other activities of the
    /// run finish meanwhile: it may be the cause. Default 1, so it kills two workers at most.
    /// </summary>
    [Range(0, 1_000)]
    public int LostAttempts { get; set; } = 1;

    /// <summary>
    /// Largest number of executions of activities in a run, loops included; with one more it ends Failed. Default 100,000.
    /// </summary>
    [Range(1, 10_000_000)]
    public int MaximumExecutions { get; set; } = 100_000;

    /// <summary>Largest number of runs above a run that started each other; one at this depth starts no further one. Default 32.</summary>
    [Range(1, 1_000)]
    public int MaximumDepth { get; set; } = 32;

    /// <summary>
    /// Largest number of runs of one workflow that other runs may start within a minute, by <c>ExecuteWorkflow</c>, <c>DispatchWorkflow</c>
    /// or an event. Default 300.
    /// </summary>
    [Range(1, 1_000_000)]
    public int StartsPerMinute { get; set; } = 300;
}

/// <summary>Checks <see cref="RunOptions"/>.</summary>
[OptionsValidator]
public sealed partial class RunOptionsValidator : IValidateOptions<RunOptions>;
