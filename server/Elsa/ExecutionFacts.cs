using System.Globalization;
using System.Text.Json;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Elsa;

/// <summary>
/// Facts that the Studio shows beside the outputs of a data activity: rows, time, data read and written, trace. The descriptors declare
/// them.
/// </summary>
/// <param name="Written">Materializations that the run wrote, by id.</param>
/// <param name="Read">Materializations that were read, by id.</param>
/// <param name="Trace">Address of the run's trace.</param>
sealed record ExecutionFacts(IReadOnlyDictionary<Guid, Materialization> Written, IReadOnlyDictionary<Guid, Materialization> Read, Uri? Trace)
{
    public const string Rows = "Rows", Duration = "Duration", AssetsRead = "AssetsRead", AssetsWritten = "AssetsWritten", TraceAddress = "Trace";

    /// <summary>Names and descriptions of the facts, in display order.</summary>
    public static IReadOnlyList<(string Name, string DisplayName, string Description)> Declared { get; } =
    [
        (Rows, "Rows", "Rows that it wrote."), (Duration, "Duration", "From its start to its end, retries included."),
        (AssetsRead, "Assets read", "The exact data that it read."), (AssetsWritten, "Assets written", "What readers see since."),
        (TraceAddress, "Trace", "Where the run's trace is shown."),
    ];

    public static ExecutionFacts None { get; } = new(new Dictionary<Guid, Materialization>(), new Dictionary<Guid, Materialization>(), Trace: null);

    /// <summary>Reads the facts of executions.</summary>
    public static async Task<ExecutionFacts> ReadAsync(Guid run, IReadOnlyCollection<ExecutionHistory> executions, PostgresAssetCatalog catalog, Uri? trace, CancellationToken cancellationToken)
    {
        var ids = executions.SelectMany(execution => execution.Materializations).ToHashSet();
        if (ids.Count == 0) return None with { Trace = trace };
        var written = (await catalog.ListOfRunAsync(run, cancellationToken)).Where(wrote => ids.Contains(wrote.Id)).ToDictionary(wrote => wrote.Id);
        var read = new Dictionary<Guid, Materialization>();
        foreach (var input in written.Values.SelectMany(wrote => wrote.Inputs).Distinct())
            if (await catalog.FindAsync(input, cancellationToken) is { } origin) read[input] = origin;
        return new(written, read, trace);
    }

    /// <summary>Returns the outputs of an execution together with the facts.</summary>
    public IReadOnlyDictionary<string, JsonElement> Outputs(ExecutionHistory execution, ActivityNode? node)
    {
        // The Studio cannot show null values.
        var outputs = execution.Outputs.Where(output => output.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)).ToDictionary(StringComparer.Ordinal);
        if (node is not { Kind: ActivityKind.Job }) return outputs;
        var wrote = execution.Materializations.Select(id => Written.GetValueOrDefault(id)).OfType<Materialization>().ToList();
        var origins = wrote.SelectMany(written => written.Inputs).Distinct().Select(id => Read.GetValueOrDefault(id)).OfType<Materialization>().ToList();
        if (execution.Metrics.TryGetValue(MetricNames.Rows, out var rows)) Add(Rows, rows.ToString("#,0", CultureInfo.InvariantCulture));
        if (execution.FinishedAt - execution.StartedAt is { } time) Add(Duration, Figures.Time(time));
        if (origins.Count > 0) Add(AssetsRead, string.Join("; ", origins.Select(Describe)));
        if (wrote.Count > 0) Add(AssetsWritten, string.Join("; ", wrote.Select(Describe)));
        if (Trace is not null) Add(TraceAddress, Trace.ToString());
        return outputs;

        void Add(string name, string text) => outputs.TryAdd(name, JsonSerializer.SerializeToElement(text));
    }

    static string Describe(Materialization written) =>
        $"{written.Asset.Name}{(written.Partition is { } month ? $" {month}" : "")}: {Figures.Count(written.Rows)} rows, {Figures.Bytes(written.Bytes)}";
}
