using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Storage;

/// <summary>How runs are driven.</summary>
public sealed class RunOptions
{
    static readonly TimeSpan LongestLeaseCheck = TimeSpan.FromSeconds(1);

    /// <summary>Name of the section in the configuration.</summary>
    public const string Section = "Runs";

    /// <summary>The platform's data folder; attempts work below <c>work/</c> in it. Default <c>.data</c> in the current folder.</summary>
    [Required]
    public string DataDirectory { get; set; } = ".data";

    /// <summary>
    /// Folder of the files that an activity hands to a later one of its run. Every worker must reach it, so that another machine can go on
    /// with a run whose worker is gone. Default <c>.staged</c> in the object store where that is a folder, else <c>work</c> in the data
    /// folder.
    /// </summary>
    public string? HandoverDirectory { get; set; }

    /// <summary>
    /// How long a worker holds a run without renewing: the longest time until another worker goes on with the run of a dead one. Default 15
    /// s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often workers look for runs whose worker died.</summary>
    internal TimeSpan LeaseCheck => Lease / 5 < LongestLeaseCheck ? Lease / 5 : LongestLeaseCheck;

    /// <summary>What a worker takes a run for: with the time until somebody looks it is the lease.</summary>
    internal TimeSpan LeaseTaken => Lease - LeaseCheck;

    /// <summary>
    /// How often a worker looks whether its runs are to be cancelled and renews their leases where that is due; at least each third of the
    /// lease. Default 1 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the store may be away before a worker gives its run up. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan StoreOutage { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long runs may go on after a worker was told to take nothing new; then they are handed over to other workers. Default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Retries of an activity because something it needs was away; they do not count against its own policy. Default 10.</summary>
    [Range(0, 1_000)]
    public int InfrastructureRetries { get; set; } = 10;

    /// <summary>
    /// Workers that may die one after the other while they drive a run, without anything of it being finished in between; then the run is
    /// ended: it may be what kills them. Default 2.
    /// </summary>
    [Range(1, 1_000)]
    public int PoisonedAfter { get; set; } = 2;

    /// <summary>
    /// Attempts of an activity that may be lost with their worker before the next loss fails it, whatever other activities of the run
    /// finish meanwhile: it may be what kills the workers. Default 1, so it kills two workers at most.
    /// </summary>
    [Range(0, 1_000)]
    public int LostAttempts { get; set; } = 1;

    /// <summary>Executions of activities that a run may have, loops included; with one more it ends Failed. Default 100,000.</summary>
    [Range(1, 10_000_000)]
    public int MaximumExecutions { get; set; } = 100_000;

    /// <summary>Runs above a run that started each other; one at this depth starts no further one. Default 32.</summary>
    [Range(1, 1_000)]
    public int MaximumDepth { get; set; } = 32;

    /// <summary>
    /// Runs of one workflow that other runs may start within a minute, by <c>ExecuteWorkflow</c>, <c>DispatchWorkflow</c> or an event.
    /// Default 300.
    /// </summary>
    [Range(1, 1_000_000)]
    public int StartsPerMinute { get; set; } = 300;
}

/// <summary>Checks <see cref="RunOptions"/>.</summary>
[OptionsValidator]
public sealed partial class RunOptionsValidator : IValidateOptions<RunOptions>;
