using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Activities.Exports;
using Orchestrator.Activities.Tuning;
using Orchestrator.Server.Api;
using Orchestrator.Server.Client;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.CommandLine;

/// <summary>Counts of sales at each stage of a run.</summary>
/// <param name="In">Sales read or generated.</param>
/// <param name="Good">Sales that keep all rules and lie in the month.</param>
/// <param name="Quarantined">Sales that break a rule.</param>
/// <param name="Outside">Sales of other months.</param>
/// <param name="Loaded">Sales in PostgreSQL after the load.</param>
/// <param name="Returned">Returns among the good ones; <see langword="null"/> if the source does not distinguish them.</param>
public sealed record RowCounts(
    long? In, long? Good, long? Quarantined, long? Outside, long? Loaded,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Returned = null);

/// <summary>An attempt that failed.</summary>
/// <param name="Attempt">Number of the attempt, from 1.</param>
/// <param name="Code">Code of the error.</param>
/// <param name="Message">What happened and what to do.</param>
public sealed record FailedAttempt(int Attempt, string Code, string Message);

/// <summary>One activity in the report of a run.</summary>
/// <param name="Execution">The execution as the journal has it.</param>
/// <param name="FailedAttempts">Failed attempts in order, including those before a success.</param>
public sealed record ReportedActivity(ActivityExecution Execution, IReadOnlyList<FailedAttempt> FailedAttempts)
{
    /// <summary>Name of the activity for people.</summary>
    public string Name => Execution.Name ?? Execution.ActivityId;

    /// <summary>Whether an earlier run executed it and its result was kept.</summary>
    public bool IsReused => Execution.ReusedFrom is not null;

    /// <summary>Rows that the activity worked on; <see langword="null"/> if not applicable.</summary>
    public long? Rows => Execution.Metrics.TryGetValue(MetricNames.Rows, out var rows) ? (long)rows : null;
}

/// <summary>Result of a run, read back from stored data and not from the display.</summary>
/// <param name="Run">The run.</param>
/// <param name="Activities">Its steps in the order of their start; containers are left out.</param>
/// <param name="StoreRoot">Address of the object store.</param>
/// <param name="Files">Key of each asset that the run wrote as files: a single file if there is one to read, else the folder.</param>
public sealed record RunReport(Run Run, IReadOnlyList<ReportedActivity> Activities, Uri StoreRoot, IReadOnlyList<(AssetKey Asset, string Key)> Files)
{
    /// <summary>Address of the run's trace; <see langword="null"/> if it was not traced or no address is configured.</summary>
    public Uri? TraceUrl { get; init; }

    /// <summary>
    /// Engine that computed the tables, such as <c>Spark 4.2.0, application local-17</c>; <see langword="null"/> if the run did not get
    /// that far.
    /// </summary>
    public string? Engine { get; init; }

    /// <summary>Location of the run's files, as people write it.</summary>
    public string Store => StoreRoot.IsFile ? StoreRoot.LocalPath : StoreRoot.ToString();

    /// <summary>Counts of the run's sales.</summary>
    public RowCounts Rows => new(
        Count(MetricNames.RowsIn), Count(MetricNames.RowsGood), Count(MetricNames.RowsQuarantined), Count(MetricNames.RowsOutside),
        Count(MetricNames.RowsLoaded), Count(MetricNames.RowsReturned));

    /// <summary>Total of the good sales; <see langword="null"/> if the run did not get that far.</summary>
    public decimal? Total => Figure(MetricNames.Total);

    /// <summary>The top customers with their coupons; empty if the run did not get that far.</summary>
    public IReadOnlyList<RewardedPlace> Coupons => First("Orchestrator.ExportCoupons");

    /// <summary>The top sales people with their incentives; empty if the run did not get that far.</summary>
    public IReadOnlyList<RewardedPlace> Incentives => First("Orchestrator.ExportIncentives");

    /// <summary>Measurements and decisions of index tuning; <see langword="null"/> if the run did not get that far.</summary>
    public TuningReport? Tuning => Output<TuningReport>("Orchestrator.TuneIndexes", "Report");

    /// <summary>Reads the report of a run from the platform in this process.</summary>
    public static async Task<RunReport> ReadAsync(Platform platform, Run run, CancellationToken cancellationToken)
    {
        var written = await platform.Catalog.ListOfRunAsync(run.Id, cancellationToken);
        var executions = await platform.Runs.ListExecutionsAsync(run.Id, cancellationToken);
        var numbers = executions.Select(execution => execution.Number).ToList();
        var attempts = (await platform.Runs.ListAttemptsAsync(run.Id, numbers, cancellationToken)).ToLookup(attempt => attempt.Number, AttemptResponse.Of);
        return Of(run, executions.Select(execution => (execution, attempts[execution.Number])), platform.Objects.Root,
            from materialization in written where materialization.Files.Count > 0 select (materialization.Asset, PlaceOf(materialization.Files[^1].Path))) with
        {
            TraceUrl = platform.Telemetry.TraceAddress(run.TraceParent),
            Engine = EnginesOf(written.Select(materialization => materialization.Engine)),
        };
    }

    /// <summary>Reads the report of a run from a server.</summary>
    internal static async Task<RunReport> ReadAsync(ApiClient server, Run run, CancellationToken cancellationToken)
    {
        var written = await server.GetAsync<IReadOnlyList<MaterializationResponse>>($"runs/{run.Id}/materializations", cancellationToken);
        var activities = await server.ListAsync<ActivityResponse>($"runs/{run.Id}/activities", cancellationToken);
        return Of(run, activities.Select(activity => (activity.ToExecution(), activity.Attempts.AsEnumerable())),
            new((await server.GetAsync<ServerResponse>("server", cancellationToken)).Store),
            from materialization in written where materialization.Files.Count > 0 select (new AssetKey(materialization.Asset), PlaceOf(materialization.Files[^1].Path))) with
        {
            TraceUrl = (await server.GetAsync<RunDetailResponse>($"runs/{run.Id}", cancellationToken)).TraceUrl,
            Engine = EnginesOf(written.Select(materialization => materialization.Engine)),
        };
    }

    /// <summary>Returns the document that <c>run --json</c> writes; its names and types are stable.</summary>
    public object ToDocument() => new
    {
        RunId = Run.Id,
        Workflow = Run.DefinitionId,
        Partition = Run.Partition?.ToString(),
        Status = Run.Status.ToString(),
        Rows,
        Total = Total is { } total ? Figures.PlainMoney(total) : null,
        DurationMs = Milliseconds(Run.Duration),
        Activities = Activities.Select(activity => new
        {
            Id = activity.Execution.ActivityId,
            activity.Execution.Type,
            Status = activity.Execution.Status.ToString(),
            activity.Execution.Attempts,
            DurationMs = Milliseconds(activity.Execution.Duration),
            activity.Rows,
            activity.Execution.ReusedFrom,
            activity.FailedAttempts,
        }),
        Error = Run.Error is { } error ? new { error.Code, error.Message, error.ActivityId } : null,
        TraceUrl,
        Store,
        Engine,
    };

    /// <summary>Converts to whole milliseconds; 0 for none.</summary>
    public static long Milliseconds(TimeSpan? time) => (long)Math.Round((time ?? TimeSpan.Zero).TotalMilliseconds);

    static RunReport Of(
        Run run, IEnumerable<(ActivityExecution Execution, IEnumerable<AttemptResponse> Attempts)> executions, Uri storeRoot, IEnumerable<(AssetKey Asset, string Key)> files)
    {
        var all = executions.ToList();
        var parents = all.Select(activity => activity.Execution.Parent).OfType<int>().ToHashSet();
        return new(run, [.. all.Where(activity => !parents.Contains(activity.Execution.Number)).Select(activity => new ReportedActivity(activity.Execution, Failed(activity.Attempts)))],
            storeRoot, [.. files]);
    }

    static List<FailedAttempt> Failed(IEnumerable<AttemptResponse> attempts) =>
        [.. from attempt in attempts let error = attempt.Error where error is not null select new FailedAttempt(attempt.Attempt, error.Code, error.Message)];

    // A run that continued after a restart of Spark has two applications.
    static string? EnginesOf(IEnumerable<string?> engines) => string.Join("; ", engines.OfType<string>().Distinct(StringComparer.Ordinal)) is { Length: > 0 } all ? all : null;

    // People open lists, so those are shown as files; for a table the folder of the month suffices.
    static string PlaceOf(string file) => file.EndsWith(".parquet", StringComparison.Ordinal) ? string.Join('/', file.Split('/')[..^2]) + "/" : file;

    long? Count(string metric) => Figure(metric) is { } figure ? (long)figure : null;

    decimal? Figure(string metric) =>
        Activities.Select(activity => activity.Execution.Metrics.TryGetValue(metric, out var value) ? value : (decimal?)null)
            .FirstOrDefault(value => value is not null);

    IReadOnlyList<RewardedPlace> First(string type) => Output<IReadOnlyList<RewardedPlace>>(type, "First") ?? [];

    T? Output<T>(string type, string name) where T : class =>
        Activities.LastOrDefault(activity => activity.Execution.Type == type)?.Execution.Outputs
            .Where(output => output.Key.Equals(name, StringComparison.OrdinalIgnoreCase) && output.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
            .Select(output => output.Value.Deserialize<T>(JsonSerializerOptions.Web)).FirstOrDefault();
}
