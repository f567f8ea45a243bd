using System.Reflection;
using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Activities.Store;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Warehouse;

/// <summary>
/// Loads the dimensions, the sales and the marts of a month into PostgreSQL; readers see the month before or after it, whole.
/// </summary>
/// <remarks>
/// After a crash the next attempt goes on where the last one stood: tables that were staged are taken over with their indexes as far as
/// they were built, and what was swapped before the crash is only handed over to the catalog.
/// </remarks>
[Activity("Orchestrator", "Sales", "Loads the star schema and the marts of the month into PostgreSQL, in one swap.",
    Kind = ActivityKind.Job, NeedsPartition = true)]
[Pool("warehouse")]
public sealed class LoadTables : CodeActivity
{
    static readonly string CodeVersion =
        typeof(LoadTables).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>The months to load, such as <c>["2026-09", "2026-10"]</c>; the run's month where it is not given.</summary>
    [Input(Description = "Months to load, such as [\"2026-10\"]; the run's month where empty.")]
    public Input<IReadOnlyList<string>> Months { get; set; } = default!;

    /// <inheritdoc/>
    protected override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        var own = context.GetPartition();
        await LoadAsync(context, own, context.Get(Months) is { Count: > 0 } names ? [.. names.Select(AsMonth)] : [own]);
    }

    /// <summary>Loads months with the dimensions; the dimensions alone if there is no month to load.</summary>
    /// <param name="own">The month that must be there whole; <see langword="null"/> if any may be there for its facts alone.</param>
    internal static async Task LoadAsync(ActivityExecutionContext context, Partition? own, IReadOnlyList<Partition> given)
    {
        try
        {
            await LoadMonthsAsync(context, own, given);
        }
        catch (PostgresException error) when (WarehouseFault.IsKnown(error))
        {
            throw WarehouseFault.Explain(error, "load");
        }
    }

    static async Task LoadMonthsAsync(ActivityExecutionContext context, Partition? own, IReadOnlyList<Partition> given)
    {
        var warehouse = await context.GetRequiredService<WarehouseFence>().EnterAsync(context.Attempt, context.CancellationToken);
        context.Attempt.Reached("load.announced");
        var progress = new LoadProgress(context);
        long rows = 0, bytes = 0;

        var earlier = context.GetCheckpoint<LoadCheckpoint>();
        await using var area = await StagingArea.OpenAsync(warehouse, earlier?.Load, context.CancellationToken);
        if (area.Load != earlier?.Load) await context.SetCheckpointAsync(new LoadCheckpoint(area.Load));
        List<Partition?> months = [.. given.Union(await LeftBehindAsync(context, area)).Order().Cast<Partition?>()];
        if (months.Count == 0) months.Add(null);
        foreach (var wanted in months)
        {
            var month = wanted ?? default;
            var sources = await SourcesAsync(context, area, own, wanted);
            var swapped = await LoadMonthAsync(context, warehouse, area, month, sources, progress);
            foreach (var table in swapped)
            {
                context.AddMaterialization(DraftOf(table, month));
                (rows, bytes) = (rows + table.Rows, bytes + table.Bytes);
                if (table.Staged.Table != WarehouseTable.Fact || month != own) continue;
                context.SetMetric(MetricNames.RowsLoaded, table.Rows);
                context.SetMetric(MetricNames.Total, table.Total ?? 0);
            }
        }
        context.SetMetric(MetricNames.Rows, rows);
        context.SetMetric(MetricNames.Bytes, bytes);
        context.SetMetric("index.seconds", (decimal)progress.IndexTime.TotalSeconds);
    }

    static async Task<IReadOnlyList<SwappedTable>> LoadMonthAsync(
        ActivityExecutionContext context, FencedWarehouse warehouse, StagingArea area, Partition month,
        IReadOnlyList<(WarehouseTable Table, Materialization Source)> sources, LoadProgress progress)
    {
        var options = context.GetRequiredService<IOptions<LoadOptions>>().Value;
        var files = context.GetRequiredService<StoreStaging>();
        progress.Begin(sources.Sum(source => source.Source.Rows));

        // The biggest first: the others fit beside it.
        var staged = new StagedTable[sources.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Connections, CancellationToken = context.CancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, sources.Count).OrderByDescending(index => sources[index].Source.Rows), parallel,
            async (index, cancellationToken) =>
        {
            var (table, source) = sources[index];
            var paths = new List<string>(source.Files.Count);
            foreach (var address in await files.CheckAsync(source.Files, cancellationToken))
                paths.Add(await files.FetchAsync(address, context.Attempt.WorkDirectory, cancellationToken));
            staged[index] = await StagedTable.CreateAsync(
                warehouse, table, month, source, area.NameFor(table), paths, options, copied =>
                    progress.Report(table, copied), cancellationToken);
        });
        progress.IndexTime += staged.Aggregate(TimeSpan.Zero, (sum, table) => sum + table.IndexTime);

        context.Attempt.Reached("load.staged");
        await context.EnsureHeldAsync();
        var swap = new PartitionSwap(warehouse, area.Connection, options, context.GetRequiredService<TimeProvider>());
        var swapped = await swap.RunAsync(staged, context.CancellationToken);
        context.Attempt.Reached("load.swapped");
        return swapped;
    }

    // The fact comes first: dimensions looked up after it have all of its keys, since keys are never taken back.
    static async Task<IReadOnlyList<(WarehouseTable Table, Materialization Source)>> SourcesAsync(
        ActivityExecutionContext context, StagingArea area, Partition? own, Partition? wanted)
    {
        var (isRequired, month) = (wanted is not null && wanted == own, wanted ?? default);
        var sources = new List<(WarehouseTable Table, Materialization Source)>();
        foreach (var table in WarehouseTable.All.OrderByDescending(table => table == WarehouseTable.Fact))
        {
            Partition? partition = table.IsDimension ? null : month;
            if (wanted is null && !table.IsDimension) continue;
            // After a month was forgotten there may be nothing at all. Another month may be loaded for its rebuilt fact alone: its marts
            // are those of
            // its own run.
            var source = isRequired || own is not null && (table.IsDimension || table == WarehouseTable.Fact)
                ? await context.GetMaterializationAsync(table.Source, partition)
                : await context.FindMaterializationAsync(table.Source, partition);
            if (source is null) continue;
            if (await LoadedTable.FindAsync(
                area.Connection, context.Attempt, table, month, source, context.CancellationToken) is { } loaded)
            {
                await HandOverAsync(context, loaded, month);
                continue;
            }
            sources.Add((table, source));
        }
        return [.. WarehouseTable.All.Join(sources, table => table, source => source.Table, (_, source) => source)];
    }

    /// <summary>
    /// Months whose loaded facts were given other keys by a run that ended before it loaded them: they would not fit the dimensions that
    /// come now. Facts that were built anew are not among them; their own run has yet to check them.
    /// </summary>
    static async Task<IReadOnlyList<Partition>> LeftBehindAsync(ActivityExecutionContext context, StagingArea area)
    {
        var parts = await area.Connection
            .Command("select partition, materialization_id from sales.loaded where table_name = $1", WarehouseTable.Fact.Name).ListAsync(
                row => KeyValuePair.Create(row.Get<string>("partition"), row.Get<Guid>("materialization_id")), context.CancellationToken);
        var loaded = parts.ToDictionary(StringComparer.Ordinal);
        var facts = await context.GetRequiredService<IAssetCatalog>()
            .ListCurrentAsync(WarehouseTable.Fact.Source, context.CancellationToken);
        return [.. from fact in facts
                   where fact.Supersedes is { } rekeyed
                       && loaded.GetValueOrDefault(WarehouseTable.Fact.PartitionNameOf(fact.Partition!.Value)) == rekeyed
                   select fact.Partition!.Value];
    }

    /// <summary>Makes up for a commit of the catalog that a crash prevented.</summary>
    static async Task HandOverAsync(ActivityExecutionContext context, LoadedTable loaded, Partition month)
    {
        if (!loaded.IsOfSource) return;
        var (table, source) = (loaded.Table, loaded.Source);
        Partition? partition = table.IsDimension ? null : month;
        if ((await context.FindMaterializationAsync(table.Asset, partition))?.Inputs.Contains(source.Id) == true) return;
        context.AddMaterialization(DraftOf(table, partition, source, loaded.Rows, loaded.Total, loaded.Bytes));
        if (!loaded.IsOfRun) return;
        PartitionSwap.AddChecks(context.Attempt, table, month, source, loaded.Rows, loaded.Total);
        context.AddExecutionLogEntry("Already loaded", $"sales.{table.Name} was swapped by an earlier attempt, right before it ended.");
        if (table != WarehouseTable.Fact || month != context.Attempt.Partition) return;
        context.SetMetric(MetricNames.RowsLoaded, loaded.Rows);
        context.SetMetric(MetricNames.Total, loaded.Total ?? 0);
    }

    static MaterializationDraft DraftOf(SwappedTable swapped, Partition month) => DraftOf(
        swapped.Staged.Table, swapped.Staged.Table.IsDimension ? null : month, swapped.Staged.Source, swapped.Rows, swapped.Total,
        swapped.Bytes);

    static MaterializationDraft DraftOf(
        WarehouseTable table, Partition? partition, Materialization source, long rows, decimal? total, long bytes) => new()
        {
            Asset = table.Asset,
            Partition = partition,
            Location = $"postgres:sales.{table.Name}",
            Rows = rows,
            Bytes = bytes,
            Columns = [.. table.Columns.Select(column => new AssetColumn(column.Name, column.SqlType))],
            Inputs = [source.Id],
            CodeVersion = CodeVersion,
            Figures = total is { } money ? new Dictionary<string, decimal>(StringComparer.Ordinal) { ["total"] = money } : [],
        };

    static Partition AsMonth(string text) => Partition.TryParse(text, out var month)
        ? month
        : throw new ActivityFailedException("load.bad_month", $"'{text}' is not a month. Write it as year and month, such as 2026-10.",
            isRetryable: false);
}

/// <summary>The checkpoint of a load for its next attempt.</summary>
/// <param name="Load">Number of the load whose staging tables it takes over.</param>
public sealed record LoadCheckpoint(int Load);
