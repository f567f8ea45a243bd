using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Warehouse;

/// <summary>Tunables of <see cref="LoadTables"/>.</summary>
public sealed class LoadOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Activities:LoadTables";

    /// <summary>Size of one buffer of encoded rows in bytes. A row must fit in one. Default 256 KiB.</summary>
    [Range(4 * 1024, 64 * 1024 * 1024)]
    public int CopyBufferBytes { get; set; } = 256 * 1024;

    /// <summary>Buffers on their way from the encoder to the server, per table that is copied. Default 8.</summary>
    [Range(2, 1_000)]
    public int CopyBuffers { get; set; } = 8;

    /// <summary>Tables copied at the same time, each on its own connection. Default 2.</summary>
    [Range(1, 7)]
    public int Connections { get; set; } = 2;

    /// <summary>
    /// Longest time that one try to swap waits for readers to finish; new readers queue behind it meanwhile. Default 500 ms: below
    /// PostgreSQL's <c>deadlock_timeout</c> of a second, so that in a deadlock with a reader it is always the load that gives way.
    /// </summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Tries to swap before the attempt fails with <c>load.readers_hold_lock</c>. Default 10.</summary>
    [Range(1, 1_000)]
    public int LockAttempts { get; set; } = 10;

    /// <summary>Pause between two tries, in which readers go on. Default 500 ms.</summary>
    public TimeSpan LockPause { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Longest time that staging waits for a table that others have locked; then the attempt fails with <c>load.table_locked</c>. Default 1
    /// minute.
    /// </summary>
    public TimeSpan TableLockTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Memory of PostgreSQL for building one index on new rows, as its setting <c>maintenance_work_mem</c> takes it. Default 256MB.
    /// </summary>
    [RegularExpression("^[0-9]{1,7}(kB|MB|GB)$")]
    public string IndexBuildMemory { get; set; } = "256MB";
}
