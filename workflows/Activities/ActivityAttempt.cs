using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Secrets;

namespace Orchestrator.Workflows.Activities;

/// <summary>
/// One try of one activity in one run: its identity, and the results that it passes to the runtime. It is a service of the attempt's scope;
/// the results become visible in the transaction that completes the activity, all or nothing.
/// </summary>
public sealed class ActivityAttempt
{
    readonly Lock gate = new();
    readonly List<MaterializationDraft> materializations = [];
    readonly List<AssetCheckResult> checks = [];
    readonly SortedDictionary<string, decimal> metrics = new(StringComparer.Ordinal);

    /// <summary>Id of the run.</summary>
    public required Guid RunId { get; init; }

    /// <summary>Id of the activity in its definition, such as <c>GenerateSales1</c>.</summary>
    public required string ActivityId { get; init; }

    /// <summary>Number of the try, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>
    /// The worker's fencing token for the run. It grows each time a worker claims the run: if two workers believe that they hold it, the
    /// one with the greater token does, and nothing that the other one writes may become visible.
    /// </summary>
    public required long FencingToken { get; init; }

    /// <summary>The run's partition; <see langword="null"/> if the run has none.</summary>
    public Partition? Partition { get; init; }

    /// <summary>
    /// A folder of this attempt alone, on the machine that executes it; it may not exist yet. The runtime deletes those of earlier
    /// attempts, and all of them when the run has ended.
    /// </summary>
    public required string WorkDirectory { get; init; }

    /// <summary>
    /// A folder of this attempt alone for files that a later activity of the run reads, reachable by every worker; it may not exist yet. It
    /// lives as long as the run. Default: <see cref="WorkDirectory"/>.
    /// </summary>
    public string HandoverDirectory { get => field ?? WorkDirectory; init; }

    /// <summary>Receives progress and log lines while the attempt executes.</summary>
    public required IAttemptObserver Observer { get; init; }

    /// <summary>Opaque state saved by an earlier attempt of this execution; <see langword="null"/> for none.</summary>
    public JsonElement? Checkpoint { get; init; }

    /// <summary>Saves a checkpoint durably; the runtime sets it.</summary>
    public required Func<JsonElement, CancellationToken, Task> SaveCheckpointAsync { get; init; }

    /// <summary>Whether the worker still holds the run, as the store has it; the runtime sets it.</summary>
    public Func<CancellationToken, Task<bool>> IsHeldAsync { get; init; } = static _ => Task.FromResult(true);

    /// <summary>
    /// Reports that the attempt reached a named point, such as <c>load.staged</c>. Recovery tests end or stop the process there.
    /// </summary>
    public Action<string> Reached { get; init; } = static _ => { };

    /// <summary>
    /// Returns the id of the run of a workflow that this execution starts, the same in each attempt, so that another try starts no second
    /// run; the runtime sets it.
    /// </summary>
    public Func<string, Guid>? IdOfStarted { get; init; }

    /// <summary>Whether another attempt follows if this one fails with a transient error; the runtime sets it.</summary>
    public bool MayBeRetried { get; init; }

    /// <summary>
    /// Whether the definition connects something to an outcome, by a connection or an inner activity; the runtime sets it.
    /// </summary>
    public Func<string, bool> HasWayFor { get; init; } = static _ => false;

    /// <summary>Resources that the runtime releases after the attempt's outcome is committed, last first.</summary>
    public Stack<IAsyncDisposable> HeldUntilCommit { get; } = new();

    /// <summary>Hides the secrets that the activity was given; the runtime sets it before the activity begins.</summary>
    internal SecretMask Mask { get; set; } = SecretMask.None;

    /// <summary>Secrets of the attempt that may not be sent to any host; the runtime sets them before the activity begins.</summary>
    internal IReadOnlyList<SecretLimit> SecretLimits { get; set; } = [];

    /// <summary>Materializations that the attempt wrote, in order.</summary>
    public IReadOnlyList<MaterializationDraft> Materializations { get { lock (gate) return [.. materializations]; } }

    /// <summary>Results of the checks that the attempt made, in order.</summary>
    public IReadOnlyList<AssetCheckResult> Checks { get { lock (gate) return [.. checks]; } }

    /// <summary>Metrics of the attempt by name; see <see cref="MetricNames"/>.</summary>
    public IReadOnlyDictionary<string, decimal> Metrics { get { lock (gate) return new SortedDictionary<string, decimal>(metrics, StringComparer.Ordinal); } }

    /// <summary>Adds a written asset. If the attempt wrote the same partition before, the later draft replaces it.</summary>
    public void Add(MaterializationDraft materialization)
    {
        lock (gate)
        {
            materializations.RemoveAll(earlier => earlier.Asset == materialization.Asset && earlier.Partition == materialization.Partition);
            materializations.Add(materialization);
        }
    }

    /// <summary>Adds the result of a check.</summary>
    public void Add(AssetCheckResult check) { lock (gate) checks.Add(Mask.Check(check)); }

    /// <summary>Sets a metric of the attempt.</summary>
    public void SetMetric(string name, decimal value) { lock (gate) metrics[name] = value; }

    /// <summary>Writes a line to the activity's log.</summary>
    public void Log(string eventName, string? message) => Observer.OnLog(this, eventName, message);
}

/// <summary>Receives the reports of an attempt while it executes; called from any thread, must return at once and never throw.</summary>
public interface IAttemptObserver
{
    /// <summary>Called when the attempt reports progress.</summary>
    void OnProgress(ActivityAttempt attempt, ActivityProgress progress);

    /// <summary>Called when the attempt writes a log line.</summary>
    void OnLog(ActivityAttempt attempt, string eventName, string? message);
}

/// <summary>Progress of an attempt.</summary>
/// <param name="Rows">Rows processed.</param>
/// <param name="TotalRows">Rows to do; <see langword="null"/> if it is not known.</param>
/// <param name="Bytes">Bytes written or sent; <see langword="null"/> if it has no meaning.</param>
/// <param name="Step">Current step, such as a table's name; <see langword="null"/> for none.</param>
public readonly record struct ActivityProgress(long Rows, long? TotalRows = null, long? Bytes = null, string? Step = null);

/// <summary>Names of the metrics that run summaries read.</summary>
public static class MetricNames
{
    /// <summary>Rows that the activity processed, shown beside it.</summary>
    public const string Rows = "rows";

    /// <summary>Bytes that the activity wrote, shown beside it.</summary>
    public const string Bytes = "bytes";

    /// <summary>Sales read or generated.</summary>
    public const string RowsIn = "rows.in";

    /// <summary>Sales that satisfy all rules and belong to the partition.</summary>
    public const string RowsGood = "rows.good";

    /// <summary>Sales in quarantine.</summary>
    public const string RowsQuarantined = "rows.quarantined";

    /// <summary>Sales of other partitions.</summary>
    public const string RowsOutside = "rows.outside";

    /// <summary>Sales among the good ones that are returns.</summary>
    public const string RowsReturned = "rows.returned";

    /// <summary>Sales of the month in PostgreSQL after the load.</summary>
    public const string RowsLoaded = "rows.loaded";

    /// <summary>Total amount of the good sales, two decimals.</summary>
    public const string Total = "total";

    /// <summary>Total amount of the returns among them, at most 0, two decimals.</summary>
    public const string TotalReturned = "total.returned";
}
