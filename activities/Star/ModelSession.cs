using System.Globalization;
using Orchestrator.Activities.Store;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Engines;
using Orchestrator.Spark.Models;

namespace Orchestrator.Activities.Star;

/// <summary>A check to run.</summary>
/// <param name="Model">The model that selects the rows that break its rule.</param>
/// <param name="Asset">What is tested; <see langword="null"/> for the asset that the check names.</param>
/// <param name="Partition">The month that is tested; <see langword="null"/> for an asset without months.</param>
/// <param name="Reads">Queries in place of tables that it reads.</param>
sealed record ModelCheck(string Model, AssetKey? Asset, Partition? Partition, params IReadOnlyList<(string Table, string Sql)> Reads);

/// <summary>
/// A session of the engine for one attempt: materializations in, models over them, materializations out. The one place where the
/// engine's failures become failures of an activity.
/// </summary>
sealed class ModelSession : IAsyncDisposable
{
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
        return new(context, told, await TranslateErrorsAsync("session", () => engine.OpenAsync(opening, context.CancellationToken)));
    }

    /// <summary>Reports the progress of the attempt, with that of the engine's tasks.</summary>
    public void ReportProgress(ActivityProgress reached) => progress.Report(reached);

    /// <summary>A month as models name it.</summary>
    public static Dictionary<string, object?> ParametersOf(Partition partition) =>
        new(StringComparer.Ordinal) { ["partition_start"] = partition.Start, ["partition_end"] = partition.End };

    /// <summary>Makes a materialization readable; <see langword="null"/> reads as an empty table.</summary>
    public Task ReadAsync(string view, Materialization? source, IReadOnlyList<AssetColumn> columns) =>
        TranslateErrorsAsync(view, async () => await session.CreateViewAsync(
            view, source is null ? [] : await AddressesOfAsync(source.Files), ColumnsOf(columns), CancellationToken));

    /// <summary>Makes a materialization readable.</summary>
    public Task ReadAsync(string view, Materialization source) => ReadAsync(view, source, source.Columns);

    /// <summary>Makes what this attempt has written readable.</summary>
    public Task ReadAsync(string view, MaterializationDraft written) =>
        TranslateErrorsAsync(view, async () =>
            await session.CreateViewAsync(view, await AddressesOfAsync(written.Files), ColumnsOf(written.Columns), CancellationToken));

    /// <summary>Makes several months of an asset readable, with a column <c>month</c>.</summary>
    public Task ReadMonthsAsync(string view, IReadOnlyList<Materialization> months, IReadOnlyList<AssetColumn> columns) =>
        TranslateErrorsAsync(view, async () =>
        {
            var read = new List<MonthFiles>();
            foreach (var month in months) read.Add(new(month.Partition!.Value.Start, await AddressesOfAsync(month.Files)));
            await session.CreateMonthlyViewAsync(view, read, ColumnsOf(columns), CancellationToken);
        });

    /// <summary>A model as a query for <see cref="Model.Over"/>.</summary>
    /// <param name="reads">Queries in place of tables that it reads.</param>
    public string TextOf(string model, params IReadOnlyList<(string Table, string Sql)> reads) => models[model].Over(reads);

    /// <summary>Computes a model once, to be read by a name.</summary>
    /// <param name="reads">Queries in place of tables that it reads.</param>
    public Task MaterializeAsync(string table, string model, IReadOnlyDictionary<string, object?> parameters,
        params IReadOnlyList<(string Table, string Sql)> reads) =>
        ComputeAsync(model, async _ =>
        {
            await session.MaterializeAsync(table, TextOf(model, reads), parameters, CancellationToken);
            return true;
        });

    /// <summary>The rows of a model whose result is small.</summary>
    /// <param name="reads">Queries in place of tables that it reads.</param>
    public Task<IReadOnlyList<IReadOnlyDictionary<string, object?>>> QueryAsync(
        string model, IReadOnlyDictionary<string, object?> parameters, params IReadOnlyList<(string Table, string Sql)> reads) =>
        ComputeAsync(model, _ => session.QueryAsync(TextOf(model, reads), parameters, CancellationToken));

    /// <summary>
    /// Runs checks, which are models that select the rows that break a rule. One query counts for all; only where there are such rows they
    /// are fetched.
    /// </summary>
    public async Task<IReadOnlyList<AssetCheckResult>> CheckAsync(
        IReadOnlyList<ModelCheck> checks, IReadOnlyDictionary<string, object?> parameters)
    {
        var texts = checks.Select(check => TextOf(check.Model, check.Reads)).ToList();
        var counting = string.Join("\nunion all\n",
            texts.Select((text, place) =>
            string.Create(CultureInfo.InvariantCulture, $"select {place} as place, count(*) as offenders from (\n{text}\n) as found")));
        var counted = await ComputeAsync("checks", _ => session.QueryAsync(counting, parameters, CancellationToken));
        var offenders = counted.ToDictionary(row => (long)row["place"]!, row => (long)row["offenders"]!);
        var results = new List<AssetCheckResult>();
        foreach (var (place, check) in checks.Index())
        {
            var count = offenders[place];
            var rows = count == 0 ? [] : await ComputeAsync(
                check.Model, _ => session.QueryAsync(
                $"select * from (\n{texts[place]}\n) as found limit 10", parameters, CancellationToken));
            results.Add(new(check.Model, check.Asset ?? new(models[check.Model].Asset), check.Partition, CheckSeverity.Error,
                count == 0, "no rows that break it",
                count == 1 ? "1 row" : string.Create(CultureInfo.InvariantCulture, $"{count} rows"), [.. rows.Select(InWords)]));
        }
        return results;
    }

    /// <summary>Computes a model into the store, as what this attempt writes of an asset.</summary>
    /// <param name="inputs">The materializations that were read for it.</param>
    /// <param name="reads">Queries in place of tables that it reads.</param>
    public async Task<MaterializationDraft> WriteAsync(
        string model, AssetKey asset, Partition? partition, IReadOnlyDictionary<string, object?> parameters, IEnumerable<Guid> inputs,
        params IReadOnlyList<(string Table, string Sql)> reads)
    {
        var prefix = ObjectKeys.PrefixOf(asset, partition, context.Attempt);
        var written = await ComputeAsync(model, async span =>
        {
            var table = await session.WriteAsync(TextOf(model, reads), parameters, store.AddressOf(prefix), CancellationToken);
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
        string.Join(", ", row.Select(column => string.Create(CultureInfo.InvariantCulture, $"{column.Key}={column.Value switch
        {
            null => "null",
            DateOnly day => day.ToString("O", CultureInfo.InvariantCulture),
            decimal number => number.ToString("0.00##", CultureInfo.InvariantCulture),
            var value => value,
        }}")));

    static IReadOnlyList<SqlColumn> ColumnsOf(IReadOnlyList<AssetColumn> columns) =>
        [.. columns.Select(column => new SqlColumn(column.Name, column.Type))];

    static Task<T> ComputeAsync<T>(string model, Func<Span?, Task<T>> work) =>
        ActivitiesTelemetry.InAsync(ActivitiesTelemetry.StartModel(model), span => TranslateErrorsAsync(model, () => work(span)));

    static async Task TranslateErrorsAsync(string model, Func<Task> work) =>
        await TranslateErrorsAsync(model, async () =>
        {
            await work();
            return true;
        });

    static async Task<T> TranslateErrorsAsync<T>(string model, Func<Task<T>> work)
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
