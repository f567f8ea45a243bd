using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Orchestrator.Activities.Sales.Import;
using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Activities.Sales;

/// <summary>
/// Reads a month of sales from Parquet, CSV or JSON lines as a mapping says. Rows of other months are counted and left, rows that break a
/// rule go to quarantine with the reason: rows in = good + quarantined + outside.
/// </summary>
/// <exception cref="ActivityFailedException">Codes <c>import.*</c>; activities/README.md lists them.</exception>
[Activity("Orchestrator", "Sales", "Imports a month of sales from files; broken rows go to quarantine.",
    Kind = ActivityKind.Job, NeedsPartition = true)]
public sealed class ImportSales : CodeActivity
{
    /// <summary>A file, a folder or a glob.</summary>
    [Input(Description = "A file, a folder or a glob: Parquet, CSV or JSON lines, the latter two also as .gz or .zst.", IsRequired = true)]
    public Input<string> Source { get; set; } = default!;

    /// <summary>The expressions of the source that give the columns of a sale; without it, columns of the same names.</summary>
    [Input(Description = "JSON: {\"columns\": {\"customer_id\": \"SQL expression\", …}, \"csv\": {…}}.", UIHint = "json-editor")]
    public Input<JsonObject> Mapping { get; set; } = default!;

    /// <summary>The share of quarantined among good and quarantined rows, from 0 to 1, above which the import fails.</summary>
    [Input(Description = "Highest share of quarantined rows, 0 to 1.", DefaultValue = 0.05)]
    public Input<double> MaxQuarantinedShare { get; set; } = default!;

    /// <summary>The files, for <c>UploadPartitions</c>.</summary>
    [Output(Description = "The files of the month, to be uploaded.", IsSerializable = false)]
    public Output<StagedMonth> Staged { get; set; } = default!;

    /// <summary>The totals of the month, for <c>CheckAssets</c>.</summary>
    [Output(Description = "Rows and cents of the good sales.")]
    public Output<ControlTotals> ControlTotals { get; set; } = default!;

    /// <inheritdoc/>
    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        var share = context.Get(MaxQuarantinedShare);
        if (share is not (>= 0 and <= 1)) throw new ActivityFailedException("import.invalid_input",
            $"maxQuarantinedShare is {share.ToString(CultureInfo.InvariantCulture)}, but a share is 0 to 1. Change it in the workflow " +
            "or with --input.", isRetryable: false);
        var folder = Path.Combine(context.Attempt.HandoverDirectory, "sales");
        var scratch = Path.Combine(context.Attempt.WorkDirectory, "import");
        try
        {
            Directory.CreateDirectory(folder);
            Directory.CreateDirectory(scratch);
            // DuckDB works on the calling thread too; the worker's must stay free.
            await Task.Run(() => ImportWithin(context, folder, scratch, share), context.CancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FailuresOf(context, folder).Of(e);
        }
    }

    ImportFailures FailuresOf(ActivityExecutionContext context, string folder) =>
        new(context.Get(Source), folder, Options(context).MemoryLimitMegabytes);

    static ImportSalesOptions Options(ActivityExecutionContext context) => context.GetRequiredService<IOptions<ImportSalesOptions>>().Value;

    void ImportWithin(ActivityExecutionContext context, string folder, string scratch, double maxShare)
    {
        using var folders = new ImportFolders(context.GetRequiredService<IOptions<ImportFolderOptions>>().Value, scratch);
        try
        {
            Import(context, folders, folder, scratch, maxShare);
        }
        catch (Exception e) when (e is ActivityFailedException or LocalDatabaseException or IOException or UnauthorizedAccessException)
        {
            throw folders.Named(e as ActivityFailedException ?? FailuresOf(context, folder).Of(e));
        }
    }

    void Import(ActivityExecutionContext context, ImportFolders folders, string folder, string scratch, double maxShare)
    {
        var month = context.GetPartition();
        var mapping = context.Get(Mapping) is { } json ? SalesMapping.Parse(json) : null;
        var files = folders.Open(SourceFiles.Find(folders.Check(context.Get(Source))));
        var progress = new PacedProgress(
            context.GetRequiredService<TimeProvider>(), rows => context.ReportProgress(new(rows, Step: "read")));
        using var database = LocalDatabase.InFolder(scratch, "import", Options(context).MemoryLimitMegabytes, context.CancellationToken);
        StrictDates.DefineIn(database);
        if (mapping is not null) MappingCheck.CheckShape(mapping);

        var source = new SourceTable(database, files, mapping?.Csv ?? new(), NeededColumns.Of(database, mapping), progress.Add,
            context.CancellationToken);
        source.Load();
        var numbers = new NumberMarks(database, source);
        numbers.DefineFunctions();
        var sale = new MappingCheck(database, source).Check(mapping ?? SalesMapping.ByName(source.Columns));
        database.FitThreads(sale.BytesPerRow);
        database.Close(files.Paths, [folder, scratch]);

        new SalesJudge(database, source, month).Judge(numbers.Apply(sale));
        var imported = new ImportedMonth(database, source, month, folder);
        var counts = imported.Count();
        Check(counts, source.Rows, maxShare, month, imported);

        var (sales, cents) = imported.WriteGood(counts);
        context.Set(Staged, new StagedMonth([sales, imported.WriteQuarantine(counts.Quarantined)]));
        context.Set(ControlTotals, new ControlTotals(counts.Good, cents, TopCustomers: null, TopSalesPeople: null));
        context.ReportProgress(new(source.Rows, source.Rows, sales.Files.Sum(file => file.Bytes)));
        SetMetrics(context, source.Rows, counts, sales);
    }

    static void Check(ImportCounts counts, long rows, double maxShare, Partition month, ImportedMonth imported)
    {
        if (counts.Good + counts.Quarantined + counts.Outside != rows) throw new ActivityFailedException("import.rows_do_not_add_up",
            $"The source has {rows} rows, but {counts.Good} good, {counts.Quarantined} quarantined and {counts.Outside} outside of " +
            $"{month} were found. " +
            "It probably changed while it was read: import it again.", isRetryable: true);
        // A source of other months says so, even where a few of its lines are broken.
        if (counts.Good == 0 && counts.Quarantined <= counts.Outside) throw new ActivityFailedException("import.no_rows",
            $"The source has no good sale of {month}: of its {rows} rows {counts.Quarantined} were quarantined and {counts.Outside} lie " +
            "outside; " +
            $"{imported.MonthsInWords(counts)}. Import one of its months with --partition.", isRetryable: false);
        var share = counts.Quarantined / (double)(counts.Good + counts.Quarantined);
        if (share <= maxShare) return;
        var reasons = imported.Reasons(3);
        throw new ActivityFailedException("import.too_many_quarantined", string.Create(CultureInfo.InvariantCulture,
            $"{counts.Quarantined} of {counts.Good + counts.Quarantined} sales of {month} broke a rule ({share:p1}), " +
            $"but at most {maxShare:p1} may: {string.Join(", ", reasons)}. ")
            + (reasons.Any(reason => reason.Contains("not utf-8", StringComparison.Ordinal))
                ? "State the encoding in the mapping, such as \"csv\": {\"encoding\": \"windows-1252\"}."
                : "Correct the source or the mapping, or raise maxQuarantinedShare."), isRetryable: false);
    }

    static void SetMetrics(ActivityExecutionContext context, long rows, ImportCounts counts, StagedAsset sales)
    {
        context.SetMetric(MetricNames.Rows, rows);
        context.SetMetric(MetricNames.Bytes, sales.Files.Sum(file => file.Bytes));
        context.SetMetric(MetricNames.RowsIn, rows);
        context.SetMetric(MetricNames.RowsGood, counts.Good);
        context.SetMetric(MetricNames.RowsQuarantined, counts.Quarantined);
        context.SetMetric(MetricNames.RowsOutside, counts.Outside);
        context.SetMetric(MetricNames.RowsReturned, counts.Returns);
        context.SetMetric(MetricNames.TotalReturned, sales.Figures["returns_total"]);
        context.SetMetric(MetricNames.Total, sales.Figures["total"]);
    }
}
