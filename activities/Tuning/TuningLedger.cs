using System.Text.Json;
using Npgsql;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Tuning;

/// <summary>Measures and reports of earlier tunings, in the warehouse.</summary>
/// <param name="warehouse">The warehouse.</param>
/// <param name="month">The month that is tuned.</param>
public sealed class TuningLedger(FencedWarehouse warehouse, Partition month)
{
    readonly NpgsqlDataSource dataSource = warehouse.DataSource;

    /// <summary>Number of sales of the month that are loaded; <see langword="null"/> if it is not.</summary>
    public Task<long?> FactRowsAsync(CancellationToken cancellationToken) => dataSource
        .Command("select rows from sales.loaded where table_name = 'fact_sales' and partition = $1", month.ToString())
        .ScalarAsync<long?>(cancellationToken);

    /// <summary>Figures without indexes of ours that hold for these values and rows; <see langword="null"/> if there are none.</summary>
    public Task<Baseline?> FindBaselineAsync(WorkloadQuery query, string parameters, long factRows, CancellationToken cancellationToken) =>
        dataSource.Command(
            """
            select buffers, milliseconds from sales.query_baseline
            where query = $1 and partition = $2 and text_hash = $3 and parameters = $4::jsonb and fact_rows = $5
            """, query.Name, month.ToString(), query.TextHash, parameters, factRows)
        .FirstAsync(
            row => new Baseline(row.Get<long>("buffers"), row.Get<double>("milliseconds"), BaselineSource.Recorded), cancellationToken);

    /// <summary>Records figures without indexes of ours.</summary>
    public Task SaveBaselineAsync(WorkloadQuery query, string parameters, long factRows, Baseline baseline,
        CancellationToken cancellationToken) =>
        warehouse.WriteAsync((connection, token) => connection.Command(
            """
            insert into sales.query_baseline (query, partition, text_hash, parameters, fact_rows, buffers, milliseconds, source)
            values ($1, $2, $3, $4::jsonb, $5, $6, $7, $8)
            on conflict (query, partition) do update set text_hash = excluded.text_hash, parameters = excluded.parameters,
              fact_rows = excluded.fact_rows, buffers = excluded.buffers, milliseconds = excluded.milliseconds, source = excluded.source,
              measured_at = excluded.measured_at
            """,
            query.Name, month.ToString(), query.TextHash, parameters, factRows, baseline.Buffers, baseline.Milliseconds,
            baseline.Source.Text).ExecuteAsync(token), cancellationToken);

    /// <summary>
    /// Names of indexes that were dropped or rejected after measuring, on a number of sales that has not changed much since, and why.
    /// </summary>
    /// <param name="change">Change in the number of sales from which they may be tried again.</param>
    public async Task<IReadOnlyDictionary<string, string>> FailedAsync(long factRows, double change, CancellationToken cancellationToken)
    {
        var failed = await dataSource.Command(
            """
            select index_name, reason
            from (select distinct on (index_name) * from sales.index_decision order by index_name, id desc) as last
            where decision = 'dropped' and abs(fact_rows - $1) <= $2 * fact_rows
            """, factRows, change)
            .ListAsync(row => KeyValuePair.Create(row.Get<string>("index_name"), row.Get<string>("reason")), cancellationToken);
        return failed.ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>Keeps a report.</summary>
    public Task SaveReportAsync(TuningReport report, CancellationToken cancellationToken) =>
        warehouse.WriteAsync((connection, token) => connection.Command(
            "insert into sales.tuning_report (run_id, partition, report) values ($1, $2, $3::jsonb)",
            report.RunId, report.Partition, JsonSerializer.Serialize(report, JsonSerializerOptions.Web)).ExecuteAsync(token),
            cancellationToken);
}
