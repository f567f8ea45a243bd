using System.Globalization;
using Orchestrator.Activities.Store;
using Orchestrator.Spark.Engines;
using Orchestrator.Spark.Models;

namespace Orchestrator.Activities.Star;

/// <summary>
/// A session of the engine for one attempt: materializations in, models over them, materializations out. The one place where the
/// engine's failures become failures of an activity.
/// </summary>
sealed class ModelSession : IAsyncDisposable
{
    const string Offenders = "offenders";

    readonly ActivityExecutionContext context;
    readonly ModelCatalog models;
    readonly IObjectStore store;
    readonly StoreStaging files;
    readonly ModelProgress progress;
    readonly ISqlSession session;

    ModelSession(ActivityExecutionContext context, ModelProgress progress, ISqlSession session)
    {
        this.context = context;
        this.progress = progress;
        this.session = session;
        models = context.GetRequiredService<ModelCatalog>();
        store = context.GetRequiredService<IObjectStore>();
        files = context.GetRequiredService<StoreStaging>();
    }

    CancellationToken CancellationToken => context.CancellationToken;

    public static async Task<ModelSession> OpenAsync(ActivityExecutionContext context)
    {
        var engine = context.GetRequiredService<ISqlEngine>();
        var told = new ModelProgress(context);
        var opening = new SqlSessionContext(Path.Combine(context.Attempt.WorkDirectory, "sql"))
        {
            Earlier = context.GetCheckpoint<SqlCheckpoint>(),
            SaveAsync = (checkpoint, _) => context.SetCheckpointAsync(checkpoint),
            OnProgress = told.Report,
        };
        return new(context, told, await InOurWordsAsync("session", () => engine.OpenAsync(opening, context.CancellationToken)));
    }

    /// <summary>Says how far the attempt is; what the engine tells of the tasks of its queries goes with it.</summary>
    public void ReportProgress(ActivityProgress reached) => progress.Report(reached);

    /// <summary>A month as models name it.</summary>
    public static Dictionary<string, object?> ParametersOf(Partition partition) =>
        new(StringComparer.Ordinal) { ["partition_start"] = partition.Start, ["partition_end"] = partition.End };

    /// <summary>Makes a materialization readable; <see langword="null"/> reads as an empty table.</summary>
    public Task ReadAsync(string view, Materialization? source, IReadOnlyList<AssetColumn> columns) =>
        InOurWordsAsync(view, async () => await session.CreateViewAsync(view, source is null ? [] : await AddressesOfAsync(source.Files), ColumnsOf(columns), CancellationToken));

    /// <summary>Makes a materialization readable.</summary>
    public Task ReadAsync(string view, Materialization source) => ReadAsync(view, source, source.Columns);

    /// <summary>Makes what this attempt has written readable.</summary>
    public Task ReadAsync(string view, MaterializationDraft written) =>
        InOurWordsAsync(view, async () => await session.CreateViewAsync(view, await AddressesOfAsync(written.Files), ColumnsOf(written.Columns), CancellationToken));

    /// <summary>Makes several months of an asset readable, with a column <c>month</c>.</summary>
    public Task ReadMonthsAsync(string view, IReadOnlyList<Materialization> months, IReadOnlyList<AssetColumn> columns) =>
        InOurWordsAsync(view, async () =>
        {
            var read = new List<MonthFiles>();
            foreach (var month in months) read.Add(new(month.Partition!.Value.Start, await AddressesOfAsync(month.Files)));
            await session.CreateMonthlyViewAsync(view, read, ColumnsOf(columns), CancellationToken);
        });

    /// <summary>Gives a model a name to be read by.</summary>
    public Task DefineAsync(string view, string model) =>
        InOurWordsAsync(model, () => session.DefineViewAsync(view, models[model].Sql, CancellationToken));

    /// <summary>Gives a table of the session another name.</summary>
    public Task AliasAsync(string view, string table) =>
        InOurWordsAsync(view, () => session.DefineViewAsync(view, $"select * from {table}", CancellationToken));

    /// <summary>Computes a model once, to be read by a name.</summary>
    public Task MaterializeAsync(string table, string model, IReadOnlyDictionary<string, object?> parameters) => ComputeAsync(model, async _ =>
    {
        await session.MaterializeAsync(table, models[model].Sql, parameters, CancellationToken);
        return true;
    });

    /// <summary>The rows of a model whose result is small.</summary>
    public Task<IReadOnlyList<IReadOnlyDictionary<string, object?>>> QueryAsync(string model, IReadOnlyDictionary<string, object?> parameters) =>
        ComputeAsync(model, _ => session.QueryAsync(models[model].Sql, parameters, CancellationToken));

    /// <summary>Runs a check, which is a model that selects the rows that break a rule.</summary>
    /// <param name="asset">What is tested; <see langword="null"/> for the asset that the check names.</param>
    public async Task<AssetCheckResult> CheckAsync(string check, AssetKey? asset, Partition? partition, IReadOnlyDictionary<string, object?> parameters)
    {
        var sql = $"select found.*, count(*) over () as {Offenders} from (\n{models[check].Sql}\n) as found limit 10";
        var rows = await ComputeAsync(check, _ => session.QueryAsync(sql, parameters, CancellationToken));
        var count = rows is [var first, ..] ? (long)first[Offenders]! : 0;
        return new(check, asset ?? new(models[check].Asset), partition, CheckSeverity.Error, count == 0, "no rows that break it",
            count == 1 ? "1 row" : string.Create(CultureInfo.InvariantCulture, $"{count} rows"), [.. rows.Select(InWords)]);
    }

    /// <summary>Computes a model into the store, as what this attempt writes of an asset.</summary>
    /// <param name="inputs">The materializations that were read for it.</param>
    public async Task<MaterializationDraft> WriteAsync(
        string model, AssetKey asset, Partition? partition, IReadOnlyDictionary<string, object?> parameters, IEnumerable<Guid> inputs)
    {
        var prefix = ObjectKeys.PrefixOf(asset, partition, context.Attempt);
        var written = await ComputeAsync(model, async span =>
        {
            var table = await session.WriteAsync(models[model].Sql, parameters, store.AddressOf(prefix), CancellationToken);
            span.Wrote(table.Rows, table.Files.Sum(file => file.Bytes));
            return table;
        });
        context.Attempt.Reached("star.written");
        // Where the engine had to begin anew, or went on with an earlier attempt, it lies beside the folder of this one.
        var parts = written.Files.Select(file => new AssetFile(KeyOf(file.Address), file.Bytes, file.Sha256, file.Rows)).ToList();
        var draft = new MaterializationDraft
        {
            Id = Guid.CreateVersion7(context.GetRequiredService<TimeProvider>().GetUtcNow()),
            Asset = asset,
            Partition = partition,
            Location = parts is [var first, ..] ? first.Path[..(first.Path.LastIndexOf('/') + 1)] : prefix,
            Rows = written.Rows,
            Bytes = written.Files.Sum(file => file.Bytes),
            Files = parts,
            Columns = [.. written.Columns.Select(column => new AssetColumn(column.Name, column.Type))],
            Inputs = [.. inputs.Distinct()],
            CodeVersion = models[model].CodeVersion,
            Engine = session.Engine,
            Figures = written.Figures,
        };
        await SealedFiles.CheckAsync(store, draft, CancellationToken);
        return draft;
    }

    public ValueTask DisposeAsync() => session.DisposeAsync();

    // Looked at before a row is read, whatever engine reads it.
    Task<IReadOnlyList<Uri>> AddressesOfAsync(IReadOnlyList<AssetFile> manifest) => files.CheckAsync(manifest, CancellationToken);

    string KeyOf(Uri address) => Uri.UnescapeDataString(store.Root.MakeRelativeUri(address).OriginalString);

    static string InWords(IReadOnlyDictionary<string, object?> row) =>
        string.Join(", ", row.Where(column => column.Key != Offenders).Select(column => string.Create(CultureInfo.InvariantCulture, $"{column.Key}={column.Value switch
        {
            null => "null",
            DateOnly day => day.ToString("O", CultureInfo.InvariantCulture),
            decimal number => number.ToString("0.00##", CultureInfo.InvariantCulture),
            var value => value,
        }}")));

    static IReadOnlyList<SqlColumn> ColumnsOf(IReadOnlyList<AssetColumn> columns) => [.. columns.Select(column => new SqlColumn(column.Name, column.Type))];

    static Task<T> ComputeAsync<T>(string model, Func<Span?, Task<T>> work) =>
        ActivitiesTelemetry.InAsync(ActivitiesTelemetry.StartModel(model), span => InOurWordsAsync(model, () => work(span)));

    static async Task InOurWordsAsync(string model, Func<Task> work) =>
        await InOurWordsAsync(model, async () =>
        {
            await work();
            return true;
        });

    static async Task<T> InOurWordsAsync<T>(string model, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (SqlEngineException error)
        {
            throw new ActivityFailedException(error.Code, $"{model}: {error.Message}", error.IsRetryable, error);
        }
    }
}
